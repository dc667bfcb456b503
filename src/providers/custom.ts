import type { ProfileField, ProviderSettings } from '../config/types.js'
import { isObject } from '../oauth/answer.js'
import type { JsonObject } from '../oauth/types.js'
import { readSubject } from '../oauth/userinfo.js'
import { readEmail, readHttpsUrl, readLogin, readName } from './profile.js'
import type { Preset, Profile } from './provider.js'

/** Where the parts of a profile usually are; the first place that holds something counts. */
const USUAL_PLACES: Record<ProfileField, readonly string[]> = {
  subject: ['sub', 'id'],
  name: ['name'],
  login: ['login', 'preferred_username', 'username'],
  email: ['email'],
  emailVerified: ['email_verified'],
  picture: ['picture', 'avatar_url'],
}

/** The row of a provider that the settings describe alone. Throws Error when one of its URLs is missing. */
export function customPreset(settings: ProviderSettings): Preset {
  const { name, label, authorizeUrl, tokenUrl, userUrl, fields } = settings
  if (!authorizeUrl || !tokenUrl || !userUrl) throw new Error(`The provider ${name} has no preset and lacks a URL`)
  return {
    label: label ?? name,
    protocol: 'oauth2',
    authorizeUrl,
    tokenUrl,
    userUrl,
    scope: [],
    tokenEndpointAuthMethod: 'client_secret_basic',
    readProfile: user => customProfile(user, fields),
  }
}

function customProfile(user: JsonObject, fields: ProviderSettings['fields']): Profile {
  const find = (field: ProfileField) => firstAt(user, fields[field] ? [fields[field]] : USUAL_PLACES[field])
  const email = readEmail(find('email'))
  const verified = find('emailVerified')
  return {
    subject: readSubject(find('subject')),
    name: readName(find('name')),
    login: readLogin(find('login')),
    email,
    // Some providers say it as text; anything else that is merely truthy says nothing.
    emailVerified: email !== null && (verified === true || verified === 'true'),
    picture: readHttpsUrl(find('picture')),
    raw: user,
  }
}

function firstAt(user: JsonObject, places: readonly string[]): unknown {
  return places.map(place => valueAt(user, place)).find(value => value !== undefined && value !== null)
}

/** Own properties only: a path like `constructor.name` leads nowhere. A number steps into a list. */
function valueAt(user: JsonObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => {
    if (!isObject(value) && !Array.isArray(value)) return undefined
    return Object.getOwnPropertyDescriptor(value, step)?.value
  }, user)
}
