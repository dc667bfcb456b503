import type { ProfileField, ProviderSettings } from '../config/types.js'
import { ProtocolError } from '../oauth/errors.js'
import type { JsonObject } from '../oauth/types.js'
import { readSubject } from '../oauth/userinfo.js'
import { groupsAt } from './groups.js'
import { describeKind, valueAt } from './json-value.js'
import { isTrue, joinedName, nameOfParts, readEmail, readHttpsUrl, readLogin, readName } from './profile.js'
import type { Preset, Profile } from './provider.js'

/** Where the parts of a profile usually are; the first path that leads to a value counts. */
const DEFAULT_PATHS: Record<Exclude<ProfileField, 'name'>, readonly string[]> = {
  subject: ['sub', 'id'],
  login: ['login', 'preferred_username', 'username'],
  email: ['email'],
  emailVerified: ['email_verified'],
  picture: ['picture', 'avatar_url'],
}

/** The preset of a provider that only the settings describe. Throws Error if one of its URLs is missing. */
export function customPreset(settings: ProviderSettings): Preset {
  const { name, protocol, issuer, fields, groupsFields = ['groups'] } = settings
  const required = (url: string | null | undefined) => {
    if (url) return url
    throw new Error(`The provider ${name} has no preset and lacks a URL`)
  }
  const shared = {
    label: settings.label ?? name,
    readProfile: (user: JsonObject) => customProfile(user, fields),
    readGroups: groupsAt(groupsFields),
  }
  if (protocol === 'oidc') {
    const scope = ['openid', 'profile', 'email']
    return { ...shared, protocol, issuer: required(issuer), scope, tokenEndpointAuthMethod: 'client_secret_basic' }
  }
  const urls = {
    authorizeUrl: required(settings.authorizeUrl),
    tokenUrl: required(settings.tokenUrl),
    userUrl: required(settings.userUrl),
    scope: [],
  }
  return protocol === 'oauth2'
    ? { ...shared, ...urls, protocol, tokenEndpointAuthMethod: 'client_secret_basic' }
    : { ...shared, ...urls, protocol, requestTokenUrl: required(settings.requestTokenUrl) }
}

function customProfile(user: JsonObject, fields: ProviderSettings['fields']): Profile {
  const find = (field: keyof typeof DEFAULT_PATHS) =>
    firstValueAt(user, fields[field] ? [fields[field]] : DEFAULT_PATHS[field])
  const email = readEmail(find('email'))
  return {
    subject: customSubject(find('subject'), fields.subject),
    name: customName(user, fields.name),
    login: readLogin(find('login')),
    email,
    emailVerified: email !== null && isTrue(find('emailVerified')),
    picture: readHttpsUrl(find('picture')),
    raw: user,
  }
}

/** @throws ProtocolError provider_malformed, which names the setting and the kind of the value */
function customSubject(value: unknown, path: string | undefined): string {
  try {
    return readSubject(value)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const found = `${path ?? DEFAULT_PATHS.subject.join(' and ')} lead${path ? 's' : ''} to ${describeKind(value)}`
    const message = `${error.message}: ${found}; <NAME>_SUBJECT_FIELD says where the id is`
    throw new ProtocolError(error.code, message, error.details)
  }
}

/** @param paths of the parts of the name, with commas between them */
const customName = (user: JsonObject, paths: string | undefined): string | null =>
  paths === undefined
    ? (readName(user.name) ?? joinedName(user))
    : nameOfParts(paths.split(',').map(path => valueAt(user, path)))

function firstValueAt(user: JsonObject, paths: readonly string[]): unknown {
  return paths.map(path => valueAt(user, path)).find(value => value !== undefined && value !== null)
}
