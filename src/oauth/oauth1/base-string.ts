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
 * @param protocolParams those of the Authorization header, decoded
 * @throws Error for a URL that is not http or https
 */
export function signatureBaseString(request: SignedParts, protocolParams: Params): string {
  const header = protocolParams.filter(([name]) => !UNSIGNED.has(name))
  const all = [...queryOf(request.url), ...header, ...formOf(request)]
  return [request.method.toUpperCase(), baseStringUri(request.url), normalizeParams(all)].map(percentEncode).join('&')
}

/** What the Authorization header carries unsigned (RFC 5849, 3.4.1.3.1). */
const UNSIGNED = new Set(['realm', 'oauth_signature'])

/** The percent-encoding of RFC 5849, 3.6: all bytes of UTF-8 but letters, digits and `-._~`. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text.replace(LONE_SURROGATES, '\ufffd')).replace(/[!'()*]/g, asHex)

/** encodeURIComponent throws on them; forms and URLs put this sign in their place. */
const LONE_SURROGATES = /\p{Cs}/gu
const asHex = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`

/**
 * A URL as it is signed: scheme and host in lower case, no port where it is the scheme's own, neither query nor
 * fragment (RFC 5849, 3.4.1.2). The path is the one that goes over the wire.
 * @throws Error for what is not an http or https URL
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

/** They are ASCII by now, where code units are bytes; a locale could order them in another way. */
const byBytes = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

const queryOf = (url: string): Params => [...parse(url).searchParams]

/** A form is signed, any other body is not (RFC 5849, 3.4.1.3.1). */
function formOf({ headers, body = '' }: SignedParts): Params {
  const [, type = ''] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type') ?? []
  if (type.split(';', 1)[0]?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') return []
  // The question mark is one that may be taken off: at the beginning of a form it belongs to a name.
  return [...new URLSearchParams(`?${body}`)]
}

function parse(url: string): URL {
  // A browser's parser would add the slashes.
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw unsignable()
  return new URL(url)
}

const unsignable = () => new Error('Only an http or https URL can be signed')
