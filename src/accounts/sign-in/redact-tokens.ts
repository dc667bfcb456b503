import type { Json, JsonObject } from '../../oauth/types.js'
import type { Profile } from '../../providers/provider.js'
import type { ExternalIdentity } from '../protocols/protocol.js'

/** A shorter text is an ordinary word, and such words occur without being a token. */
const MIN_TOKEN_CHARS = 8
const REPLACEMENT = '[access token]'

type Tokens = Pick<ExternalIdentity['tokens'], 'accessToken' | 'tokenSecret' | 'refreshToken'>
type Redact = (text: string) => string

/**
 * Takes the tokens of a person out of a text. Some user endpoints send back the token they were asked with, and a token
 * is stored sealed or not at all.
 */
export function tokenRedactor({ subject, login, email }: Profile, tokens: Tokens): Redact {
  const { accessToken, tokenSecret, refreshToken } = tokens
  const facts = [subject, login, email].join('\n')
  const secrets = [accessToken, tokenSecret, refreshToken]
    .filter(token => token !== undefined)
    // A token that is the name of its person is no secret, and without that name the person could not be recognised.
    .filter(token => token.length >= MIN_TOKEN_CHARS && !facts.includes(token))
    .flatMap(spellingsOf)
  return text => secrets.reduce((redacted, secret) => redacted.replaceAll(secret, REPLACEMENT), text)
}

/** As it is, and as a URL has it. */
const spellingsOf = (token: string): string[] =>
  /^[\x21-\x7e]+$/.test(token) ? [token, encodeURIComponent(token)] : [token]

/** An object with every text in it covered, names too. */
export const redactObject = (object: JsonObject, redact: Redact): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [redact(name), redactValue(value, redact)]))

function redactValue(value: Json, redact: Redact): Json {
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.map(each => redactValue(each, redact))
  return typeof value === 'object' && value !== null ? redactObject(value, redact) : value
}
