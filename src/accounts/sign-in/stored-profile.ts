import { isObject } from '../../oauth/response.js'
import type { Json, JsonObject } from '../../oauth/types.js'
import type { ClaimSources, SourcedClaims } from '../../providers/claims.js'
import type { Profile } from '../../providers/provider.js'
import type { Identity } from '../../store/types.js'
import type { ExternalIdentity } from '../protocols/protocol.js'

type StoredProfile = Pick<Identity, 'rawProfile' | 'claimSources'>

/** The claims of an identity as they are stored. What cannot be read counts as missing. */
export function storedClaims({ rawProfile, claimSources }: StoredProfile): SourcedClaims {
  return { claims: readObject(rawProfile), sources: claimSources === null ? undefined : readSources(claimSources) }
}

/** @param redact the same that the names in the stored profile went through */
export const sourcesAsJson = (sources: ClaimSources | undefined, redact: (name: string) => string): string | null =>
  sources ? JSON.stringify({ id_token: sources.idToken.map(redact), userinfo: sources.userinfo.map(redact) }) : null

function readSources(json: string): ClaimSources | undefined {
  const { id_token: idToken, userinfo } = readObject(json)
  return isStringArray(idToken) && isStringArray(userinfo) ? { idToken, userinfo } : undefined
}

function readObject(json: string): JsonObject {
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

const isStringArray = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(each => typeof each === 'string')

/** A shorter text may be an ordinary word, which occurs without being a token. */
const MIN_TOKEN_CHARS = 8
const REPLACEMENT = '[access token]'

type Tokens = Pick<ExternalIdentity['tokens'], 'accessToken' | 'tokenSecret' | 'refreshToken'>
type Redact = (text: string) => string

/**
 * Removes the tokens of a person from a text. Some user endpoints send back the token of the request, and a token is
 * stored sealed or not at all.
 */
export function tokenRedactor({ subject, login, email }: Profile, tokens: Tokens): Redact {
  const { accessToken, tokenSecret, refreshToken } = tokens
  const facts = [subject, login, email].join('\n')
  const secrets = [accessToken, tokenSecret, refreshToken]
    .filter(token => token !== undefined)
    // A token that is also the name of its person is no secret, and without the name the person could not be recognised.
    .filter(token => token.length >= MIN_TOKEN_CHARS && !facts.includes(token))
    .flatMap(spellingsOf)
  return text => secrets.reduce((redacted, secret) => redacted.replaceAll(secret, REPLACEMENT), text)
}

/** The token as it is, and as a URL has it. */
const spellingsOf = (token: string): string[] =>
  /^[\x21-\x7e]+$/.test(token) ? [token, encodeURIComponent(token)] : [token]

/** Redacts every text in an object, names too. */
export const redactObject = (object: JsonObject, redact: Redact): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [redact(name), redactValue(value, redact)]))

function redactValue(value: Json, redact: Redact): Json {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map(each => redactValue(each, redact))
  return typeof value === 'object' && value !== null ? redactObject(value, redact) : value
}
