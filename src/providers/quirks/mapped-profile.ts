import type { JsonObject } from '../../oauth/types.js'
import { readSubject } from '../../oauth/userinfo.js'
import { valueAt } from '../json-value.js'
import { joinedName, readEmail, readHttpsUrl, readLogin, readName } from '../profile.js'
import type { Profile } from '../provider.js'

/** Where the parts of a profile are: dotted paths. A part without a path is empty. */
export interface ProfilePaths {
  subject: string
  name?: string
  login?: string
  email?: string
  picture?: string
  /** Whether the provider has verified the address. Without it no address counts as verified. */
  verified?: (user: JsonObject) => boolean
}

/** Reads a profile whose parts are at these paths. */
export const profileFrom =
  (paths: ProfilePaths) =>
  (user: JsonObject): Profile => {
    const at = (path: string | undefined) => (path === undefined ? undefined : valueAt(user, path))
    const email = readEmail(at(paths.email))
    return {
      subject: readSubject(at(paths.subject)),
      name: readName(at(paths.name)) ?? joinedName(user),
      login: readLogin(at(paths.login)),
      email,
      emailVerified: email !== null && paths.verified?.(user) === true,
      picture: readHttpsUrl(at(paths.picture)),
      raw: user,
    }
  }
