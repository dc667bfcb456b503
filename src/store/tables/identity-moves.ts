import type { Sql } from '../db/sql.js'
import type { IdentityMove, IdentityMoves, MoveConflict, SqlValues } from '../types.js'

// The old key comes before the new one in each condition, in the order of `moveValues`.
const NEW_KEY_EXISTS = `exists (select 1 from identities n
  where n.provider = ? and n.issuer = ? and n.subject = identities.subject and n.user_id`

const MOVING_IDS = 'select id from identities where provider = ? and issuer = ?'
const COUNT_STATEMENTS = {
  identities: 'select count(*) as count from identities where provider = ? and issuer = ?',
  sessions: `select count(*) as count from sessions where identity_id in (${MOVING_IDS})`,
  withTokens: `select count(*) as count from provider_tokens where identity_id in (${MOVING_IDS})`,
  duplicates: `select count(*) as count from identities
    where provider = ? and issuer = ? and ${NEW_KEY_EXISTS} = identities.user_id)`,
  conflicts: `select count(*) as count from identities
    where provider = ? and issuer = ? and ${NEW_KEY_EXISTS} <> identities.user_id)`,
}

const CONFLICTS = `select o.subject, o.login, o.user_id, n.user_id as taken_by_user_id
  from identities o
  join identities n on n.subject = o.subject and n.user_id <> o.user_id
  where o.provider = ? and o.issuer = ? and n.provider = ? and n.issuer = ?
  order by o.subject limit ?`

const REMOVE_DUPLICATES = `delete from identities
  where provider = ? and issuer = ? and ${NEW_KEY_EXISTS} = identities.user_id)`

const LAST_SUBJECT_OF_BATCH = `select max(subject) as last from (
  select subject from identities where provider = ? and issuer = ? and subject > ? order by subject limit ?) as batch`

const BATCH = 'provider = ? and issuer = ? and subject > ? and subject <= ?'
const IN_BATCH = `in (select id from identities where ${BATCH})`
const MOVE_TO_ISSUER = `update identities set provider = ?, issuer = ? where ${BATCH}`
const MOVE_TO_PROVIDER = `update identities
  set provider = ?, issuer = ?, reconnect_since = coalesce(reconnect_since, ?) where ${BATCH}`
/** An ID token is a hint for the provider that issued it (RP-Initiated Logout 1.0, 2); another provider must refuse it. */
const REMOVE_ID_TOKENS = `update sessions set id_token = null where id_token is not null and identity_id ${IN_BATCH}`
const REMOVE_FOR_OLD_PROVIDER = ['sessions', 'provider_tokens', 'user_roles'].map(
  table => `delete from ${table} where identity_id ${IN_BATCH}`,
)

interface ConflictRow {
  subject: string
  login: string | null
  user_id: string
  taken_by_user_id: string
}

/** @param hasRowLocks whether the database locks single rows; otherwise no other transaction runs meanwhile */
export function createIdentityMoves(sql: Sql, hasRowLocks: boolean): IdentityMoves {
  return {
    ...createCounts(sql),
    async moveToUser(fromUserId, toUserId) {
      let moved = await updateUserId(sql, fromUserId, toUserId)
      if (hasRowLocks) {
        // A sign-in may be linking an identity to the old user at this moment. It holds a shared lock on the user's row
        // until it ends. After this lock no sign-in can link an identity to that user.
        await sql('select id from users where id = ? for update', [fromUserId])
        moved += await updateUserId(sql, fromUserId, toUserId)
      }
      await sql('update events set user_id = ? where user_id = ?', [toUserId, fromUserId])
      return moved
    },
    async removeDuplicates(move) {
      await sql(REMOVE_DUPLICATES, moveValues(move))
    },
    async moveNextBatch({ from, to }, after, limit, now) {
      const key = [from.provider, from.issuer]
      const [row] = await sql<{ last: string | null }>(LAST_SUBJECT_OF_BATCH, [...key, after, limit])
      const last = row?.last ?? undefined
      if (last === undefined) return undefined
      const batch = [...key, after, last]
      if (to.provider === from.provider) {
        await sql(REMOVE_ID_TOKENS, batch)
        await sql(MOVE_TO_ISSUER, [to.provider, to.issuer, ...batch])
      } else {
        for (const statement of REMOVE_FOR_OLD_PROVIDER) await sql(statement, batch)
        await sql(MOVE_TO_PROVIDER, [to.provider, to.issuer, now, ...batch])
      }
      return { last }
    },
  }
}

function createCounts(sql: Sql): Pick<IdentityMoves, 'listIssuers' | 'count' | 'listConflicts'> {
  const countOf = async (statement: string, values: SqlValues) =>
    (await sql<{ count: number }>(statement, values))[0]?.count ?? 0

  return {
    async listIssuers(provider) {
      const count = 'select issuer, count(*) as identities from identities where provider = ? group by issuer'
      return sql<{ issuer: string; identities: number }>(`${count} order by issuer`, [provider])
    },
    async count(move) {
      const key = [move.from.provider, move.from.issuer]
      return {
        identities: await countOf(COUNT_STATEMENTS.identities, key),
        duplicates: await countOf(COUNT_STATEMENTS.duplicates, moveValues(move)),
        conflicts: await countOf(COUNT_STATEMENTS.conflicts, moveValues(move)),
        sessions: await countOf(COUNT_STATEMENTS.sessions, key),
        withTokens: await countOf(COUNT_STATEMENTS.withTokens, key),
      }
    },
    async listConflicts(move, limit) {
      return (await sql<ConflictRow>(CONFLICTS, [...moveValues(move), limit])).map(toConflict)
    },
  }
}

async function updateUserId(sql: Sql, fromUserId: string, toUserId: string): Promise<number> {
  const move = 'update identities set user_id = ? where user_id = ? returning id'
  return (await sql(move, [toUserId, fromUserId])).length
}

const moveValues = ({ from, to }: IdentityMove) => [from.provider, from.issuer, to.provider, to.issuer] as const

const toConflict = (row: ConflictRow): MoveConflict => ({
  subject: row.subject,
  login: row.login,
  userId: row.user_id,
  takenByUserId: row.taken_by_user_id,
})
