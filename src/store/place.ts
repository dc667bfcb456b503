import type { Knex } from 'knex'

/** Where a database is, as its messages name it. Never the password. */
export type DatabasePlace =
  | { kind: 'sqlite'; path: string }
  | {
      kind: 'postgres'
      /** `127.0.0.1:5432`, or the folder of a socket file. */
      server: string
      host: string
      /** Undefined where the URL leaves it to the driver. */
      user: string | undefined
      database: string | undefined
    }

/** The place that a `DATABASE_URL` names. One that cannot be read as a URL names none. */
export function placeOfUrl(databaseUrl: string): DatabasePlace | undefined {
  if (databaseUrl.startsWith('sqlite:')) return { kind: 'sqlite', path: databaseUrl.slice('sqlite:'.length) }
  if (!URL.canParse(databaseUrl)) return undefined
  const { hostname, port, username, pathname, searchParams } = new URL(databaseUrl)
  const host = searchParams.get('host') || decoded(hostname) || 'localhost'
  return {
    kind: 'postgres',
    host,
    server: host.startsWith('/') ? host : `${host}:${searchParams.get('port') || port || '5432'}`,
    user: searchParams.get('user') || decoded(username) || undefined,
    database: decoded(pathname.slice(1)) || undefined,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The place of a database that `openDatabase` has opened, also of a transaction of it. */
export function placeOf(db: Knex): DatabasePlace | undefined {
  const client: { config: { place?: DatabasePlace } } = db.client
  return client.config.place
}
