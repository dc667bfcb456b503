import { isSignatureAlg } from '../../crypto/signature.js'
import { joinWords, quoted, quotedUrl } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import { type SettingName, settingOf, settingPrefixOf } from '../settings.js'
import type { ProviderSettings } from '../types.js'
import { readChoice, readDurationMs, readList, readOneLine } from '../value-readers.js'
import { readEndpoint } from './endpoints.js'
import type { ProviderSuffix } from './provider-settings.js'

type OidcSettings = Pick<
  ProviderSettings,
  | 'issuer'
  | 'discoveryUrl'
  | 'userUrl'
  | 'jwksUrl'
  | 'nonce'
  | 'responseMode'
  | 'maxAge'
  | 'acrValues'
  | 'idTokenAlgs'
  | 'audiences'
>

/**
 * The settings of OpenID Connect alone. The URL of the user endpoint is here because only OpenID Connect allows `none`.
 */
export function readOidcSettings(reader: SettingsReader, name: string): OidcSettings {
  return {
    issuer: readIssuer(reader, settingOf(name, 'ISSUER')),
    discoveryUrl: readEndpoint(reader, settingOf(name, 'DISCOVERY_URL')),
    userUrl: readUserUrl(reader, settingOf(name, 'USER_URL')),
    jwksUrl: readEndpoint(reader, settingOf(name, 'JWKS_URL')),
    nonce: readOnOff(reader, settingOf(name, 'NONCE')),
    responseMode: readChoice(reader, settingOf(name, 'RESPONSE_MODE'), ['query', 'form_post']),
    maxAge: readMaxAge(reader, settingOf(name, 'MAX_AGE')),
    acrValues: readWords(reader, settingOf(name, 'ACR_VALUES'), 'value'),
    idTokenAlgs: readAlgs(reader, settingOf(name, 'ID_TOKEN_ALG')),
    audiences: readAudiences(reader, settingOf(name, 'AUDIENCES')),
  }
}

/** Reports a discovery URL that would never be requested. */
export function rejectUnusedDiscoveryUrl(reader: SettingsReader, settings: ProviderSettings): void {
  const { name, discoveryUrl, authorizeUrl, tokenUrl, jwksUrl } = settings
  if ([discoveryUrl, authorizeUrl, tokenUrl, jwksUrl].includes(undefined)) return
  const byHand = joinWords(
    ['AUTHORIZE_URL', 'TOKEN_URL', 'JWKS_URL'].map(suffix => `${settingPrefixOf(name)}_${suffix}`),
  )
  reader.addIssue(
    settingOf(name, 'DISCOVERY_URL'),
    `is not used: with ${byHand} nothing is discovered; remove it, or one of them`,
  )
}

/**
 * An extra parameter that asks for a fresh or strong sign-in would be sent, but the ID token would not be checked for
 * it.
 */
export function rejectUncheckedParams(
  reader: SettingsReader,
  { name, protocol, authorizeParams }: ProviderSettings,
): void {
  if (protocol !== 'oidc') return
  for (const [param] of authorizeParams) {
    const setting = CHECKED_PARAMS.get(param.toLowerCase())
    if (!setting) continue
    const right = settingOf(name, setting)
    reader.addIssue(
      settingOf(name, 'AUTHORIZE_PARAMS'),
      `asks for ${param}; write ${right}, so that the response is checked too`,
    )
  }
}

const CHECKED_PARAMS = new Map<string, ProviderSuffix>([
  ['max_age', 'MAX_AGE'],
  ['acr_values', 'ACR_VALUES'],
])

/** `on` or `off`; undefined leaves it to the preset. */
export function readOnOff(reader: SettingsReader, name: SettingName): boolean | undefined {
  const choice = readChoice(reader, name, ['on', 'off'])
  return choice === undefined ? undefined : choice === 'on'
}

/** Words with blanks between them, of the characters that RFC 6749, appendix A.4, allows. */
export function readWords(reader: SettingsReader, name: SettingName, what: string): readonly string[] | undefined {
  const words = reader.value(name)?.split(' ').filter(Boolean)
  const wrong = words?.find(word => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word))
  return wrong === undefined
    ? words
    : reader.addIssue(name, `has the ${what} ${quoted(wrong)}; write plain words, separated by blanks`)
}

/** null: the ID token alone identifies the user. */
function readUserUrl(reader: SettingsReader, name: SettingName): string | null | undefined {
  const value = reader.value(name)
  if (value === 'none') return null
  if (value === undefined || !SIMILAR_TO_NONE.test(value)) return readEndpoint(reader, name)
  return reader.addIssue(name, `is ${quoted(value)}; did you mean none?`)
}

const SIMILAR_TO_NONE = /^(none?|nil|null|nothing|off|no|false|-)$/i

/** Unchanged, because it is compared exactly: a slash at the end makes a difference. OpenID Connect Discovery, 4.3. */
function readIssuer(reader: SettingsReader, name: SettingName): string | undefined {
  const issuer = readEndpoint(reader, name)
  if (issuer === undefined) return undefined
  if (issuer.includes('?')) return reader.addIssue(name, `is ${quotedUrl(issuer)}; an issuer has no query`)
  return issuer.includes('/.well-known/')
    ? reader.addIssue(name, `is ${quotedUrl(issuer)}; write the part before /.well-known/`)
    : issuer
}

/** 0 is valid too: the user has to authenticate now. */
function readMaxAge(reader: SettingsReader, name: SettingName): number | undefined {
  const value = reader.value(name)
  if (value !== undefined && /^\d{1,9}$/.test(value)) return Number(value)
  const duration = readDurationMs(reader, name)
  return duration === undefined ? undefined : duration / 1000
}

function readAlgs(reader: SettingsReader, name: SettingName): readonly string[] | undefined {
  const algs = readList(reader, name)
  const wrong = algs?.find(alg => !isSignatureAlg(alg))
  if (wrong === undefined) return algs
  const why = /^HS/i.test(wrong)
    ? 'everyone who knows the client secret could make such a token'
    : /^none$/i.test(wrong)
      ? 'anyone could make such a token'
      : 'such a signature cannot be verified here'
  return reader.addIssue(name, `names ${quoted(wrong)}, but ${why}; write RS256, ES256, EdDSA or the like`)
}

/** Compared exactly. A pattern would trust more than the operator sees, so the only pattern is `*` alone. */
function readAudiences(reader: SettingsReader, name: SettingName): readonly string[] | '*' | undefined {
  const audiences = readOneLine(reader, name) === undefined ? undefined : readList(reader, name)
  if (audiences?.length === 1 && audiences[0] === '*') {
    reader.warn(
      name,
      'is *: AN ID TOKEN FOR ANY OTHER AUDIENCES TOO IS ACCEPTED, as long as it was issued to this client',
    )
    return '*'
  }
  const pattern = audiences?.find(audience => audience.includes('*'))
  return pattern === undefined
    ? audiences
    : reader.addIssue(name, `names ${quoted(pattern)}; write each audience in full, or * alone for any`)
}
