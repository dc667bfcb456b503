import { ProtocolError } from '../../oauth/errors.js'
import { isObject } from '../../oauth/response.js'
import type { JsonObject } from '../../oauth/types.js'
import { readSubject } from '../../oauth/userinfo.js'
import { readLogin, readName } from '../profile.js'
import type { Preset, Profile } from '../provider.js'
import { profileFrom } from '../quirks/mapped-profile.js'

/** Providers that use OAuth 1.0a. None of them says whether an address is verified. */
export const OAUTH1_PRESETS = {
  // X's documentation of its API v1.1. The id as text, because the number is too large for many.
  'x-oauth1': {
    label: 'X',
    protocol: 'oauth1',
    requestTokenUrl: 'https://api.x.com/oauth/request_token',
    // `authenticate` shows its page only to users who have not agreed before; `authorize` shows it every time.
    authorizeUrl: 'https://api.x.com/oauth/authenticate',
    tokenUrl: 'https://api.x.com/oauth/access_token',
    userUrl: 'https://api.x.com/1.1/account/verify_credentials.json?include_email=true',
    apiBaseUrl: 'https://api.x.com/1.1/',
    scope: [],
    subjectParam: 'user_id',
    readProfile: profileFrom({
      subject: 'id_str',
      name: 'name',
      login: 'screen_name',
      email: 'email',
      picture: 'profile_image_url_https',
    }),
    switchParams: [['force_login', 'true']],
  },
  // Tumblr's documentation of its API v2. That the first blog has a uuid is from there, and not tested.
  tumblr: {
    label: 'Tumblr',
    protocol: 'oauth1',
    requestTokenUrl: 'https://www.tumblr.com/oauth/request_token',
    authorizeUrl: 'https://www.tumblr.com/oauth/authorize',
    tokenUrl: 'https://www.tumblr.com/oauth/access_token',
    userUrl: 'https://api.tumblr.com/v2/user/info',
    scope: [],
    readProfile: tumblrProfile,
  },
  // Trello's documentation. An address comes with the scope `account` only.
  trello: {
    label: 'Trello',
    protocol: 'oauth1',
    requestTokenUrl: 'https://trello.com/1/OAuthGetRequestToken',
    authorizeUrl: 'https://trello.com/1/OAuthAuthorizeToken',
    tokenUrl: 'https://trello.com/1/OAuthGetAccessToken',
    userUrl: 'https://api.trello.com/1/members/me',
    apiBaseUrl: 'https://api.trello.com/1/',
    scope: ['read'],
    scopeParam: 'scope',
    authorizeParams: [['name', 'Vestibule']],
    readProfile: profileFrom({ subject: 'id', name: 'fullName', login: 'username', email: 'email' }),
  },
  // Discogs' documentation.
  discogs: {
    label: 'Discogs',
    protocol: 'oauth1',
    requestTokenUrl: 'https://api.discogs.com/oauth/request_token',
    authorizeUrl: 'https://discogs.com/oauth/authorize',
    tokenUrl: 'https://api.discogs.com/oauth/access_token',
    userUrl: 'https://api.discogs.com/oauth/identity',
    apiBaseUrl: 'https://api.discogs.com/',
    scope: [],
    apiHeaders: { 'User-Agent': 'Vestibule/1.0' },
    readProfile: profileFrom({ subject: 'id', name: 'username', login: 'username' }),
  },
  // Flickr's documentation.
  flickr: {
    label: 'Flickr',
    protocol: 'oauth1',
    requestTokenUrl: 'https://www.flickr.com/services/oauth/request_token',
    authorizeUrl: 'https://www.flickr.com/services/oauth/authorize',
    tokenUrl: 'https://www.flickr.com/services/oauth/access_token',
    userUrl: 'https://www.flickr.com/services/rest?method=flickr.test.login&format=json&nojsoncallback=1',
    scope: ['read'],
    scopeParam: 'perms',
    subjectParam: 'user_nsid',
    readProfile: flickrProfile,
  },
} as const satisfies Readonly<Record<string, Preset>>

const readFlickr = profileFrom({ subject: 'user.id', name: 'user.username._content', login: 'user.username._content' })

/**
 * The profile at Flickr, which sends errors with status 200: {"stat":"fail","code":98,"message":"Invalid auth token"}.
 */
function flickrProfile(user: JsonObject): Profile {
  if (user.stat === 'fail') throw new ProtocolError('provider_error', 'Flickr answered with an error')
  return readFlickr(user)
}

/**
 * A user at Tumblr is their first blog, by its id: its name, which is all that Tumblr says about users, can change
 * hands.
 */
function tumblrProfile(body: JsonObject): Profile {
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
