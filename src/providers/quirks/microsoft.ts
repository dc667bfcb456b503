import type { TenantRule } from '../../config/types.js'
import { ProtocolError } from '../../oauth/errors.js'
import type { Json, JsonObject } from '../../oauth/types.js'
import { isTrue, joinedName, readEmail, readLogin, readName } from '../profile.js'
import type { Profile } from '../provider.js'

const AUTHORITY = 'https://login.microsoftonline.com'
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** The tenant that all personal accounts are in. */
const CONSUMER_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad'
const TENANT_KINDS = ['common', 'organizations', 'consumers']

/** One tenant, several, or a kind of tenants. A domain is refused: ID tokens name the tenant by its id. */
export const microsoftTenant: TenantRule = {
  defaultValue: 'common',
  isValid: value => TENANT_KINDS.includes(value) || tenantIds(value).every(id => GUID.test(id)),
  howToWrite: 'the id of your tenant (several with commas between), or common, organizations or consumers',
}

/** The authority in the URLs: a list of tenants has none of its own, so its tokens are checked afterwards. */
export function microsoftAuthority(tenant: string): string {
  const ids = tenantIds(tenant)
  if (TENANT_KINDS.includes(tenant) || ids.length === 1) return tenant
  return ids.includes(CONSUMER_TENANT) ? 'common' : 'organizations'
}

/** The authorities for many tenants have a template as their issuer; `consumers` has its one tenant. */
export function microsoftDiscoveryIssuer(tenant: string): string | undefined {
  const authority = microsoftAuthority(tenant)
  if (authority === 'consumers') return issuerOf(CONSUMER_TENANT)
  return TENANT_KINDS.includes(authority) ? issuerOf('{tenantid}') : undefined
}

/**
 * The issuer of an ID token is that of the tenant in its own `tid`, and the tenant must be an accepted one: everybody
 * can create a tenant and put any address into it.
 */
export function microsoftIssuer({ tid }: JsonObject, tenant: string): string | undefined {
  if (typeof tid !== 'string' || !GUID.test(tid)) return undefined
  return isAcceptedTenant(tid.toLowerCase(), tenant) ? issuerOf(tid) : undefined
}

function isAcceptedTenant(tid: string, tenant: string): boolean {
  if (tenant === 'common') return true
  if (tenant === 'organizations') return tid !== CONSUMER_TENANT
  return tenant === 'consumers' ? tid === CONSUMER_TENANT : tenantIds(tenant).includes(tid)
}

/**
 * The profile at Microsoft. `sub` is different for each app, and `oid` is unique inside one tenant only, so the subject
 * is the ids of tenant and user together. The tenant's administrator can write any address ("nOAuth"), so it counts as
 * verified only if Microsoft says that the domain belongs to the tenant (xms_edov) or that the address was verified.
 */
export function microsoftProfile(claims: JsonObject): Profile {
  const email = readEmail(claims.email)
  return {
    subject: `${readGuid(claims.tid, 'tid')}/${readGuid(claims.oid, 'oid')}`,
    name: readName(claims.name) ?? joinedName(claims),
    login: readLogin(claims.preferred_username),
    email,
    emailVerified: email !== null && isEmailVerified(email, claims),
    // It would need a request with the token.
    picture: null,
    raw: claims,
  }
}

/** The group with its tenant, like the subject: the administrator of a tenant can give groups and roles any name. */
export const microsoftGroup = (group: string, { tid }: JsonObject): string => `${readGuid(tid, 'tid')}/${group}`

function isEmailVerified(email: string, claims: JsonObject): boolean {
  const { xms_edov: ownDomain, verified_primary_email: first, verified_secondary_email: second } = claims
  return (
    isTrue(ownDomain) || ownDomain === 1 || ownDomain === '1' || [first, second].some(list => listsEmail(list, email))
  )
}

const listsEmail = (list: Json | undefined, email: string): boolean =>
  Array.isArray(list) && list.some(each => typeof each === 'string' && each.toLowerCase() === email.toLowerCase())

function readGuid(value: Json | undefined, name: string): string {
  if (typeof value === 'string' && GUID.test(value)) return value.toLowerCase()
  throw new ProtocolError('provider_malformed', `The ID token has no usable ${name}`)
}

const issuerOf = (tid: string) => `${AUTHORITY}/${tid}/v2.0`

const tenantIds = (tenant: string): string[] => tenant.split(',').map(each => each.trim().toLowerCase())
