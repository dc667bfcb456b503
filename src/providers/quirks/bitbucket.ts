import { ProtocolError } from '../../oauth/errors.js'
import { isObject } from '../../oauth/response.js'
import type { JsonObject } from '../../oauth/types.js'
import { readEmail } from '../profile.js'
import type { ApiGet, Profile } from '../provider.js'
import { profileFrom } from './mapped-profile.js'

const read = profileFrom({ subject: 'uuid', name: 'display_name', login: 'nickname', picture: 'links.avatar.href' })

/** The profile at Bitbucket. Addresses are never in /user; the list of them needs the consumer's scope `email`. */
export async function bitbucketProfile(user: JsonObject, get: ApiGet): Promise<Profile> {
  const profile = read(user)
  const email = await primaryEmail(get)
  return { ...profile, email, emailVerified: email !== null }
}

async function primaryEmail(get: ApiGet): Promise<string | null> {
  try {
    const response = await get('user/emails')
    const values = isObject(response) && Array.isArray(response.values) ? response.values.filter(isObject) : []
    return readEmail(values.find(each => each.is_primary === true && each.is_confirmed === true)?.email)
  } catch (error) {
    if (error instanceof ProtocolError && (error.status === 403 || error.status === 404)) return null
    throw error
  }
}
