import type { Knex } from 'knex'
import { ask, askFor } from './ask.js'
import type { Sessions, SessionWithPerson } from './types.js'
import { toUser, type UserRow } from './users.js'

interface Row {
  handle_hash: string
  user_id: string
  identity_id: string
  data: string
  user_agent: string | null
  address: string | null
  created_at: number
  seen_at: number
  expires_at: number
}

/** Columns that both tables have keep the session's name; the user's are prefixed. */
type JoinedRow = Row &
  Pick<UserRow, 'name' | 'login' | 'email' | 'email_verified' | 'picture' | 'disabled_at' | 'updated_at'> & {
    user_created_at: number
    provider: string
  }

// Every request of a signed-in person asks this. It has a name, because PostgreSQL then
// plans it once a connection, which is two thirds of its time. (A pooler in between must know prepared statements.)
const FIND = `
  select s.handle_hash, s.user_id, s.identity_id, s.data, s.user_agent, s.address, s.created_at, s.seen_at, s.expires_at,
    u.name, u.login, u.email, u.email_verified, u.picture, u.disabled_at, u.created_at as user_created_at, u.updated_at,
    i.provider
  from sessions s
  join users u on u.id = s.user_id
  join identities i on i.id = s.identity_id
  where s.handle_hash = ?`

const INSERT = `
  insert into sessions
    (handle_hash, user_id, identity_id, data, user_agent, address, created_at, seen_at, expires_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`

export function createSessions(db: Knex): Sessions {
  const sessions = () => db<Row>('sessions')

  return {
    async insert(session) {
      const { handleHash, userId, identityId, data, userAgent, address, createdAt, seenAt, expiresAt } = session
      const values = [handleHash, userId, identityId, data, userAgent, address, createdAt, seenAt, expiresAt]
      await askFor(db, INSERT, values)
    },
    async find(handleHash) {
      const [row] = await askFor<JoinedRow>(db, FIND, [handleHash], 'find-session')
      return row && withPerson(row)
    },
    async updateData(handleHash, data) {
      return (await ask(() => sessions().where({ handle_hash: handleHash }).update({ data }))) > 0
    },
    async touch(handleHash, seenAt) {
      await ask(() => sessions().where({ handle_hash: handleHash }).update({ seen_at: seenAt }))
    },
    async remove(handleHash) {
      await ask(() => sessions().where({ handle_hash: handleHash }).delete())
    },
    async removeAllOfUser(userId) {
      await ask(() => sessions().where({ user_id: userId }).delete())
    },
    async removeExpired(now, seenBefore, limit) {
      const expired = () => sessions().where('expires_at', '<=', now).orWhere('seen_at', '<', seenBefore)
      return await ask(() => sessions().whereIn('handle_hash', expired().select('handle_hash').limit(limit)).delete())
    },
  }
}

function withPerson(row: JoinedRow): SessionWithPerson {
  return {
    session: {
      handleHash: row.handle_hash,
      userId: row.user_id,
      identityId: row.identity_id,
      data: row.data,
      userAgent: row.user_agent,
      address: row.address,
      createdAt: row.created_at,
      seenAt: row.seen_at,
      expiresAt: row.expires_at,
    },
    user: toUser({ ...row, id: row.user_id, created_at: row.user_created_at }),
    identity: { id: row.identity_id, provider: row.provider },
  }
}
