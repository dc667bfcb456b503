import { copyFileSync, existsSync } from 'node:fs'

/**
 * What a killed process leaves of an SQLite database, taken while it runs on: the file and the log of writes, as they are
 * on the disk at this moment. What a transaction holds in memory is lost, as it is when the process dies.
 * @returns the URL of the copy
 */
export function snapshotOf(databaseUrl: string, name: string): string {
  const file = databaseUrl.slice('sqlite:'.length)
  const copy = `${file}-${name.replaceAll(/\W/g, '-')}.db`
  for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix)
  return `sqlite:${copy}`
}
