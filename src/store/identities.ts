import { randomId } from '../crypto/random.js'
import type { Sql } from './sql.js'
import type { Identities, Identity, ListedIdentity } from './types.js'

interface ListedRow {
  id: string
  user_id: string
  provider: string
  issuer: string
  subject: string
  login: string | null
  email: string | null
  email_verified: boolean | 0 | 1
  created_at: number
  last_sign_in_at: number
}

interface IdentityRow extends ListedRow {
  raw_profile: string
}

const FIND = 'select * from identities where provider = ? and issuer = ? and subject = ?'
// The raw profile is long, and for nobody's eyes.
const OF_USER = `
  select id, user_id, provider, issuer, subject, login, email, email_verified, created_at, last_sign_in_at
  from identities where user_id = ? order by created_at, id`
const UPDATE = `update identities set login = ?, email = ?, email_verified = ?, raw_profile = ?, last_sign_in_at = ?
  where id = ?`

const INSERT = `insert into identities
    (id, user_id, provider, issuer, subject, login, email, email_verified, raw_profile, created_at, last_sign_in_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

export function createIdentities(sql: Sql): Identities {
  return {
    async find({ provider, issuer, subject }) {
      const [row] = await sql<IdentityRow>(FIND, [provider, issuer, subject])
      return row && toIdentity(row)
    },
    async load(id) {
      const [row] = await sql<IdentityRow>('select * from identities where id = ?', [id])
      return row && toIdentity(row)
    },
    async ofUser(userId) {
      return (await sql<ListedRow>(OF_USER, [userId])).map(toListed)
    },
    async create(userId, { provider, issuer, subject }, facts, now) {
      const id = randomId()
      const { login, email, emailVerified, rawProfile } = facts
      await sql(INSERT, [id, userId, provider, issuer, subject, login, email, emailVerified, rawProfile, now, now])
      const told = { login, email, emailVerified, rawProfile }
      return { id, userId, provider, issuer, subject, ...told, createdAt: now, lastSignInAt: now }
    },
    async update(id, { login, email, emailVerified, rawProfile }, now) {
      await sql(UPDATE, [login, email, emailVerified, rawProfile, now, id])
    },
  }
}

const toIdentity = (row: IdentityRow): Identity => ({ ...toListed(row), rawProfile: row.raw_profile })

function toListed(row: ListedRow): ListedIdentity {
  return {
    id: row.id,
    userId: row.user_id,
    provider: row.provider,
    issuer: row.issuer,
    subject: row.subject,
    login: row.login,
    email: row.email,
    emailVerified: Boolean(row.email_verified),
    createdAt: row.created_at,
    lastSignInAt: row.last_sign_in_at,
  }
}
