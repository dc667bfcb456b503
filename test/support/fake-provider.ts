import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Settings } from './app.js'

/** A request as the far side saw it. */
export interface ReceivedRequest {
  method: string
  /** Without the query. */
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  /** The fields of a form; empty for any other body. */
  form: URLSearchParams
  body: string
}

export type FakeHandler = (seen: ReceivedRequest, response: ServerResponse) => void | Promise<void>

export interface FakeProvider {
  origin: string
  /** Everything that was asked, oldest first. */
  requests: readonly ReceivedRequest[]
  /** How often a path was asked for. */
  calls(path: string): number
  /** Called with the path of each request before it is answered. */
  onRequest?: ((path: string) => void) | undefined
  /** Answers a path in this way from now on. */
  on(path: string, handler: FakeHandler): void
  /** Forgets what was seen, and answers in the usual way again. */
  reset(): void
  /** The settings that make it the custom provider of this name, and the default one. */
  settings(name?: string): Settings
  stop(): Promise<void>
}

/**
 * A plain OAuth 2.0 provider of two endpoints, `/token` and `/user`, which a test may answer as it likes. Unless told
 * otherwise the code `ada` is worth the token `token-of-ada`, and that one belongs to the person `ada`. It has no page
 * to sign in at: a test makes the way back itself, with `wayBack`.
 */
export async function startFakeProvider(): Promise<FakeProvider> {
  const seen: ReceivedRequest[] = []
  const handlers = new Map<string, FakeHandler>()
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://far.side')
    const body = await text(request)
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    const entry = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      form: new URLSearchParams(isForm ? body : ''),
      body,
    }
    seen.push(entry)
    provider.onRequest?.(entry.path)
    await (handlers.get(entry.path) ?? usual[entry.path] ?? nothing)(entry, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const provider: FakeProvider = {
    ...{ origin, requests: seen },
    calls: path => seen.filter(entry => entry.path === path).length,
    on: (path, handler) => void handlers.set(path, handler),
    reset() {
      seen.length = 0
      handlers.clear()
    },
    settings: (name = 'acme') => settingsFor(name, origin),
    async stop() {
      server.close()
      server.closeAllConnections()
    },
  }
  return provider
}

/** Answers JSON. */
export const json =
  (body: unknown, status = 200): FakeHandler =>
  (_, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  }

/** The callback that a browser would be sent to from this authorize URL, with this answer. */
export function callbackUrl(authorizeUrl: string, response: Record<string, string> = { code: 'ada' }): string {
  const asked = new URL(authorizeUrl).searchParams
  const back = new URL(asked.get('redirect_uri') ?? '')
  back.search = new URLSearchParams({ ...response, state: asked.get('state') ?? '' }).toString()
  return back.href
}

const usual: Record<string, FakeHandler> = {
  '/token': (seen, response) =>
    json({ access_token: `token-of-${seen.form.get('code')}`, token_type: 'Bearer' })(seen, response),
  '/user'(seen, response) {
    const name = /^Bearer token-of-(\S+)$/.exec(seen.headers.authorization ?? '')?.[1]
    if (!name) return json({ message: 'Bad credentials' }, 401)(seen, response)
    const email = `${name}@example.org`
    return json({ id: `id-of-${name}`, name, login: name, email, email_verified: true })(seen, response)
  },
}

const nothing = json({ message: 'Not Found' }, 404)

function settingsFor(name: string, origin: string): Settings {
  const prefix = name.toUpperCase().replaceAll('-', '_')
  return {
    PROVIDERS: name,
    DEFAULT_PROVIDER: name,
    [`${prefix}_PROTOCOL`]: 'oauth2',
    [`${prefix}_CLIENT_ID`]: `client-at-${name}`,
    [`${prefix}_CLIENT_SECRET`]: `secret-at-${name}`,
    [`${prefix}_AUTHORIZE_URL`]: `${origin}/authorize`,
    [`${prefix}_TOKEN_URL`]: `${origin}/token`,
    [`${prefix}_USER_URL`]: `${origin}/user`,
  }
}
