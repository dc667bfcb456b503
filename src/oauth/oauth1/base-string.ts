import type { Params } from '../../http/types.js'

/** The signed parts of a request; `headers` says whether the body is a form. */
export interface SignedParts {
  method: string
  url: string
  headers: Readonly<Record<string, string>>
  body?: string
}

/**
 * The signature base string of a request (RFC 5849, 3.4.1).
 * @param protocolParams the parameters of the Authorization header, decoded
 * @throws Error for a URL that is not http or https
 */
export function signatureBaseString(request: SignedParts, protocolParams: Params): string {
  const header = protocolParams.filter(([name]) => !UNSIGNED.has(name))
  const all = [...queryOf(request.url), ...header, ...formOf(request)]
  return [request.method.toUpperCase(), baseStringUri(request.url), normalizeParams(all)].map(percentEncode).join('&')
}

/** The parameters of the Authorization header that are not signed (RFC 5849, 3.4.1.3.1). */
const UNSIGNED = new Set(['realm', 'oauth_signature'])

/** The percent-encoding of RFC 5849, 3.6: all bytes of UTF-8 except letters, digits and `-._~`. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text.replace(LONE_SURROGATES, '\ufffd')).replace(/[!'()*]/g, asHex)

/** encodeURIComponent throws on them; forms and URLs replace them by U+FFFD. */
const LONE_SURROGATES = /\p{Cs}/gu
const asHex = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`

/**
 * A URL as it is signed: scheme and host in lower case, without the default port, query and fragment (RFC 5849,
 * 3.4.1.2). The path is the path that is sent.
 * @throws Error for a text that is not an http or https URL
 */
export function baseStringUri(url: string): string {
  const { protocol, host, pathname, port } = parse(url)
  if (port === '0') throw unsignable()
  return `${protocol}//${host}${pathname}`
}

/** Parameters sorted by the bytes of their encoded names, then of their encoded values (RFC 5849, 3.4.1.3.2). */
export const normalizeParams = (params: Params): string =>
  params
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([name, value], [otherName, otherValue]) => byBytes(name, otherName) || byBytes(value, otherValue))
    .map(pair => pair.join('='))
    .join('&')

/** The texts are ASCII, where code units are bytes; a locale could order them differently. */
const byBytes = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

const queryOf = (url: string): Params => [...parse(url).searchParams]

/** Only a form is signed, not any other body (RFC 5849, 3.4.1.3.1). */
function formOf({ headers, body = '' }: SignedParts): Params {
  const [, type = ''] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type') ?? []
  if (type.split(';', 1)[0]?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return []
  // URLSearchParams removes one question mark at the beginning, and in a form the first one belongs to a name.
  return [...new URLSearchParams(`?${body}`)]
}

function parse(url: string): URL {
  // The URL parser would add missing slashes.
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw unsignable()
  return new URL(url)
}

const unsignable = () => new Error('Only an http or https URL can be signed')
