import type { JsonObject } from '../../oauth/types.js'
import { readSubject } from '../../oauth/userinfo.js'
import { valueAt } from '../paths.js'
import { joinedName, readEmail, readHttpsUrl, readLogin, readName } from '../profile.js'
import type { Profile } from '../provider.js'

/** Where the parts of a profile are: dotted paths. A part without a path is not there. */
export interface Where {
  subject: string
  name?: string
  login?: string
  email?: string
  picture?: string
  /** Whether the provider has verified the address. Without it no address counts as verified. */
  verified?: (user: JsonObject) => boolean
}

/** A reader for answers whose parts only stand at other places. */
export const plainProfile =
  (where: Where) =>
  (user: JsonObject): Profile => {
    const at = (path: string | undefined) => (path === undefined ? undefined : valueAt(user, path))
    const email = readEmail(at(where.email))
    return {
      subject: readSubject(at(where.subject)),
      name: readName(at(where.name)) ?? joinedName(user),
      login: readLogin(at(where.login)),
      email,
      emailVerified: email !== null && where.verified?.(user) === true,
      picture: readHttpsUrl(at(where.picture)),
      raw: user,
    }
  }
