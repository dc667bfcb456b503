import type { JsonObject } from '../../oauth/types.js'
import { readHttpsUrl, readLogin, readName } from '../profile.js'
import type { Profile } from '../provider.js'
import { profileFrom } from './mapped-profile.js'

const read = profileFrom({ subject: 'id', email: 'email', verified: ({ verified }) => verified === true })

/** The profile at Discord: the URL of the picture is built here, and an old name still has its four digits. */
export function discordProfile(user: JsonObject): Profile {
  const { id, avatar, username, discriminator, global_name } = user
  const isOld = typeof discriminator === 'string' && /^\d{4}$/.test(discriminator)
  const hasPicture = typeof id === 'string' && /^\d+$/.test(id) && typeof avatar === 'string' && /^\w+$/.test(avatar)
  return {
    ...read(user),
    name: readName(global_name) ?? readName(username),
    login: readLogin(isOld && typeof username === 'string' ? `${username}#${discriminator}` : username),
    picture: hasPicture ? readHttpsUrl(`https://cdn.discordapp.com/avatars/${id}/${avatar}.png`) : null,
  }
}
