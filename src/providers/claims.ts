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
export const claimsOf = (idToken: JsonObject, user: JsonObject = {}): SourcedClaims => ({
  claims: merged(idToken, user),
  sources: { idToken: namesIn(idToken), userinfo: namesIn(user) },
})

/**
 * The claims of a new userinfo response that came without a new ID token. A claim is taken from before only if the
 * userinfo could not have said it: the ID token brought it then, and the userinfo did not. Any other claim that the
 * userinfo does not say any more is gone.
 */
export function renewedClaims(user: JsonObject, before: SourcedClaims): SourcedClaims {
  const kept = onlyOfIdToken(user, before)
  return { claims: merged(user, kept), sources: { idToken: namesIn(kept), userinfo: namesIn(user) } }
}

/**
 * The claims of a new ID token where the userinfo cannot be had: what that said before still counts, and what an ID token
 * said before does not. Undefined where it is not known which was which.
 */
export function renewedByIdToken(idToken: JsonObject, { claims, sources }: SourcedClaims): SourcedClaims | undefined {
  if (!sources) return undefined
  const names = sources.userinfo.filter(name => Object.hasOwn(claims, name))
  return claimsOf(idToken, Object.fromEntries(names.map(name => [name, claims[name] ?? null])))
}

function onlyOfIdToken(user: JsonObject, { claims, sources }: SourcedClaims): JsonObject {
  if (!sources) return {}
  const { email: address, email_verified: flag } = claims
  const names = sources.idToken.filter(name => !sources.userinfo.includes(name) && Object.hasOwn(claims, name))
  const kept = Object.fromEntries(names.map(name => [name, claims[name] ?? null]))
  // Where both said the address and the ID token alone said that it is verified, that still holds for the same address.
  const isFlagAlone = names.includes('email_verified') && !names.includes('email')
  return isFlagAlone && address !== undefined && user.email === address
    ? { ...kept, email: address, email_verified: flag ?? null }
    : kept
}

/** Of two objects; the first one's word counts. */
function merged(first: JsonObject, second: JsonObject): JsonObject {
  const ofFirst = addressIn(first)
  const ofSecond = addressIn(second)
  const isSilent =
    ofFirst.email === undefined || (ofFirst.email === ofSecond.email && Object.keys(ofFirst).length === 1)
  const others = Object.entries({ ...second, ...first }).filter(([name]) => !LEFT_OUT.includes(name))
  return { ...Object.fromEntries(others), ...(isSilent ? ofSecond : ofFirst) }
}

/** What ties a token to one sign-in: that says nothing of the person, and is kept nowhere. */
const OF_ONE_SIGN_IN = ['nonce', 'at_hash', 'c_hash']
const ADDRESS = ['email', 'email_verified']
const LEFT_OUT = [...ADDRESS, ...OF_ONE_SIGN_IN]

/** A flag without an address says nothing. */
const namesIn = (claims: JsonObject): string[] => [
  ...Object.keys(claims).filter(name => !LEFT_OUT.includes(name)),
  ...Object.keys(addressIn(claims)),
]

function addressIn({ email, email_verified }: JsonObject): JsonObject {
  if (email === undefined) return {}
  return { email, ...(email_verified !== undefined && { email_verified }) }
}
