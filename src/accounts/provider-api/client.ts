import type { CallSlot } from '../../http/call-slot.js'
import type { HttpRequest } from '../../http/types.js'
import { readJson } from '../../oauth/response.js'
import type { Json } from '../../oauth/types.js'
import { readApiResponse } from '../../oauth/userinfo.js'
import type { AccountsDeps } from '../deps.js'
import type { ApiTokens, Protocol } from '../protocols/protocol.js'
import type { ActiveSession } from '../sessions/active-session.js'
import { buildApiRequest, type RequestOptions } from './request.js'
import { type ClientOptions, type ClientToken, givenToken, storedTokens, type TokenSource } from './token-source.js'

/** The provider's API for the signed-in user. Nothing is read or requested before it is needed. */
export interface ProviderClient {
  /** Whether there is a token that probably works. */
  readonly authorized: Promise<boolean>
  /** The current token, refreshed first if it is about to expire; undefined if the user has no token of this provider. */
  readonly token: Promise<ClientToken | undefined>
  get(path: string, options?: RequestOptions): Promise<ApiResponse>
  post(path: string, options?: RequestOptions): Promise<ApiResponse>
  put(path: string, options?: RequestOptions): Promise<ApiResponse>
  patch(path: string, options?: RequestOptions): Promise<ApiResponse>
  delete(path: string, options?: RequestOptions): Promise<ApiResponse>
  /** GET; a successful JSON response is required. The type is the caller's claim, and is not checked. */
  json<T = Json>(path: string, options?: RequestOptions): Promise<T>
  /** GET of a large body, read in pieces as they arrive. A caller that does not read to the end must call `cancel`. */
  stream(path: string, options?: RequestOptions): Promise<ApiStream>
}

/** The response with any status; only `json` of the client requires success. */
export interface ApiResponse {
  status: number
  ok: boolean
  headers: ReadonlyMap<string, string>
  mediaType: string
  text: string
  /** @throws ProtocolError provider_malformed */
  json<T = Json>(): T
}

export interface ApiStream {
  status: number
  ok: boolean
  headers: ReadonlyMap<string, string>
  body: AsyncIterable<Uint8Array>
  cancel(): Promise<void>
}

/**
 * The client of one request for one provider.
 * @throws Error for a provider that is not one of PROVIDERS
 */
export function createProviderClient(
  deps: AccountsDeps,
  session: ActiveSession,
  name: string,
  { token }: ClientOptions = {},
): ProviderClient {
  const protocol = deps.providers.get(name)
  if (!protocol) throw new Error(`${name} is not one of PROVIDERS: ${[...deps.providers.keys()].join(', ')}`)
  const source = token ? givenToken(token) : storedTokens(deps, session, name)
  const caller = { source, userId: session.user.id }

  const sendRequest = async (method: HttpRequest['method'], path: string, options: RequestOptions = {}) => {
    const request = buildApiRequest(protocol.apiBaseUrl, method, path, options)
    return toApiResponse(
      await sendAuthorized(deps.waitForSlot, protocol, caller, request, (slot, authorized) => slot.send(authorized)),
    )
  }

  return {
    get authorized() {
      return source.authorized()
    },
    get token() {
      return source.read()
    },
    get: (path, options) => sendRequest('GET', path, options),
    post: (path, options) => sendRequest('POST', path, options),
    put: (path, options) => sendRequest('PUT', path, options),
    patch: (path, options) => sendRequest('PATCH', path, options),
    delete: (path, options) => sendRequest('DELETE', path, options),
    async json<T>(path: string, options?: RequestOptions) {
      const { text: body, ...response } = await sendRequest('GET', path, options)
      return readApiResponse({ ...response, body }) as T
    },
    async stream(path, options = {}) {
      const request = buildApiRequest(protocol.apiBaseUrl, 'GET', path, options)
      const response = await sendAuthorized(deps.waitForSlot, protocol, caller, request, (slot, authorized) =>
        slot.stream(authorized),
      )
      return { ...response, ok: isOk(response.status) }
    },
  }
}

interface Caller {
  source: TokenSource
  /** Each user has a few slots at each provider. */
  userId: string
}

/**
 * Sends the request, and again if the token was refused and there is a newer one: a refused request has had no effect.
 */
async function sendAuthorized<T extends { status: number; cancel?(): Promise<void> }>(
  waitForSlot: AccountsDeps['waitForSlot'],
  protocol: Protocol,
  { source, userId }: Caller,
  request: HttpRequest,
  send: (slot: CallSlot, authorized: HttpRequest) => Promise<T>,
): Promise<T> {
  const inSlot = async (tokens: ApiTokens) => {
    const slot = await waitForSlot(protocol.name, userId, { purpose: 'page' })
    try {
      return await send(slot, protocol.authorizeApiRequest(request, tokens))
    } finally {
      slot.release()
    }
  }
  const tokens = await source.valid()
  const response = await inSlot(tokens)
  if (response.status !== 401) return response
  const newer = await source.newerThan(tokens.accessToken).catch(async error => {
    await response.cancel?.()
    throw error
  })
  if (!newer) return response
  await response.cancel?.()
  return inSlot(newer)
}

const isOk = (status: number): boolean => status >= 200 && status < 300

const toApiResponse = ({ status, headers, mediaType, body }: Awaited<ReturnType<CallSlot['send']>>): ApiResponse => ({
  status,
  ok: isOk(status),
  headers,
  mediaType,
  text: body,
  json: <T>() => readJson({ status, mediaType, body }) as T,
})
