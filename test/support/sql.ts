import SqliteFile from 'better-sqlite3'
import { runSql as runOnPostgres } from './postgres.js'

export type Row = Record<string, unknown>

/** Runs one statement on the database of a `DATABASE_URL`, past the code under test and on a connection of its own. */
export async function runSql(url: string, statement: string): Promise<Row[]> {
  return url.startsWith('sqlite:') ? runOnSqlite(url.slice('sqlite:'.length), statement) : runOnPostgres(url, statement)
}

function runOnSqlite(path: string, statement: string): Row[] {
  const file = new SqliteFile(path)
  try {
    const prepared = file.prepare<[], Row>(statement)
    if (prepared.reader) return prepared.all()
    prepared.run()
    return []
  } finally {
    file.close()
  }
}
