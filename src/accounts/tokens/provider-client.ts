import { readJson } from '../../oauth/response.js'
import type { HttpRequest, Json } from '../../oauth/types.js'
import { readApiResponse } from '../../oauth/userinfo.js'
import type { Deps, Slot } from '../deps.js'
import type { LiveSession } from '../live-session.js'
import type { Protocol, Tokens } from '../protocols/protocol.js'
import { apiCall } from './api-call.js'
import type { ClientOptions, ClientToken, RequestOptions } from './client-options.js'
import { ownToken, storedTokens, type TokenSource } from './token-source.js'

/** The provider's API in the name of the signed-in person. Nothing is read or asked before it is needed. */
export interface ProviderClient {
  /** Whether there is a token that may work. */
  readonly authorized: Promise<boolean>
  /** The token as it is now, refreshed first where it is about to expire; undefined where there is none. */
  readonly token: Promise<ClientToken | undefined>
  get(path: string, options?: RequestOptions): Promise<ApiAnswer>
  post(path: string, options?: RequestOptions): Promise<ApiAnswer>
  put(path: string, options?: RequestOptions): Promise<ApiAnswer>
  patch(path: string, options?: RequestOptions): Promise<ApiAnswer>
  delete(path: string, options?: RequestOptions): Promise<ApiAnswer>
  /** GET, read as JSON with a status of success. The type is the caller's claim: nobody looks inside. */
  json<T = Json>(path: string, options?: RequestOptions): Promise<T>
  /** GET of something large, piece by piece as it comes. Whoever does not read to the end calls `cancel`. */
  stream(path: string, options?: RequestOptions): Promise<ApiStream>
}

/** Any status: only `json` judges it. */
export interface ApiAnswer {
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
  deps: Deps,
  session: LiveSession,
  name: string,
  { token }: ClientOptions = {},
): ProviderClient {
  const protocol = deps.providers.get(name)
  if (!protocol) throw new Error(`${name} is not one of PROVIDERS: ${[...deps.providers.keys()].join(', ')}`)
  const source = token ? ownToken(token) : storedTokens(deps, session, name)

  const asker = { source, person: session.user.id }

  const ask = async (method: HttpRequest['method'], path: string, options: RequestOptions = {}) => {
    const request = apiCall(protocol.apiBaseUrl, method, path, options)
    return readable(await asked(deps, protocol, asker, request, (slot, signed) => slot.send(signed)))
  }

  return {
    get authorized() {
      return source.authorized()
    },
    get token() {
      return source.told()
    },
    get: (path, options) => ask('GET', path, options),
    post: (path, options) => ask('POST', path, options),
    put: (path, options) => ask('PUT', path, options),
    patch: (path, options) => ask('PATCH', path, options),
    delete: (path, options) => ask('DELETE', path, options),
    async json<T>(path: string, options?: RequestOptions) {
      const { text: body, ...answer } = await ask('GET', path, options)
      return readApiResponse({ ...answer, body }) as T
    },
    async stream(path, options = {}) {
      const request = apiCall(protocol.apiBaseUrl, 'GET', path, options)
      const answer = await asked(deps, protocol, asker, request, (slot, signed) => slot.stream(signed))
      return { ...answer, ok: isOk(answer.status) }
    },
  }
}

interface Asker {
  source: TokenSource
  /** The user, whose calls have a few places at each provider. */
  person: string
}

/** Asks once, and once more where the token was refused and there is a newer one: a refused request has done nothing. */
async function asked<T extends { status: number; cancel?(): Promise<void> }>(
  deps: Deps,
  protocol: Protocol,
  { source, person }: Asker,
  request: HttpRequest,
  ask: (slot: Slot, signed: HttpRequest) => Promise<T>,
): Promise<T> {
  const inSlot = async (tokens: Tokens) => {
    const slot = await deps.waitForSlot(protocol.name, person, { purpose: 'page' })
    try {
      return await ask(slot, protocol.signApiRequest(request, tokens))
    } finally {
      slot.release()
    }
  }
  const tokens = await source.fresh()
  const answer = await inSlot(tokens)
  if (answer.status !== 401) return answer
  const newer = await source.newer(tokens.accessToken).catch(async error => {
    await answer.cancel?.()
    throw error
  })
  if (!newer) return answer
  await answer.cancel?.()
  return inSlot(newer)
}

const isOk = (status: number): boolean => status >= 200 && status < 300

const readable = ({ status, headers, mediaType, body }: Awaited<ReturnType<Slot['send']>>): ApiAnswer => ({
  ...{ status, headers, mediaType, text: body, ok: isOk(status) },
  json: <T>() => readJson({ status, mediaType, body }) as T,
})
