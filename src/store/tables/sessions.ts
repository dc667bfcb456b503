import type { Sealer } from '../../crypto/keys.js'
import type { Sql } from '../db/sql.js'
import { latestTime } from '../records.js'
import type { ListedSession, ProviderSessions, SessionTable, SessionWithUser, SqlValues } from '../types.js'
import { sealContext } from './sealed-rows.js'
import { toUser, type UserRow } from './users.js'

interface ListedRow {
  id: string
  user_id: string
  identity_id: string
  provider: string
  user_agent: string | null
  address: string | null
  created_at: number
  seen_at: number
  expires_at: number
}

interface SessionRow extends ListedRow {
  handle_hash: string
  data: string
  provider_sid: string | null
}

/** A column that both tables have keeps its name for the session, and gets a prefix for the user. */
type JoinedRow = SessionRow &
  Pick<UserRow, 'name' | 'login' | 'email' | 'email_verified' | 'picture' | 'disabled_at' | 'updated_at'> & {
    user_created_at: number
    subject: string
    roles: string | null
  }

// Each request with a session runs this statement. It has a name, because PostgreSQL then plans it once per connection,
// which is two thirds of its time. The ID token is left out: it is long, and no page needs it.
const FIND = `
  select s.handle_hash, s.id, s.user_id, s.identity_id, s.data, s.provider_sid, s.user_agent, s.address,
    s.created_at, s.seen_at, s.expires_at,
    u.name, u.login, u.email, u.email_verified, u.picture, u.disabled_at, u.created_at as user_created_at, u.updated_at,
    i.provider, i.subject,
    (select string_agg(r.role, '\n') from user_roles r where r.identity_id = s.identity_id) as roles
  from sessions s
  join users u on u.id = s.user_id
  join identities i on i.id = s.identity_id
  where s.handle_hash = ?`

const INSERT = `
  insert into sessions
    (handle_hash, id, user_id, identity_id, data, provider_sid, id_token, user_agent, address, created_at, seen_at,
      expires_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const UPDATE_DATA = 'update sessions set data = ? where handle_hash = ? returning handle_hash'

const LIST_ACTIVE = `
  select s.id, s.user_id, s.identity_id, s.user_agent, s.address, s.created_at, s.seen_at, s.expires_at, i.provider
  from sessions s
  join identities i on i.id = s.identity_id
  where s.user_id = ? and s.expires_at > ? and s.seen_at > ? and s.created_at <= ? and s.seen_at <= ?
  order by s.seen_at desc, s.created_at desc limit ?`

const LOAD_ID_TOKEN = 'select id_token from sessions where handle_hash = ?'

const HAS_ACTIVE = `select 1 from sessions
  where identity_id = ? and expires_at > ? and seen_at > ? and created_at <= ? and seen_at <= ? limit 1`

export function createSessionTable(sql: Sql, sealer: Sealer): SessionTable {
  return {
    ...createSessionRemovals(sql),
    async insert(session) {
      const { handleHash, id, userId, identityId, data, providerSid, idToken, userAgent, address } = session
      const sealed = idToken === undefined ? null : sealer.seal(idToken, idTokenContext(handleHash))
      const columns = [handleHash, id, userId, identityId, data, providerSid, sealed, userAgent, address]
      await sql(INSERT, [...columns, session.createdAt, session.seenAt, session.expiresAt])
    },
    async find(handleHash) {
      const [row] = await sql<JoinedRow>(FIND, [handleHash], 'find-session')
      return row && toSessionWithUser(row)
    },
    async updateData(handleHash, data) {
      return (await sql(UPDATE_DATA, [data, handleHash])).length > 0
    },
    async touch(handleHash, seenAt) {
      await sql('update sessions set seen_at = ? where handle_hash = ?', [seenAt, handleHash])
    },
    async loadIdToken(handleHash) {
      const [row] = await sql<{ id_token: string | null }>(LOAD_ID_TOKEN, [handleHash])
      return row?.id_token ? sealer.open(row.id_token, idTokenContext(handleHash)) : undefined
    },
    async hasActiveOfIdentity(identityId, now, seenAfter) {
      return (await sql(HAS_ACTIVE, [identityId, now, seenAfter, latestTime(now), latestTime(now)])).length > 0
    },
    async listActiveOfUser(userId, now, seenAfter, limit) {
      const times = [now, seenAfter, latestTime(now), latestTime(now)]
      return (await sql<ListedRow>(LIST_ACTIVE, [userId, ...times, limit])).map(toListed)
    },
  }
}

const idTokenContext = (handleHash: string): string => sealContext('sessions', handleHash, 'id_token')

function toSessionWithUser(row: JoinedRow): SessionWithUser {
  const { provider, ...listed } = toListed(row)
  return {
    session: { handleHash: row.handle_hash, data: row.data, providerSid: row.provider_sid, ...listed },
    roles: row.roles?.split('\n').sort() ?? [],
    user: toUser({ ...row, id: row.user_id, created_at: row.user_created_at }),
    identity: { id: row.identity_id, provider, subject: row.subject },
  }
}

function toListed(row: ListedRow): ListedSession {
  return {
    id: row.id,
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

type SessionRemovals = Pick<
  SessionTable,
  | 'remove'
  | 'removeAllOfUser'
  | 'removeOne'
  | 'removeOthers'
  | 'removeAllOfIdentity'
  | 'removeOfProvider'
  | 'removeExpired'
>

type RemovedRow = { user_id: string; identity_id: string }

const REMOVE_EXPIRED = `delete from sessions where handle_hash in
  (select handle_hash from sessions where expires_at <= ? or seen_at < ? limit ?) returning handle_hash`

/** All ways to end sessions. */
function createSessionRemovals(sql: Sql): SessionRemovals {
  const removeWhere = (condition: string, values: SqlValues): Promise<RemovedRow[]> =>
    sql<RemovedRow>(`delete from sessions where ${condition} returning user_id, identity_id`, values)

  return {
    async remove(handleHash) {
      await sql('delete from sessions where handle_hash = ?', [handleHash])
    },
    async removeAllOfUser(userId) {
      return (await removeWhere('user_id = ?', [userId])).length
    },
    async removeOne(userId, id) {
      return (await removeWhere('user_id = ? and id = ?', [userId, id]))[0]?.identity_id
    },
    async removeOthers(userId, exceptHandleHash) {
      const removed = await removeWhere('user_id = ? and handle_hash <> ?', [userId, exceptHandleHash])
      return [...new Set(removed.map(({ identity_id }) => identity_id))]
    },
    async removeAllOfIdentity(identityId) {
      return (await removeWhere('identity_id = ?', [identityId])).length
    },
    async removeOfProvider(sessions) {
      const [condition, values] = providerCondition(sessions)
      return (await removeWhere(condition, values)).map(({ user_id }) => user_id)
    },
    async removeExpired(now, seenBefore, limit) {
      return (await sql(REMOVE_EXPIRED, [now, seenBefore, limit])).length
    },
  }
}

const OF_SUBJECT = 'identity_id in (select id from identities where provider = ? and issuer = ? and subject = ?)'
// An issuer may have hundreds of thousands of identities, so the statement does not list them.
const OF_ISSUER = `exists
  (select 1 from identities i where i.id = sessions.identity_id and i.provider = ? and i.issuer = ?)`

function providerCondition({
  provider,
  issuer,
  subject,
  sid,
}: ProviderSessions): [condition: string, values: SqlValues] {
  // If there is neither a subject nor a sid, no session ends: no sid equals null.
  if (subject === undefined) return [`${OF_ISSUER} and provider_sid = ?`, [provider, issuer, sid ?? null]]
  if (sid === undefined) return [OF_SUBJECT, [provider, issuer, subject]]
  return [`${OF_SUBJECT} and (provider_sid = ? or provider_sid is null)`, [provider, issuer, subject, sid]]
}
