import type { TenantRule } from '../../config/types.js'
import { importPrivateKey } from '../../crypto/signature.js'
import { signJwt } from '../../oauth/jwt.js'
import { isObject } from '../../oauth/response.js'
import type { JsonObject } from '../../oauth/types.js'
import { nameOfParts } from '../profile.js'
import type { ClientSecretKeys } from '../provider.js'

const AUDIENCE = 'https://appleid.apple.com'
/** Apple accepts half a year; one request needs a minute, and clocks may differ by a few. */
const SECRET_LIFETIME_SECONDS = 300

/** The team at Apple, read as the setting TENANT. */
export const appleTeam: TenantRule = {
  isValid: value => /^[A-Z0-9]{10}$/.test(value),
  howToWrite: 'your team id, ten letters and digits, as Apple shows it under "Membership"',
}

/** The client secret: a short-lived JWT, signed with the key of the .p8 file, a new one for each request. */
export function appleClientSecret({ clientId, privateKey, keyId, tenant }: ClientSecretKeys, now: number): string {
  const key = importPrivateKey(privateKey)
  if (!key) throw new Error('The private key for Apple cannot sign')
  const iat = Math.floor(now / 1000)
  const claims = { iss: tenant, sub: clientId, aud: AUDIENCE, iat, exp: iat + SECRET_LIFETIME_SECONDS }
  return signJwt({ alg: 'ES256', key, kid: keyId, claims })
}

/** Some devices do not support a nonce; then the signed token says so. */
export const appleMayOmitNonce = (claims: JsonObject): boolean =>
  claims.nonce_supported === false || claims.nonce_supported === 'false'

/** The name comes with the first consent only, beside the code and unsigned: the sender of the form chooses it. */
export function applePostedName(user: string): string | null {
  const { name } = parseObject(user)
  return isObject(name) ? nameOfParts([name.firstName, name.lastName]) : null
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = text.length > 2_000 ? undefined : JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
