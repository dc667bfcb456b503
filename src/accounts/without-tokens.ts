import type { Json, JsonObject } from '../oauth/types.js'
import type { Profile } from '../providers/provider.js'
import type { Told } from './protocols/protocol.js'

/** A shorter text is an ordinary word, and such words occur without being a token. */
const SHORTEST_TOKEN_CHARACTERS = 8
const REPLACEMENT = '[access token]'

type Tokens = Pick<Told['tokens'], 'accessToken' | 'tokenSecret' | 'refreshToken'>
type Cover = (text: string) => string

/**
 * Takes the tokens of a person out of a text. Some user endpoints send back the token they were asked with, and a token
 * is stored sealed or not at all.
 */
export function coveringTokens({ subject, login, email }: Profile, tokens: Tokens): Cover {
  const { accessToken, tokenSecret, refreshToken } = tokens
  const facts = [subject, login, email].join('\n')
  const secrets = [accessToken, tokenSecret, refreshToken]
    .filter(token => token !== undefined)
    // A token that is the name of its person is no secret, and without that name the person could not be recognised.
    .filter(token => token.length >= SHORTEST_TOKEN_CHARACTERS && !facts.includes(token))
    .flatMap(spellingsOf)
  return text => secrets.reduce((covered, secret) => covered.replaceAll(secret, REPLACEMENT), text)
}

/** As it is, and as a URL has it. */
const spellingsOf = (token: string): string[] =>
  /^[\x21-\x7e]+$/.test(token) ? [token, encodeURIComponent(token)] : [token]

/** An object with every text in it covered, names too. */
export const coverIn = (object: JsonObject, cover: Cover): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [cover(name), coverValue(value, cover)]))

function coverValue(value: Json, cover: Cover): Json {
  if (typeof value === 'string') return cover(value)
  if (Array.isArray(value)) return value.map(each => coverValue(each, cover))
  return typeof value === 'object' && value !== null ? coverIn(value, cover) : value
}
