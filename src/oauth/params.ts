import { isReserved } from '../http/reserved-params.js'
import type { Params } from '../http/types.js'
import { ProtocolError } from './errors.js'
import { cleanText } from './text.js'

/**
 * A parameter that may be given at most once (RFC 6749, 3.1); undefined when it is absent.
 * @throws ProtocolError request_malformed if it is given twice
 */
export function single(params: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = params.getAll(name)
  if (more.length > 0) throw givenTwice(name, 'request_malformed')
  return value
}

/**
 * All parameters by name; each may be given at most once (RFC 6749, 3.1 and 3.2).
 * @throws ProtocolError with the given code if a parameter is given twice
 */
export function toUniqueMap(
  params: URLSearchParams,
  code: 'request_malformed' | 'provider_malformed',
): ReadonlyMap<string, string> {
  const all = new Map<string, string>()
  for (const [name, value] of params) {
    if (all.has(name)) throw givenTwice(name, code)
    all.set(name, value)
  }
  return all
}

const givenTwice = (name: string, code: 'request_malformed' | 'provider_malformed') =>
  new ProtocolError(code, `The parameter ${cleanText(name, 64)} was given more than once`)

/** Our parameters, followed by the extra ones that are neither reserved nor among ours. */
export const mergeParams = (ours: Params, extras: Params, reserved: readonly string[]): Params => [
  ...ours,
  ...extras.filter(([name]) => !isReserved(name, reserved) && !ours.some(([own]) => own === name)),
]

/** The form encoding of RFC 6749, appendix B. */
export const formEncode = (params: Params): string =>
  new URLSearchParams(params.map(([name, value]): [string, string] => [name, value])).toString()

/**
 * Adds parameters to an endpoint. Its own query stays byte for byte (RFC 6749, 3.1), without the parameters that are
 * reserved or given here: no parameter may be sent twice.
 */
export function withQuery(endpoint: string, params: Params, reserved: readonly string[]): string {
  const [url = ''] = endpoint.split('#', 1)
  const queryStart = url.indexOf('?')
  const path = queryStart < 0 ? url : url.slice(0, queryStart)
  const ownParts = queryStart < 0 ? [] : url.slice(queryStart + 1).split('&')

  const given = new Set(params.map(([name]) => name))
  const remaining = ownParts.filter(
    part => part !== '' && !given.has(nameOf(part)) && !isReserved(nameOf(part), reserved),
  )
  // All servers decode %20 as a space; Amazon Cognito does not decode the plus.
  return `${path}?${[...remaining, formEncode(params).replaceAll('+', '%20')].join('&')}`
}

function nameOf(part: string): string {
  const [name = ''] = new URLSearchParams(part).keys()
  return name
}
