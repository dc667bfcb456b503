import type { CallSlot } from '../../http/call-slot.js'
import type { HttpRequest } from '../../http/types.js'
import { readJson } from '../../oauth/response.js'
import type { Json } from '../../oauth/types.js'
import { readApiResponse } from '../../oauth/userinfo.js'
import type { AccountsDeps } from '../deps.js'
import type { ApiTokens, Protocol } from '../protocols/protocol.js'
import type { ActiveSession } from '../sessions/active-session.js'
import type { ClientOptions, ClientToken, RequestOptions } from './client-options.js'
import { buildApiRequest } from './request.js'
import { givenToken, storedTokens, type TokenSource } from './token-source.js'

/** The provider's API in the name of the signed-in person. Nothing is read or asked before it is needed. */
export interface ProviderClient {
  /** Whether there is a token that may work. */
  readonly authorized: Promise<boolean>
  /** The token as it is now, refreshed first where it is about to expire; undefined where there is none. */
  readonly token: Promise<ClientToken | undefined>
  get(path: string, options?: RequestOptions): Promise<ApiResponse>
  post(path: string, options?: RequestOptions): Promise<ApiResponse>
  put(path: string, options?: RequestOptions): Promise<ApiResponse>
  patch(path: string, options?: RequestOptions): Promise<ApiResponse>
  delete(path: string, options?: RequestOptions): Promise<ApiResponse>
  /** GET, read as JSON with a status of success. The type is the caller's claim: nobody looks inside. */
  json<T = Json>(path: string, options?: RequestOptions): Promise<T>
  /** GET of something large, piece by piece as it comes. Whoever does not read to the end calls `cancel`. */
  stream(path: string, options?: RequestOptions): Promise<ApiStream>
}

/** Any status: only `json` judges it. */
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

  const caller = { source, person: session.user.id }

  const sendRequest = async (method: HttpRequest['method'], path: string, options: RequestOptions = {}) => {
    const request = buildApiRequest(protocol.apiBaseUrl, method, path, options)
    return toApiResponse(await sendAuthorized(deps, protocol, caller, request, (slot, signed) => slot.send(signed)))
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
      const response = await sendAuthorized(deps, protocol, caller, request, (slot, signed) => slot.stream(signed))
      return { ...response, ok: isOk(response.status) }
    },
  }
}

interface Caller {
  source: TokenSource
  /** The user, whose calls have a few places at each provider. */
  person: string
}

/** Asks once, and once more where the token was refused and there is a newer one: a refused request has done nothing. */
async function sendAuthorized<T extends { status: number; cancel?(): Promise<void> }>(
  deps: AccountsDeps,
  protocol: Protocol,
  { source, person }: Caller,
  request: HttpRequest,
  send: (slot: CallSlot, signed: HttpRequest) => Promise<T>,
): Promise<T> {
  const inSlot = async (tokens: ApiTokens) => {
    const slot = await deps.waitForSlot(protocol.name, person, { purpose: 'page' })
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
  ...{ status, headers, mediaType, text: body, ok: isOk(status) },
  json: <T>() => readJson({ status, mediaType, body }) as T,
})
