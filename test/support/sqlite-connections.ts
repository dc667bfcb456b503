import SqliteFile, { type Database } from 'better-sqlite3'

/**
 * The connections to SQLite files that code under test opens from now on. With one of them a test can bring about what
 * SQLite does on a full disk or a read-only file system, which it could do from outside only as an administrator.
 */
export function watchSqliteConnections(): { last(): Database; stopWatching(): void } {
  const connections: Database[] = []
  const prototype: Database = SqliteFile.prototype
  const { pragma } = prototype
  prototype.pragma = function (this: Database, ...args) {
    if (!connections.includes(this)) connections.push(this)
    return pragma.apply(this, args)
  }
  return {
    last() {
      const connection = connections.at(-1)
      if (!connection) throw new Error('Nobody has opened an SQLite file')
      return connection
    },
    stopWatching() {
      prototype.pragma = pragma
    },
  }
}
