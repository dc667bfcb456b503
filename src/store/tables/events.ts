import { randomId } from '../../crypto/random.js'
import type { Sql } from '../db/sql.js'
import type { EventKind, EventTable, StoredEvent } from '../types.js'

interface EventRow {
  at: number
  kind: EventKind
  code: string | null
  user_id: string | null
  provider: string | null
  address: string | null
  user_agent: string | null
  subject: string | null
  login: string | null
  actor: string | null
}

const COLUMNS = 'at, kind, code, user_id, provider, address, user_agent, subject, login, actor'

const INSERT = `insert into events (id, ${COLUMNS})
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const LIST_OF_USER = `select ${COLUMNS}
  from events where user_id = ? order by at desc, id limit ?`

const LIST_USER_AGENTS = `select user_agent
  from events where user_id = ? and kind = 'signed-in' order by at desc, id limit ?`

const REMOVE_OLDER = 'delete from events where id in (select id from events where at < ? limit ?) returning id'

export function createEventTable(sql: Sql): EventTable {
  return {
    async insert({ at, kind, code, userId, provider, address, userAgent, subject, login, actor }) {
      const values = [at, kind, code, userId, provider, address, userAgent, subject, login, actor]
      await sql(INSERT, [randomId(), ...values])
    },
    async listOfUser(userId, limit) {
      return (await sql<EventRow>(LIST_OF_USER, [userId, limit])).map(toEvent)
    },
    async listUserAgents(userId, limit) {
      const rows = await sql<{ user_agent: string | null }>(LIST_USER_AGENTS, [userId, limit])
      return [...new Set(rows.map(row => row.user_agent))]
    },
    async removeOlder(before, limit) {
      return (await sql(REMOVE_OLDER, [before, limit])).length
    },
  }
}

const toEvent = (row: EventRow): StoredEvent => ({
  at: row.at,
  kind: row.kind,
  code: row.code,
  userId: row.user_id,
  provider: row.provider,
  address: row.address,
  userAgent: row.user_agent,
  subject: row.subject,
  login: row.login,
  actor: row.actor,
})
