import type { JsonObject } from '../../oauth/types.js'
import { readSubject } from '../../oauth/userinfo.js'
import { isTrue, joinedName, readEmail, readHttpsUrl, readLogin, readName } from '../profile.js'
import type { Profile } from '../provider.js'

/** A person by the standard claims (OpenID Connect Core, 5.1). */
export function openidProfile(claims: JsonObject): Profile {
  const email = readEmail(claims.email)
  return {
    subject: readSubject(claims.sub),
    name: readName(claims.name) ?? joinedName(claims),
    login: readLogin(claims.preferred_username),
    email,
    // Amazon Cognito and Apple say it as text.
    emailVerified: email !== null && isTrue(claims.email_verified),
    picture: readHttpsUrl(claims.picture),
    raw: claims,
  }
}
