import { isSignatureAlg } from '../crypto/signature.js'
import { joinWords, quoted, quotedUrl } from './errors.js'
import { readChoice, readDuration, readList, readText } from './plain-values.js'
import type { ProviderSuffix } from './provider-variables.js'
import type { Reading } from './sources.js'
import type { ProviderSettings } from './types.js'
import { readEndpoint } from './urls.js'
import { prefixOf, type SettingName, settingOf } from './variables.js'

type OpenIdSettings = Pick<
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

/** What OpenID Connect alone has; the URL of the user endpoint is here because only there it can be `none`. */
export function readOpenId(reading: Reading, name: string): OpenIdSettings {
  return {
    issuer: readIssuer(reading, settingOf(name, 'ISSUER')),
    discoveryUrl: readEndpoint(reading, settingOf(name, 'DISCOVERY_URL')),
    userUrl: readUserUrl(reading, settingOf(name, 'USER_URL')),
    jwksUrl: readEndpoint(reading, settingOf(name, 'JWKS_URL')),
    nonce: readSwitch(reading, settingOf(name, 'NONCE')),
    responseMode: readChoice(reading, settingOf(name, 'RESPONSE_MODE'), ['query', 'form_post']),
    maxAge: readMaxAge(reading, settingOf(name, 'MAX_AGE')),
    acrValues: readWords(reading, settingOf(name, 'ACR_VALUES'), 'value'),
    idTokenAlgs: readAlgs(reading, settingOf(name, 'ID_TOKEN_ALG')),
    audiences: readAudiences(reading, settingOf(name, 'AUDIENCES')),
  }
}

/** Notes a discovery URL that would never be requested. */
export function refuseUnusedDiscovery(reading: Reading, settings: ProviderSettings): void {
  const { name, discoveryUrl, authorizeUrl, tokenUrl, jwksUrl } = settings
  if ([discoveryUrl, authorizeUrl, tokenUrl, jwksUrl].includes(undefined)) return
  const byHand = joinWords(['AUTHORIZE_URL', 'TOKEN_URL', 'JWKS_URL'].map(suffix => `${prefixOf(name)}_${suffix}`))
  reading.addIssue(
    settingOf(name, 'DISCOVERY_URL'),
    `is not used: with ${byHand} nothing is discovered; take it out, or one of them`,
  )
}

/** A wish among the extra parameters would be sent, and nobody would look whether the ID token grants it. */
export function refuseUncheckedWishes(reading: Reading, { name, protocol, authorizeParams }: ProviderSettings): void {
  if (protocol !== 'oidc') return
  for (const [param] of authorizeParams) {
    const setting = WISHES.get(param.toLowerCase())
    if (!setting) continue
    const right = settingOf(name, setting)
    reading.addIssue(
      settingOf(name, 'AUTHORIZE_PARAMS'),
      `asks for ${param}; write ${right}, so that the answer is checked too`,
    )
  }
}

const WISHES = new Map<string, ProviderSuffix>([
  ['max_age', 'MAX_AGE'],
  ['acr_values', 'ACR_VALUES'],
])

/** `on` or `off`; undefined leaves it to the preset. */
export function readSwitch(reading: Reading, name: SettingName): boolean | undefined {
  const choice = readChoice(reading, name, ['on', 'off'])
  return choice === undefined ? undefined : choice === 'on'
}

/** Words with blanks between them, of the characters that RFC 6749, appendix A.4, allows. */
export function readWords(reading: Reading, name: SettingName, what: string): readonly string[] | undefined {
  const words = reading.value(name)?.split(' ').filter(Boolean)
  const wrong = words?.find(word => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word))
  return wrong === undefined
    ? words
    : reading.addIssue(name, `has the ${what} ${quoted(wrong)}; write plain words with blanks between them`)
}

/** null: the ID token alone says who the person is. */
function readUserUrl(reading: Reading, name: SettingName): string | null | undefined {
  const value = reading.value(name)
  if (value === 'none') return null
  if (value === undefined || !LIKE_NONE.test(value)) return readEndpoint(reading, name)
  return reading.addIssue(name, `is ${quoted(value)}; did you mean none?`)
}

const LIKE_NONE = /^(none?|nil|null|nothing|off|no|false|-)$/i

/** Kept to the letter, because it is compared so: a slash at the end counts. OpenID Connect Discovery, 4.3. */
function readIssuer(reading: Reading, name: SettingName): string | undefined {
  const issuer = readEndpoint(reading, name)
  if (issuer === undefined) return undefined
  if (issuer.includes('?')) return reading.addIssue(name, `is ${quotedUrl(issuer)}; an issuer has no query`)
  return issuer.includes('/.well-known/')
    ? reading.addIssue(name, `is ${quotedUrl(issuer)}; write what stands before /.well-known/`)
    : issuer
}

/** 0 is a wish too: prove it now. */
function readMaxAge(reading: Reading, name: SettingName): number | undefined {
  const value = reading.value(name)
  if (value !== undefined && /^\d{1,9}$/.test(value)) return Number(value)
  const duration = readDuration(reading, name)
  return duration === undefined ? undefined : duration / 1000
}

function readAlgs(reading: Reading, name: SettingName): readonly string[] | undefined {
  const algs = readList(reading, name)
  const wrong = algs?.find(alg => !isSignatureAlg(alg))
  if (wrong === undefined) return algs
  const why = /^HS/i.test(wrong)
    ? 'whoever knows the client secret could make such a token'
    : /^none$/i.test(wrong)
      ? 'anybody could make such a token'
      : 'nobody here can verify it'
  return reading.addIssue(name, `names ${quoted(wrong)}, but ${why}; write RS256, ES256, EdDSA or the like`)
}

/** Compared to the letter; a pattern would trust more than the reader sees, so there is only the one for all. */
function readAudiences(reading: Reading, name: SettingName): readonly string[] | '*' | undefined {
  const audiences = readText(reading, name) === undefined ? undefined : readList(reading, name)
  if (audiences?.length === 1 && audiences[0] === '*') {
    reading.warn(name, 'is *: AN ID TOKEN THAT IS FOR ANY OTHERS TOO COUNTS, as long as it was issued to this client')
    return '*'
  }
  const pattern = audiences?.find(audience => audience.includes('*'))
  return pattern === undefined
    ? audiences
    : reading.addIssue(name, `names ${quoted(pattern)}; write each audience in full, or * alone for any`)
}
