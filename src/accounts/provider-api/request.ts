import { withHeaders } from '../../http/headers.js'
import type { HttpRequest } from '../../http/types.js'
import { formEncode } from '../../oauth/params.js'

export interface RequestOptions {
  headers?: Readonly<Record<string, string>>
  /** Sent as JSON; at most one of the two. */
  json?: unknown
  /** Sent form-encoded. */
  form?: Readonly<Record<string, string>>
}

/** Headers that we set ourselves, and those that could make two requests of one, or send it to another host. */
const RESERVED_HEADERS = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
])

/**
 * A request to a provider's API, still without a token.
 * @param base where relative paths start; ends with a slash
 * @throws Error for what must not be sent: a mistake in the calling code
 */
export function buildApiRequest(
  base: string,
  method: HttpRequest['method'],
  path: string,
  { headers = {}, json, form }: RequestOptions,
): HttpRequest {
  const reserved = Object.keys(headers).find(name => RESERVED_HEADERS.has(name.toLowerCase()))
  if (reserved !== undefined) throw new Error(`The header ${reserved} cannot be set by the caller`)
  const body = encodeBody(json, form)
  if (body && method === 'GET') throw new Error('GET has no body: put it into the query of the path')
  const request = withHeaders(
    { method, url: apiUrl(base, path), headers: { Accept: 'application/json', ...body?.kind } },
    headers,
  )
  // A form keeps its own content type whatever the caller says, or OAuth 1.0a would not sign it.
  return body ? { ...(form ? withHeaders(request, body.kind) : request), body: body.text } : request
}

function encodeBody(json: unknown, form: RequestOptions['form']) {
  if (json !== undefined && form) throw new Error('A request has one body: either json or form')
  if (form) return { kind: contentType('application/x-www-form-urlencoded'), text: formEncode(Object.entries(form)) }
  return json === undefined ? undefined : { kind: contentType('application/json'), text: JSON.stringify(json) }
}

const contentType = (type: string) => ({ 'Content-Type': type })

/** What a URL parser drops, changes, or reads as something else than it looks like. */
const UNSAFE_CHARS = /[\p{Cc}\p{Cs}\\]|^\s|\s$/u
const SCHEME = /^[a-z][a-z\d+.-]*:/i
/** The parser resolves them: a path made of a user's input would end up elsewhere than it says. */
const DOT_SEGMENTS = /(?:^|\/)(?:\.|%2e){1,2}(?:$|[/?#])/i

/**
 * The URL of a path at an API, or of an absolute URL that leads there. The token is sent with it, so no other origin is
 * allowed; the query stays as it is.
 */
export function apiUrl(base: string, path: string): string {
  const reject = (why: string): never => {
    throw new Error(`The API at ${base} is not called, because the path ${why}`)
  }
  const [pathname = ''] = path.split(/[?#]/, 1)
  if (UNSAFE_CHARS.test(path)) reject('holds a backslash, a control character or a blank at an end')
  if (path.startsWith('//')) reject('begins with two slashes')
  if (DOT_SEGMENTS.test(pathname)) reject('has dot segments')
  if (!SCHEME.test(path)) return new URL(`./${path.replace(/^\//, '')}`, base).href

  if (!URL.canParse(path) || !/^https?:\/\//i.test(path)) reject('is neither a path nor an http or https URL')
  const { href, origin, username, password } = new URL(path)
  if (username !== '' || password !== '') reject('has a user name or a password')
  if (origin !== new URL(base).origin) reject('leads to another host')
  return href
}
