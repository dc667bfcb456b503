import { ProtocolError } from '../../oauth/errors.js'
import { cleanText } from '../../oauth/text.js'
import type { HttpRequest, HttpResponse, Send } from '../../oauth/types.js'

const REDIRECT_STATUSES = [301, 302, 303, 307, 308]
const MAX_URL_CHARS = 2048
/** Visible ASCII without the backslash, which the URL parser would change to a slash. */
const URL_TEXT = /^[\x21-\x5b\x5d-\x7e]+$/
const MAX_SHOWN_CHARS = 200

/**
 * Sends a GET that carries no secret, and follows one redirect on the same origin: some servers have their metadata only
 * at a URL with a slash at its end (django-oauth-toolkit 1.7.0). Nothing else may be sent this way: code, token and
 * secret would go along.
 * @throws ProtocolError provider_malformed for any other redirect, with the URL that was requested and the target
 */
export async function sendFollowingRedirect(send: Send, request: HttpRequest): Promise<HttpResponse> {
  const response = await send(request)
  if (!REDIRECT_STATUSES.includes(response.status)) return response
  const target = sameOriginTarget(request.url, response)
  const second = await send(requestAtTarget(request, target, response))
  if (REDIRECT_STATUSES.includes(second.status))
    throw redirectError(target, second, 'and only one redirect is followed')
  return second
}

/** Metadata may lead into our own network only if the redirect came from there: the name may have moved in between. */
const requestAtTarget = (
  request: HttpRequest,
  url: string,
  { fromPrivateNetwork = false }: HttpResponse,
): HttpRequest => ({
  ...request,
  url,
  ...(request.forMetadata && { discovered: { by: request.url, fromPrivateNetwork } }),
})

/** The URL of a redirect, absolute and without a fragment. */
function sameOriginTarget(url: string, response: HttpResponse): string {
  const location = response.headers?.get('location') ?? ''
  if (location === '') throw redirectError(url, response, 'without a Location header')
  if (location.length > MAX_URL_CHARS || !URL_TEXT.test(location) || !URL.canParse(location, url)) {
    throw redirectError(url, response, 'and its Location header is not a URL')
  }
  const target = new URL(location, url)
  target.hash = ''
  if (target.username !== '' || target.password !== '')
    throw redirectError(url, response, 'and the target holds credentials')
  if (target.origin === new URL(url).origin) return target.href
  throw redirectError(url, response, 'and only a redirect on the same origin is followed')
}

/** For the operator. The queries stay out: they may hold what must not be read in a log. */
function redirectError(url: string, response: HttpResponse, reason: string): ProtocolError {
  const { status } = response
  const location = response.headers?.get('location') ?? ''
  const isUrl = URL_TEXT.test(location) && URL.canParse(location, url)
  const target = isUrl ? ` to ${withoutQuery(new URL(location, url))}` : ''
  const message = `GET ${withoutQuery(new URL(url))} was answered with a redirect (${status})${target}, ${reason}`
  return new ProtocolError('provider_malformed', message, { status, hint: 'redirect' })
}

const withoutQuery = ({ protocol, host, pathname }: URL): string =>
  cleanText(`${protocol}//${host}${pathname}`, MAX_SHOWN_CHARS)
