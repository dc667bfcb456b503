import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Overrides } from '../../src/server.js'
import { type Settings, startApp, type TestApp } from './app.js'

export interface WatchedApp extends TestApp {
  /** A second connection to the app's database. */
  db: Database.Database
  /** How many rows a table has. */
  count(table: 'users' | 'identities' | 'sessions' | 'used_attempts'): number
}

/** An app on an SQLite file, whose rows can be looked at past the code under test. */
export async function startWatchedApp(settings: Settings, overrides: Overrides = {}): Promise<WatchedApp> {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-watched-'))
  const file = join(folder, 'vestibule.db')
  const app = await startApp({ ...settings, DATABASE_URL: `sqlite:${file}` }, overrides)
  const db = new Database(file)
  return {
    ...app,
    db,
    count: table => Number(db.prepare(`select count(*) from ${table}`).pluck().get()),
    async stop() {
      db.close()
      await app.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
