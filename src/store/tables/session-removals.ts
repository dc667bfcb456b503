import type { Sql } from '../db/sql.js'
import type { ProviderSessions, SessionTable, SqlValues } from '../types.js'

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

/** Every way in which sessions end. */
export function createSessionRemovals(sql: Sql): SessionRemovals {
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
// An issuer may have hundreds of thousands, so they are not listed.
const OF_ISSUER = `exists
  (select 1 from identities i where i.id = sessions.identity_id and i.provider = ? and i.issuer = ?)`

function providerCondition({
  provider,
  issuer,
  subject,
  sid,
}: ProviderSessions): [condition: string, values: SqlValues] {
  // Where neither is told nothing is named, and nothing ends: no sid equals null.
  if (subject === undefined) return [`${OF_ISSUER} and provider_sid = ?`, [provider, issuer, sid ?? null]]
  if (sid === undefined) return [OF_SUBJECT, [provider, issuer, subject]]
  return [`${OF_SUBJECT} and (provider_sid = ? or provider_sid is null)`, [provider, issuer, subject, sid]]
}
