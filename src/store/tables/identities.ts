import { randomId } from '../../crypto/random.js'
import type { Sql } from '../db/sql.js'
import type { Identity, IdentityFields, IdentityTable, ListedIdentity, RoleTable } from '../types.js'
import { createRefreshLeases, type LeaseClock } from './refresh-leases.js'

interface ListedRow {
  id: string
  user_id: string
  provider: string
  issuer: string
  subject: string
  login: string | null
  email: string | null
  email_verified: boolean | 0 | 1
  groups: string
  reconnect_since: number | null
  created_at: number
  last_sign_in_at: number
}

interface IdentityRow extends ListedRow {
  raw_profile: string
  claim_sources: string | null
}

const LISTED_COLUMNS = `id, user_id, provider, issuer, subject, login, email, email_verified, groups, reconnect_since,
  created_at, last_sign_in_at`
const ALL_COLUMNS = `${LISTED_COLUMNS}, raw_profile, claim_sources`

const FIND = `select ${ALL_COLUMNS} from identities where provider = ? and issuer = ? and subject = ?`
const LOAD = `select ${ALL_COLUMNS} from identities where id = ?`
// The raw profile is left out: it is long, and no list shows it.
const LIST_OF_USER = `select ${LISTED_COLUMNS} from identities where user_id = ? order by created_at, id`

const INSERT = `insert into identities
    (id, user_id, provider, issuer, subject, login, email, email_verified, raw_profile, claim_sources, groups,
      created_at, last_sign_in_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const SET_FIELDS = 'login = ?, email = ?, email_verified = ?, raw_profile = ?, claim_sources = ?, groups = ?'
const RECORD_SIGN_IN = `update identities set ${SET_FIELDS}, reconnect_since = null, refresh_refusals = 0, last_sign_in_at = ?
  where id = ?`
const UPDATE_FIELDS = `update identities set ${SET_FIELDS} where id = ?`

const FIND_BY_VERIFIED_EMAIL = 'select user_id, email from identities where lower(email) = lower(?) and email_verified'

export function createIdentityTable(sql: Sql, leaseClock: LeaseClock): IdentityTable {
  return {
    ...createRefreshLeases(sql, leaseClock),
    async find({ provider, issuer, subject }) {
      const [row] = await sql<IdentityRow>(FIND, [provider, issuer, subject])
      return row && toIdentity(row)
    },
    async load(id) {
      const [row] = await sql<IdentityRow>(LOAD, [id])
      return row && toIdentity(row)
    },
    async listOfUser(userId) {
      return (await sql<ListedRow>(LIST_OF_USER, [userId])).map(toListed)
    },
    async create(userId, { provider, issuer, subject }, fields, now) {
      const id = randomId()
      await sql(INSERT, [id, userId, provider, issuer, subject, ...fieldValues(fields), now, now])
      const times = { createdAt: now, lastSignInAt: now }
      return { id, userId, provider, issuer, subject, ...pickFields(fields), reconnectSince: null, ...times }
    },
    async recordSignIn(id, fields, now) {
      await sql(RECORD_SIGN_IN, [...fieldValues(fields), now, id])
    },
    async updateFields(id, fields) {
      await sql(UPDATE_FIELDS, [...fieldValues(fields), id])
    },
    async findUserIdsByVerifiedEmail(email) {
      const rows = await sql<{ user_id: string; email: string }>(FIND_BY_VERIFIED_EMAIL, [email])
      const same = rows.filter(row => asciiLower(row.email) === asciiLower(email))
      return [...new Set(same.map(row => row.user_id))]
    },
    async remove(id) {
      await sql('delete from identities where id = ?', [id])
    },
  }
}

function fieldValues(fields: IdentityFields) {
  const { login, email, emailVerified, rawProfile, claimSources, groups } = pickFields(fields)
  return [login, email, emailVerified, rawProfile, claimSources, JSON.stringify(groups)] as const
}

/** Other properties of the object are left out. */
const pickFields = ({ login, email, emailVerified, rawProfile, claimSources = null, groups }: IdentityFields) => ({
  login,
  email,
  emailVerified,
  rawProfile,
  claimSources,
  groups,
})

// PostgreSQL's lower() turns the Kelvin sign into a k, so that two mailboxes would look like one.
const asciiLower = (text: string): string => text.replace(/[A-Z]+/g, letters => letters.toLowerCase())

const toIdentity = (row: IdentityRow): Identity => ({
  ...toListed(row),
  rawProfile: row.raw_profile,
  claimSources: row.claim_sources,
})

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
    groups: parseGroups(row.groups),
    reconnectSince: row.reconnect_since,
    createdAt: row.created_at,
    lastSignInAt: row.last_sign_in_at,
  }
}

/** Access rules depend on the groups, so a value of another shape counts as no groups. */
function parseGroups(json: string): string[] {
  try {
    const groups: unknown = JSON.parse(json)
    return Array.isArray(groups) && groups.every(group => typeof group === 'string') ? groups : []
  } catch {
    return []
  }
}

const INSERT_ROLE = 'insert into user_roles (identity_id, role) values (?, ?) on conflict do nothing'

export function createRoleTable(sql: Sql): RoleTable {
  return {
    async listOfIdentity(identityId) {
      const rows = await sql<{ role: string }>('select role from user_roles where identity_id = ?', [identityId])
      return rows.map(({ role }) => role).sort()
    },
    async replace(identityId, roles) {
      await sql('delete from user_roles where identity_id = ?', [identityId])
      for (const role of roles) await sql(INSERT_ROLE, [identityId, role])
    },
  }
}
