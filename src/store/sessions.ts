import type { Sql } from './sql.js'
import type { ListedSession, Sessions, SessionWithPerson } from './types.js'
import { toUser, type UserRow } from './users.js'

interface ListedRow {
  user_id: string
  identity_id: string
  provider: string
  user_agent: string | null
  address: string | null
  created_at: number
  seen_at: number
  expires_at: number
}

interface Row extends ListedRow {
  handle_hash: string
  data: string
}

/** Columns that both tables have keep the session's name; the user's are prefixed. */
type JoinedRow = Row &
  Pick<UserRow, 'name' | 'login' | 'email' | 'email_verified' | 'picture' | 'disabled_at' | 'updated_at'> & {
    user_created_at: number
    subject: string
  }

// Every request of a signed-in person asks this. It has a name, because PostgreSQL then
// plans it once a connection, which is two thirds of its time.
const FIND = `
  select s.handle_hash, s.user_id, s.identity_id, s.data, s.user_agent, s.address, s.created_at, s.seen_at, s.expires_at,
    u.name, u.login, u.email, u.email_verified, u.picture, u.disabled_at, u.created_at as user_created_at, u.updated_at,
    i.provider, i.subject
  from sessions s
  join users u on u.id = s.user_id
  join identities i on i.id = s.identity_id
  where s.handle_hash = ?`

const INSERT = `
  insert into sessions
    (handle_hash, user_id, identity_id, data, user_agent, address, created_at, seen_at, expires_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`

const UPDATE_DATA = 'update sessions set data = ? where handle_hash = ? returning handle_hash'

const LIVE_OF_USER = `
  select s.user_id, s.identity_id, s.user_agent, s.address, s.created_at, s.seen_at, s.expires_at, i.provider
  from sessions s
  join identities i on i.id = s.identity_id
  where s.user_id = ? and s.expires_at > ? and s.seen_at > ?
  order by s.seen_at desc, s.created_at desc limit ?`

const REMOVE_EXPIRED = `delete from sessions where handle_hash in
  (select handle_hash from sessions where expires_at <= ? or seen_at < ? limit ?) returning handle_hash`

export function createSessions(sql: Sql): Sessions {
  return {
    async insert(session) {
      const { handleHash, userId, identityId, data, userAgent, address, createdAt, seenAt, expiresAt } = session
      await sql(INSERT, [handleHash, userId, identityId, data, userAgent, address, createdAt, seenAt, expiresAt])
    },
    async find(handleHash) {
      const [row] = await sql<JoinedRow>(FIND, [handleHash], 'find-session')
      return row && withPerson(row)
    },
    async updateData(handleHash, data) {
      return (await sql(UPDATE_DATA, [data, handleHash])).length > 0
    },
    async touch(handleHash, seenAt) {
      await sql('update sessions set seen_at = ? where handle_hash = ?', [seenAt, handleHash])
    },
    async remove(handleHash) {
      await sql('delete from sessions where handle_hash = ?', [handleHash])
    },
    async removeAllOfUser(userId) {
      return (await sql('delete from sessions where user_id = ? returning handle_hash', [userId])).length
    },
    async liveOfUser(userId, now, seenAfter, limit) {
      return (await sql<ListedRow>(LIVE_OF_USER, [userId, now, seenAfter, limit])).map(toListed)
    },
    async removeExpired(now, seenBefore, limit) {
      return (await sql(REMOVE_EXPIRED, [now, seenBefore, limit])).length
    },
  }
}

function withPerson(row: JoinedRow): SessionWithPerson {
  const { provider, ...listed } = toListed(row)
  return {
    session: { handleHash: row.handle_hash, data: row.data, ...listed },
    user: toUser({ ...row, id: row.user_id, created_at: row.user_created_at }),
    identity: { id: row.identity_id, provider, subject: row.subject },
  }
}

function toListed(row: ListedRow): ListedSession {
  return {
    userId: row.user_id,
    identityId: row.identity_id,
    provider: row.provider,
    userAgent: row.user_agent,
    address: row.address,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    expiresAt: row.expires_at,
  }
}
