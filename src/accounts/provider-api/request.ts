import { withHeaders } from '../../http/headers.js'
import type { HttpRequest } from '../../http/types.js'
import { formEncode } from '../../oauth/params.js'
import type { RequestOptions } from './client-options.js'

/** What we write ourselves, and what would make one request two, or lead it to another host. */
const RESERVED_HEADERS = new Set([
  ...['authorization', 'proxy-authorization', 'cookie', 'host', 'content-length', 'transfer-encoding'],
  ...['connection', 'keep-alive', 'te', 'trailer', 'upgrade', 'expect'],
])

/**
 * A request to a provider's API, before any token is at hand.
 * @param base where relative paths start; ends with a slash
 * @throws Error for what must not be sent: a fault of the code that asks
 */
export function buildApiRequest(
  base: string,
  method: HttpRequest['method'],
  path: string,
  { headers = {}, json, form }: RequestOptions,
): HttpRequest {
  const reserved = Object.keys(headers).find(name => RESERVED_HEADERS.has(name.toLowerCase()))
  if (reserved !== undefined) throw new Error(`The header ${reserved} is not for the caller to set`)
  const body = encodeBody(json, form)
  if (body && method === 'GET') throw new Error('GET has no body: put it into the query of the path')
  const request = withHeaders(
    { method, url: apiUrl(base, path), headers: { Accept: 'application/json', ...body?.kind } },
    headers,
  )
  // A form is a form whatever is said of it, or OAuth 1.0a would not sign it.
  return body ? { ...(form ? withHeaders(request, body.kind) : request), body: body.text } : request
}

function encodeBody(json: unknown, form: RequestOptions['form']) {
  if (json !== undefined && form) throw new Error('A request has one body: either json or form')
  if (form) return { kind: contentType('application/x-www-form-urlencoded'), text: formEncode(Object.entries(form)) }
  return json === undefined ? undefined : { kind: contentType('application/json'), text: JSON.stringify(json) }
}

const contentType = (type: string) => ({ 'Content-Type': type })

/** What a parser of URLs drops, turns around or takes for something else than it looks like. */
const UNSAFE_CHARS = /[\p{Cc}\p{Cs}\\]|^\s|\s$/u
const SCHEME = /^[a-z][a-z\d+.-]*:/i
/** The parser would walk them: a path made of somebody's input would end up elsewhere than it says. */
const DOT_SEGMENTS = /(?:^|\/)(?:\.|%2e){1,2}(?:$|[/?#])/i

/**
 * The URL of a path at an API, or of an absolute URL that leads there. The token goes with it, so it may lead nowhere
 * else; the query stays as it is.
 */
export function apiUrl(base: string, path: string): string {
  const reject = (why: string): never => {
    throw new Error(`The API at ${base} is not asked, because the path ${why}`)
  }
  const [pathname = ''] = path.split(/[?#]/, 1)
  if (UNSAFE_CHARS.test(path)) reject('holds a backslash, a control character or a blank at an end')
  if (path.startsWith('//')) reject('begins with two slashes')
  if (DOT_SEGMENTS.test(pathname)) reject('walks by dots')
  if (!SCHEME.test(path)) return new URL(`./${path.replace(/^\//, '')}`, base).href

  if (!URL.canParse(path) || !/^https?:\/\//i.test(path)) reject('is neither a path nor a URL of the web')
  const { href, origin, username, password } = new URL(path)
  if (username !== '' || password !== '') reject('carries a name or a password')
  if (origin !== new URL(base).origin) reject('leads to another host')
  return href
}
