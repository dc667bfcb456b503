import { ProtocolError } from '../../oauth/errors.js'
import type { JsonObject } from '../../oauth/types.js'
import type { Profile } from '../provider.js'
import { plainProfile } from './plain.js'

const read = plainProfile({
  subject: 'id',
  name: 'name',
  login: 'username',
  email: 'email',
  picture: 'avatar_url',
  // When the address of the account was confirmed; a new address stands elsewhere until it is.
  verified: ({ confirmed_at }) => typeof confirmed_at === 'string' && confirmed_at !== '',
})

/** A person at GitLab, unless they are blocked or locked there: a token of theirs may outlive that. */
export function gitlabProfile(user: JsonObject): Profile {
  if ((user.state === undefined || user.state === 'active') && user.locked !== true) return read(user)
  throw new ProtocolError('provider_denied', 'The account is blocked or locked at GitLab')
}
