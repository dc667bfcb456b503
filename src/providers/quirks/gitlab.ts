import { ProtocolError } from '../../oauth/errors.js'
import { isObject } from '../../oauth/response.js'
import type { JsonObject } from '../../oauth/types.js'
import { readSubject } from '../../oauth/userinfo.js'
import { groupsAt } from '../groups.js'
import type { ApiGet, Profile } from '../provider.js'
import { profileFrom } from './mapped-profile.js'

const read = profileFrom({
  subject: 'id',
  name: 'name',
  login: 'username',
  email: 'email',
  picture: 'avatar_url',
  // When the address of the account was confirmed; a new address is in another field until then.
  verified: ({ confirmed_at }) => typeof confirmed_at === 'string' && confirmed_at !== '',
})

/** The profile at GitLab. A blocked or locked user is refused, because their token may still work. */
export function gitlabProfile(user: JsonObject): Profile {
  if ((user.state === undefined || user.state === 'active') && user.locked !== true) return read(user)
  throw new ProtocolError('provider_denied', 'The account is blocked or locked at GitLab')
}

const groupsIn = groupsAt(['groups'])

/**
 * The groups by their whole paths, as `acme/staff`, also those that are inherited. Only the userinfo of OpenID Connect
 * has them.
 */
export async function gitlabGroups(user: JsonObject, get: ApiGet): Promise<string[]> {
  const claims = await get('../../oauth/userinfo')
  if (isObject(claims) && claims.sub === readSubject(user.id)) return groupsIn(claims)
  throw new ProtocolError('subject_mismatch', 'The groups are not those of the person whom the profile is about')
}
