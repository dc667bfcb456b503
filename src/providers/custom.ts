import type { ProfileField, ProviderSettings } from '../config/types.js'
import { ProtocolError } from '../oauth/errors.js'
import type { JsonObject } from '../oauth/types.js'
import { readSubject } from '../oauth/userinfo.js'
import { groupsAt } from './groups.js'
import { valueAt } from './paths.js'
import { isYes, joinedName, nameOfParts, readEmail, readHttpsUrl, readLogin, readName } from './profile.js'
import type { Preset, Profile } from './provider.js'
import { kindOf } from './value-kind.js'

/** Where the parts of a profile usually are; the first place that holds something counts. */
const USUAL_PLACES: Record<Exclude<ProfileField, 'name'>, readonly string[]> = {
  subject: ['sub', 'id'],
  login: ['login', 'preferred_username', 'username'],
  email: ['email'],
  emailVerified: ['email_verified'],
  picture: ['picture', 'avatar_url'],
}

/** The row of a provider that the settings describe alone. Throws Error when one of its URLs is missing. */
export function customPreset(settings: ProviderSettings): Preset {
  const { name, protocol, issuer, fields, groupsFields = ['groups'] } = settings
  const need = (url: string | null | undefined) => {
    if (url) return url
    throw new Error(`The provider ${name} has no preset and lacks a URL`)
  }
  const row = {
    label: settings.label ?? name,
    readProfile: (user: JsonObject) => customProfile(user, name, fields),
    readGroups: groupsAt(groupsFields),
  }
  if (protocol === 'oidc') {
    const scope = ['openid', 'profile', 'email']
    return { ...row, protocol, issuer: need(issuer), scope, tokenEndpointAuthMethod: 'client_secret_basic' }
  }
  const urls = {
    authorizeUrl: need(settings.authorizeUrl),
    tokenUrl: need(settings.tokenUrl),
    userUrl: need(settings.userUrl),
    scope: [],
  }
  return protocol === 'oauth2'
    ? { ...row, ...urls, protocol, tokenEndpointAuthMethod: 'client_secret_basic' }
    : { ...row, ...urls, protocol, requestTokenUrl: need(settings.requestTokenUrl) }
}

function customProfile(user: JsonObject, provider: string, fields: ProviderSettings['fields']): Profile {
  const find = (field: keyof typeof USUAL_PLACES) =>
    firstAt(user, fields[field] ? [fields[field]] : USUAL_PLACES[field])
  const email = readEmail(find('email'))
  return {
    subject: customSubject(find('subject'), provider, fields.subject),
    name: customName(user, fields.name),
    login: readLogin(find('login')),
    email,
    emailVerified: email !== null && isYes(find('emailVerified')),
    picture: readHttpsUrl(find('picture')),
    raw: user,
  }
}

/** @throws ProtocolError provider_malformed, which names the setting and what it leads to */
function customSubject(value: unknown, provider: string, place: string | undefined): string {
  try {
    return readSubject(value)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const setting = `${provider.toUpperCase().replaceAll('-', '_')}_SUBJECT_FIELD`
    const found = `${place ?? USUAL_PLACES.subject.join(' and ')} lead${place ? 's' : ''} to ${kindOf(value)}`
    throw new ProtocolError(error.code, `${error.message}: ${found}; ${setting} says where the id is`)
  }
}

/** @param places of the parts of the name, with commas between them */
const customName = (user: JsonObject, places: string | undefined): string | null =>
  places === undefined
    ? (readName(user.name) ?? joinedName(user))
    : nameOfParts(places.split(',').map(place => valueAt(user, place)))

function firstAt(user: JsonObject, places: readonly string[]): unknown {
  return places.map(place => valueAt(user, place)).find(value => value !== undefined && value !== null)
}
