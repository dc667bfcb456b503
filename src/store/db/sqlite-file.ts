import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseLocation } from './database-location.js'
import { storeError } from './errors.js'

/**
 * Makes a database file, for its owner only. SQLite gives the files beside it (-wal, -shm) the same mode.
 * @throws StoreError
 */
export function createPrivateFile(filename: string): void {
  try {
    mkdirSync(dirname(filename), { recursive: true })
    closeSync(openSync(filename, 'a', 0o600))
  } catch (error) {
    throw storeError(error, { kind: 'sqlite', path: filename })
  }
}

/**
 * The file that has the name now, as knex wants to be told of it: asked for each connection, and before each use
 * whether that is still so. SQLite itself would read and write on in a file that was taken away or replaced, and what
 * is written there nobody finds again.
 * @throws StoreError if there is none, because SQLite would make an empty one, which looks like a database of nobody
 */
export function fileConnection(filename: string) {
  const location: DatabaseLocation = { kind: 'sqlite', path: filename }
  const file = fileIdOf(filename)
  if (file === undefined) throw storeError(Object.assign(new Error('gone'), { code: 'ENOENT' }), location)
  return { filename, expirationChecker: () => fileIdOf(filename) !== file }
}

function fileIdOf(filename: string): string | undefined {
  const stats = statSync(filename, { throwIfNoEntry: false })
  return stats && `${stats.dev}:${stats.ino}`
}
