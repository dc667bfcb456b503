import { isObject } from '../../oauth/response.js'
import type { JsonObject } from '../../oauth/types.js'
import { readSubject } from '../../oauth/userinfo.js'
import { readLogin, readName } from '../profile.js'
import type { Profile } from '../provider.js'

/**
 * A user at Tumblr is their first blog, by its id: its name, which is all that Tumblr says about users, can change
 * hands.
 */
export function tumblrProfile(body: JsonObject): Profile {
  const response = isObject(body.response) ? body.response : {}
  const user = isObject(response.user) ? response.user : {}
  const blogs = Array.isArray(user.blogs) ? user.blogs.filter(isObject) : []
  return {
    subject: readSubject(blogs.find(blog => blog.primary === true)?.uuid),
    name: readName(user.name),
    login: readLogin(user.name),
    email: null,
    emailVerified: false,
    picture: null,
    raw: body,
  }
}
