import { randomId } from '../crypto/random.js'
import type { Sql } from './sql.js'
import type { Identities, Identity } from './types.js'

interface IdentityRow {
  id: string
  user_id: string
  provider: string
  issuer: string
  subject: string
  login: string | null
  email: string | null
  email_verified: boolean | 0 | 1
  raw_profile: string
  created_at: number
  last_sign_in_at: number
}

const FIND = 'select * from identities where provider = ? and issuer = ? and subject = ?'
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

function toIdentity(row: IdentityRow): Identity {
  return {
    id: row.id,
    userId: row.user_id,
    provider: row.provider,
    issuer: row.issuer,
    subject: row.subject,
    login: row.login,
    email: row.email,
    emailVerified: Boolean(row.email_verified),
    rawProfile: row.raw_profile,
    createdAt: row.created_at,
    lastSignInAt: row.last_sign_in_at,
  }
}
