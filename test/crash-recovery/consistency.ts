import assert from 'node:assert/strict'
import { runSql } from '../support/sql.js'

export interface Counts {
  marks: number
  people: number
  identities: number
  sessions: number
}

/** How much a database holds. */
export async function countRows(databaseUrl: string): Promise<Counts> {
  const count = (table: string) => countOf(databaseUrl, `from ${table}`)
  return {
    marks: await count('used_attempts'),
    people: await count('users'),
    identities: await count('identities'),
    sessions: await count('sessions'),
  }
}

const PARTIAL_ROWS: Readonly<Record<string, string>> = {
  'a user without identity': 'users u where not exists (select 1 from identities i where i.user_id = u.id)',
  'an identity without user': 'identities i where not exists (select 1 from users u where u.id = i.user_id)',
  'an identity without tokens':
    'identities i where not exists (select 1 from provider_tokens t where t.identity_id = i.id)',
  'tokens without identity':
    'provider_tokens t where not exists (select 1 from identities i where i.id = t.identity_id)',
  'a role without identity': 'user_roles r where not exists (select 1 from identities i where i.id = r.identity_id)',
  'an event that names somebody who is not there':
    'events e where e.user_id is not null and not exists (select 1 from users u where u.id = e.user_id)',
  'a session without the id by which it can be ended': 'sessions s where s.id is null',
  'a session of nobody':
    'sessions s where not exists (select 1 from identities i where i.id = s.identity_id and i.user_id = s.user_id)',
}

/** Nothing in a database stands for half a sign-in, and the file itself is sound. */
export async function assertConsistent(databaseUrl: string): Promise<void> {
  for (const [what, where] of Object.entries(PARTIAL_ROWS))
    assert.equal(await countOf(databaseUrl, `from ${where}`), 0, `There is ${what}`)
  if (!databaseUrl.startsWith('sqlite:')) return
  assert.deepEqual(await runSql(databaseUrl, 'pragma integrity_check'), [{ integrity_check: 'ok' }])
  assert.deepEqual(await runSql(databaseUrl, 'pragma foreign_key_check'), [])
}

async function countOf(databaseUrl: string, from: string): Promise<number> {
  const [row] = await runSql(databaseUrl, `select count(*) as n ${from}`)
  return Number(row?.n)
}
