import Database from 'better-sqlite3'
import { sha256 } from '../../src/crypto/digest.js'
import { createKeyring, type Sealer } from '../../src/crypto/keys.js'
import { createStore } from '../../src/store/store.js'

/** How many live there. */
export interface DatabaseSize {
  sessions: number
  /** A fifth of them; each has tokens of one identity, and every fourth has another identity. */
  users: number
  events: number
}

export const sizeOf = (sessions: number): DatabaseSize => ({ sessions, users: sessions / 5, events: sessions })

/** The handle of a session, as its cookie holds it. */
export const handleOf = (session: number): string => `session-${session}`.padEnd(43, '-')

const DAY = 24 * 60 * 60_000

/**
 * Makes a database as one is after years, by SQL and in bulk. The people are those of the bench's provider, so each can
 * sign in; where one list refers to another, both know the name that is made of the number.
 * @param secret the key that tokens are sealed under
 */
export async function seedDatabase(path: string, town: DatabaseSize, secret: string): Promise<void> {
  const sealer = createKeyring([secret]).sealer('provider-token')
  const store = createStore(`sqlite:${path}`, sealer)
  await store.migrate()
  await store.close()
  const db = new Database(path)
  try {
    // Whoever breaks this off begins anew.
    for (const setting of ['journal_mode = off', 'synchronous = off', 'cache_size = -1000000']) db.pragma(setting)
    teach(db, sealer)
    withoutIndexes(db, () => {
      for (const [text, rows] of statementsFor(town)) db.prepare(text).run({ rows, now: Date.now(), ...town })
    })
  } finally {
    db.close()
  }
}

function teach(db: Database.Database, sealer: Sealer): void {
  db.function('name_of', nameOf)
  db.function('hash_of', (session: number) => sha256(handleOf(session)))
  db.function('sealed', (text: string, row: string, column: string) =>
    sealer.seal(text, `provider_tokens:${row}:${column}`),
  )
}

/** To fill a table first and sort it then takes a fraction of the time. */
function withoutIndexes(db: Database.Database, fill: () => void): void {
  const indexes = db
    .prepare<[], { name: string; sql: string }>(`select name, sql from sqlite_master where type = 'index' and sql > ''`)
    .all()
  for (const { name } of indexes) db.exec(`drop index "${name}"`)
  fill()
  for (const { sql } of indexes) db.exec(sql)
}

const NUMBERS = 'with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < :rows)'

const FACTS = `'ada' || n, 'ada' || n || '@example.org', 1`

/** Whom the n-th session or event belongs to. */
const USER = `name_of('user', (n - 1) % :users + 1)`
const IDENTITY = `name_of('acme', (n - 1) % :users + 1)`

const FIREFOX = `'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/' || (110 + n % 30) || '.0'`
const ADDRESS = `'192.0.2.' || n % 256`

function statementsFor({ users, sessions, events }: DatabaseSize): [text: string, rows: number][] {
  const identity = (provider: string) => `${NUMBERS} insert into identities
    (id, user_id, provider, issuer, subject, login, email, email_verified, raw_profile, created_at, last_sign_in_at)
    select name_of('${provider}', n), name_of('user', n), '${provider}', '${provider}', 'person-' || n, ${FACTS},
      '{"id":"person-' || n || '"}', :now, :now from numbers`
  return [
    [
      `${NUMBERS} insert into users (id, name, login, email, email_verified, created_at, updated_at)
      select name_of('user', n), 'Ada the ' || n || 'th', ${FACTS}, :now, :now from numbers`,
      users,
    ],
    [identity('acme').replace(`'acme', 'person`, `'', 'person`), users],
    [identity('op'), users / 4],
    [
      `${NUMBERS} insert into provider_tokens
        (identity_id, access_token, refresh_token, token_type, scope, expires_at, updated_at)
      select id, sealed('token-' || n, id, 'access'), sealed('refresh-' || n, id, 'refresh'), 'Bearer', 'profile',
        :now + ${DAY}, :now from (select n, name_of('acme', n) as id from numbers)`,
      users,
    ],
    [
      `${NUMBERS} insert into sessions (handle_hash, id, user_id, identity_id, data, user_agent, address,
        created_at, seen_at, expires_at)
      select hash_of(n), name_of('session', n), ${USER}, ${IDENTITY}, '{}', ${FIREFOX}, ${ADDRESS},
        :now - ${DAY}, :now - n % 1000000, :now + 20 * ${DAY} from numbers`,
      sessions,
    ],
    [
      `${NUMBERS} insert into events (id, at, kind, code, user_id, provider, address, user_agent)
      select name_of('event', n), :now - n * 15000, 'signed-in', null, ${USER}, 'acme', ${ADDRESS}, ${FIREFOX} from numbers`,
      events,
    ],
  ]
}

/** Ends the time of so many sessions, but of none of one person. */
export function expireSessions(path: string, count: number, except: number): void {
  const db = new Database(path)
  try {
    db.prepare(
      `update sessions set expires_at = 0 where rowid in
        (select rowid from sessions where user_id <> ? and expires_at > 0 limit ?)`,
    ).run(nameOf('user', except), count)
    db.pragma('wal_checkpoint(truncate)')
  } finally {
    db.close()
  }
}

const nameOf = (what: string, number: number): string => sha256(`${what} ${number}`).slice(0, 22)
