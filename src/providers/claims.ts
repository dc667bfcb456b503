import type { JsonObject } from '../oauth/types.js'

/**
 * What an OpenID provider says of a person, in one object: the ID token's word first, because it is signed. An address
 * and whether it is verified come from one place, or the flag of one would vouch for the other.
 * @param idToken the claims of a verified ID token
 * @param user the user endpoint's answer for the same `sub`, if there is one
 */
export function claimsOf(idToken: JsonObject, user: JsonObject = {}): JsonObject {
  const ofToken = addressIn(idToken)
  const ofUser = addressIn(user)
  const isSilent = ofToken.email === undefined || (ofToken.email === ofUser.email && Object.keys(ofToken).length === 1)
  const others = Object.entries({ ...user, ...idToken }).filter(([name]) => !LEFT_OUT.includes(name))
  return { ...Object.fromEntries(others), ...(isSilent ? ofUser : ofToken) }
}

/** The address, and what ties a token to one sign-in: that says nothing of the person, and is kept nowhere. */
const LEFT_OUT = ['email', 'email_verified', 'nonce', 'at_hash', 'c_hash']

function addressIn({ email, email_verified }: JsonObject): JsonObject {
  if (email === undefined) return {}
  return { email, ...(email_verified !== undefined && { email_verified }) }
}
