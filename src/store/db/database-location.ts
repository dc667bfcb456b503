import type { Knex } from 'knex'

/** Where a database is, for the messages about it. It never holds the password. */
export type DatabaseLocation =
  | { kind: 'sqlite'; path: string }
  | {
      kind: 'postgres'
      /** `127.0.0.1:5432`, or the folder of a socket file. */
      server: string
      host: string
      /** Undefined if the URL leaves it to the driver. */
      user: string | undefined
      database: string | undefined
    }

/** The location that a `DATABASE_URL` names; undefined if it cannot be read as a URL. */
export function parseDatabaseUrl(databaseUrl: string): DatabaseLocation | undefined {
  if (databaseUrl.startsWith('sqlite:')) return { kind: 'sqlite', path: databaseUrl.slice('sqlite:'.length) }
  if (!URL.canParse(databaseUrl)) return undefined
  const { hostname, port, username, pathname, searchParams } = new URL(databaseUrl)
  const host = searchParams.get('host') || decode(hostname) || 'localhost'
  return {
    kind: 'postgres',
    host,
    server: host.startsWith('/') ? host : `${host}:${searchParams.get('port') || port || '5432'}`,
    user: searchParams.get('user') || decode(username) || undefined,
    database: decode(pathname.slice(1)) || undefined,
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The location of a database that `openDatabase` has opened; a transaction of it has the same. */
export function locationOf(db: Knex): DatabaseLocation | undefined {
  const client: { config: { location?: DatabaseLocation } } = db.client
  return client.config.location
}
