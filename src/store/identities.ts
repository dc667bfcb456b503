import type { Knex } from 'knex'
import { randomId } from '../crypto/random.js'
import { ask, askFor } from './ask.js'
import type { Identities, Identity, IdentityFacts } from './types.js'

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

export function createIdentities(db: Knex): Identities {
  const identities = () => db<IdentityRow>('identities')

  return {
    async find({ provider, issuer, subject }) {
      const [row] = await askFor<IdentityRow>(db, FIND, [provider, issuer, subject])
      return row && toIdentity(row)
    },
    async create(userId, { provider, issuer, subject }, facts, now) {
      const times = { created_at: now, last_sign_in_at: now }
      const row = { id: randomId(), user_id: userId, provider, issuer, subject, ...columns(facts), ...times }
      await ask(() => identities().insert(row))
      return toIdentity(row)
    },
    async update(id, facts, now) {
      const { login, email, emailVerified, rawProfile } = facts
      await askFor(db, UPDATE, [login, email, emailVerified, rawProfile, now, id])
    },
  }
}

function columns(facts: IdentityFacts) {
  return {
    login: facts.login,
    email: facts.email,
    email_verified: facts.emailVerified,
    raw_profile: facts.rawProfile,
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
