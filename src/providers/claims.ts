import type { JsonObject } from '../oauth/types.js'
import { readSubject } from '../oauth/userinfo.js'
import { isTrue, joinedName, readEmail, readHttpsUrl, readLogin, readName } from './profile.js'
import type { Profile } from './provider.js'

/** Which claims came from an ID token and which from the user endpoint, by name; one name can be in both lists. */
export interface ClaimSources {
  idToken: readonly string[]
  userinfo: readonly string[]
}

/** The claims of an OpenID provider about a user, in one object, and where each of them came from. */
export interface SourcedClaims {
  claims: JsonObject
  /** Undefined where it is not known. */
  sources: ClaimSources | undefined
}

/**
 * The claims of a new ID token and of a new userinfo response. Where both have a claim, the ID token's counts, because
 * it is signed. An address and whether it is verified come from the same source: the flag of one source says nothing
 * about the address of the other.
 * @param idToken the claims of a verified ID token
 * @param user the user endpoint's response for the same `sub`, if there is one
 */
export const combineClaims = (idToken: JsonObject, user: JsonObject = {}): SourcedClaims => ({
  claims: mergeClaims(idToken, user),
  sources: { idToken: claimNames(idToken), userinfo: claimNames(user) },
})

/**
 * The claims of a new userinfo response that came without a new ID token. A previous claim is kept only if it came from
 * the ID token and not from the userinfo, which does not have it then. Any other claim that the userinfo does not have
 * any more is gone.
 */
export function refreshedClaims(user: JsonObject, previous: SourcedClaims): SourcedClaims {
  const stillValid = claimsOfIdTokenOnly(user, previous)
  return {
    claims: mergeClaims(user, stillValid),
    sources: { idToken: claimNames(stillValid), userinfo: claimNames(user) },
  }
}

/**
 * The claims of a new ID token without a new userinfo response: the previous claims of the userinfo still count, and
 * those of the previous ID token do not. Undefined where it is not known which claims came from where.
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
  // If both had the address and only the ID token said that it is verified, that still counts for the same address.
  const isFlagAlone = names.includes('email_verified') && !names.includes('email')
  return isFlagAlone && address !== undefined && user.email === address
    ? { ...ofIdToken, email: address, email_verified: flag ?? null }
    : ofIdToken
}

/** Merges two objects; the claims of the first one count. */
function mergeClaims(first: JsonObject, second: JsonObject): JsonObject {
  const firstEmail = emailClaims(first)
  const secondEmail = emailClaims(second)
  const takesSecondEmail =
    firstEmail.email === undefined || (firstEmail.email === secondEmail.email && Object.keys(firstEmail).length === 1)
  const others = Object.entries({ ...second, ...first }).filter(([name]) => !OMITTED_CLAIMS.includes(name))
  return { ...Object.fromEntries(others), ...(takesSecondEmail ? secondEmail : firstEmail) }
}

/** Claims that bind a token to one sign-in: they say nothing about the user, and are not stored. */
const SIGN_IN_CLAIMS = ['nonce', 'at_hash', 'c_hash']
const EMAIL_CLAIMS = ['email', 'email_verified']
const OMITTED_CLAIMS = [...EMAIL_CLAIMS, ...SIGN_IN_CLAIMS]

/** The names of the claims. `email_verified` without an address is left out, because it says nothing. */
const claimNames = (claims: JsonObject): string[] => [
  ...Object.keys(claims).filter(name => !OMITTED_CLAIMS.includes(name)),
  ...Object.keys(emailClaims(claims)),
]

function emailClaims({ email, email_verified }: JsonObject): JsonObject {
  if (email === undefined) return {}
  return { email, ...(email_verified !== undefined && { email_verified }) }
}

/** The profile of the standard claims (OpenID Connect Core, 5.1). */
export function openidProfile(claims: JsonObject): Profile {
  const email = readEmail(claims.email)
  return {
    subject: readSubject(claims.sub),
    name: readName(claims.name) ?? joinedName(claims),
    login: readLogin(claims.preferred_username),
    email,
    // Amazon Cognito and Apple send it as text.
    emailVerified: email !== null && isTrue(claims.email_verified),
    picture: readHttpsUrl(claims.picture),
    raw: claims,
  }
}
