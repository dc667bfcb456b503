import { ProtocolError } from '../../oauth/errors.js'
import { isObject } from '../../oauth/response.js'
import type { JsonObject } from '../../oauth/types.js'
import { readEmail } from '../profile.js'
import type { ApiGet, Profile } from '../provider.js'
import { profileFrom } from './mapped-profile.js'

const read = profileFrom({
  subject: 'data.id',
  name: 'data.name',
  login: 'data.username',
  picture: 'data.profile_image_url',
})

/**
 * The profile at X. The address needs a request of its own, so that sign-ins work in an app that may not read
 * addresses.
 */
export async function xProfile(user: JsonObject, get: ApiGet): Promise<Profile> {
  const profile = read(user)
  const email = await confirmedEmail(get)
  return { ...profile, email, emailVerified: email !== null }
}

/** The address needs the scope `users.email` and a switch in the app's settings. */
async function confirmedEmail(get: ApiGet): Promise<string | null> {
  try {
    const response = await get('users/me?user.fields=confirmed_email')
    const data = isObject(response) ? response.data : undefined
    return isObject(data) ? readEmail(data.confirmed_email) : null
  } catch (error) {
    if (error instanceof ProtocolError && (error.status === 400 || error.status === 403)) return null
    throw error
  }
}
