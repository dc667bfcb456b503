import type { JsonObject } from '../oauth/types.js'

/** Which claims came from an ID token and which from the user endpoint, by name; one name can be in both lists. */
export interface ClaimSources {
  idToken: readonly string[]
  userinfo: readonly string[]
}

/** What an OpenID provider says of a person, in one object, and where each claim came from. */
export interface SourcedClaims {
  claims: JsonObject
  /** Undefined where it is not known. */
  sources: ClaimSources | undefined
}

/**
 * The claims of a new ID token and of a new userinfo response. The ID token's word comes first, because it is signed. An
 * address and whether it is verified come from one place, or the flag of one would vouch for the other.
 * @param idToken the claims of a verified ID token
 * @param user the user endpoint's response for the same `sub`, if there is one
 */
export const combineClaims = (idToken: JsonObject, user: JsonObject = {}): SourcedClaims => ({
  claims: mergeClaims(idToken, user),
  sources: { idToken: claimNames(idToken), userinfo: claimNames(user) },
})

/**
 * The claims of a new userinfo response that came without a new ID token. A claim is taken from before only if the
 * userinfo could not have said it: the ID token brought it then, and the userinfo did not. Any other claim that the
 * userinfo does not say any more is gone.
 */
export function refreshedClaims(user: JsonObject, previous: SourcedClaims): SourcedClaims {
  const stillValid = claimsOfIdTokenOnly(user, previous)
  return {
    claims: mergeClaims(user, stillValid),
    sources: { idToken: claimNames(stillValid), userinfo: claimNames(user) },
  }
}

/**
 * The claims of a new ID token where the userinfo cannot be had: what that said before still counts, and what an ID token
 * said before does not. Undefined where it is not known which was which.
 */
export function refreshedByIdToken(idToken: JsonObject, { claims, sources }: SourcedClaims): SourcedClaims | undefined {
  if (!sources) return undefined
  const names = sources.userinfo.filter(name => Object.hasOwn(claims, name))
  return combineClaims(idToken, Object.fromEntries(names.map(name => [name, claims[name] ?? null])))
}

function claimsOfIdTokenOnly(user: JsonObject, { claims, sources }: SourcedClaims): JsonObject {
  if (!sources) return {}
  const { email: address, email_verified: flag } = claims
  const names = sources.idToken.filter(name => !sources.userinfo.includes(name) && Object.hasOwn(claims, name))
  const ofIdToken = Object.fromEntries(names.map(name => [name, claims[name] ?? null]))
  // Where both said the address and the ID token alone said that it is verified, that still holds for the same address.
  const isFlagAlone = names.includes('email_verified') && !names.includes('email')
  return isFlagAlone && address !== undefined && user.email === address
    ? { ...ofIdToken, email: address, email_verified: flag ?? null }
    : ofIdToken
}

/** Of two objects; the first one's word counts. */
function mergeClaims(first: JsonObject, second: JsonObject): JsonObject {
  const firstEmail = emailClaims(first)
  const secondEmail = emailClaims(second)
  const takesSecondEmail =
    firstEmail.email === undefined || (firstEmail.email === secondEmail.email && Object.keys(firstEmail).length === 1)
  const others = Object.entries({ ...second, ...first }).filter(([name]) => !OMITTED_CLAIMS.includes(name))
  return { ...Object.fromEntries(others), ...(takesSecondEmail ? secondEmail : firstEmail) }
}

/** What ties a token to one sign-in: that says nothing of the person, and is kept nowhere. */
const SIGN_IN_CLAIMS = ['nonce', 'at_hash', 'c_hash']
const EMAIL_CLAIMS = ['email', 'email_verified']
const OMITTED_CLAIMS = [...EMAIL_CLAIMS, ...SIGN_IN_CLAIMS]

/** A flag without an address says nothing. */
const claimNames = (claims: JsonObject): string[] => [
  ...Object.keys(claims).filter(name => !OMITTED_CLAIMS.includes(name)),
  ...Object.keys(emailClaims(claims)),
]

function emailClaims({ email, email_verified }: JsonObject): JsonObject {
  if (email === undefined) return {}
  return { email, ...(email_verified !== undefined && { email_verified }) }
}
