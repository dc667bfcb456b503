import { ProtocolError } from '../../oauth/errors.js'
import type { JsonObject } from '../../oauth/types.js'
import type { Profile } from '../provider.js'
import { profileFrom } from './mapped-profile.js'

const read = profileFrom({ subject: 'user.id', name: 'user.username._content', login: 'user.username._content' })

/**
 * The profile at Flickr, which sends errors with status 200: {"stat":"fail","code":98,"message":"Invalid auth token"}.
 */
export function flickrProfile(user: JsonObject): Profile {
  if (user.stat === 'fail') throw new ProtocolError('provider_error', 'Flickr answered with an error')
  return read(user)
}
