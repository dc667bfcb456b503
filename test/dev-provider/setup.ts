import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createDevProvider, type DevProviderOptions } from '../../src/dev-provider/app.js'
import type { Client } from '../../src/dev-provider/clients.js'
import type { Pause } from '../../src/dev-provider/fault-injection.js'

export const APP = 'http://localhost:3000'
export const CALLBACK = `${APP}/oauth/dev/callback`
export const VERIFIER = 'a-verifier-of-the-test-~.-0123456789-abcdefghi'
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const REGISTERED = { protocol: 'oauth2', loginUrl: `${APP}/login/dev`, redirectUris: [CALLBACK] } as const
export const CONFIDENTIAL = {
  ...REGISTERED,
  clientId: 'vestibule',
  clientSecret: 'p:ss+w%rd & more',
  name: 'Vestibule',
} satisfies Client
export const PUBLIC = {
  ...REGISTERED,
  clientId: 'public',
  clientSecret: undefined,
  name: 'Public <i>app</i>',
} satisfies Client
export const VIEWS = fileURLToPath(new URL('../../../views', import.meta.url))

/** A right authorization request of the confidential client. */
export const REQUEST = {
  client_id: CONFIDENTIAL.clientId,
  redirect_uri: CALLBACK,
  response_type: 'code',
  state: 'state-of-the-test',
  scope: 'read:user user:email',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
}

export type Changes = Record<string, string | undefined>

type Options = Partial<DevProviderOptions> & { clients: readonly Client[] }

/** The provider on a free port, with a clock the test moves. */
export async function openProvider(t: TestContext, options: Options) {
  const clock = { now: 1_700_000_000_000 }
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { app, abortAll } = createDevProvider({
    ...{ appOrigin: APP, url: base, viewsDir: VIEWS, now: () => clock.now },
    post: () => assert.fail('no logout token is expected'),
    ...options,
  })
  server.on('request', app.callback())
  t.after(() => {
    abortAll()
    server.close()
    server.closeAllConnections()
  })
  const open = (path: string, init: RequestInit = {}) => fetch(base + path, { redirect: 'manual', ...init })
  const post = (path: string, fields: Changes, headers: Record<string, string> = {}) =>
    open(path, { method: 'POST', body: encode(fields), headers: { 'content-type': FORM, ...headers } })
  return { app, server, base, abortAll, clock, open, post }
}

/** The OAuth 2.0 server, and the least client that can talk to it. */
export async function setUp(t: TestContext, pause?: Pause) {
  const provider = await openProvider(t, { clients: [CONFIDENTIAL, PUBLIC], pause })
  const { open, post } = provider
  const authorize = (changes: Changes = {}) => open(`/login/oauth/authorize?${encode({ ...REQUEST, ...changes })}`)

  /** Opens the page and sends its form as it stands, with the choice and other changes. */
  const choose = async (choice: Changes, changes: Changes = {}) => {
    const page = await authorize(changes)
    const html = await page.text()
    assert.equal(page.status, 200, html)
    return post('/login/oauth/authorize', { ...hiddenFields(html), ...choice })
  }
  const codeFor = async (choice: Changes, changes: Changes = {}) => {
    const code = sentTo(await choose(choice, changes)).get('code')
    assert.ok(code)
    return code
  }
  const exchange = async (code: string, changes: Changes = {}, headers: Record<string, string> = {}) =>
    post('/login/oauth/access_token', { ...tokenRequest(code), ...changes }, { accept: 'application/json', ...headers })
  const exchanged = async (code: string, changes: Changes = {}, headers: Record<string, string> = {}) => {
    const response = await exchange(code, changes, headers)
    assert.equal(response.status, 200)
    return (await response.json()) as Record<string, string>
  }
  const tokenFor = async (choice: Changes, changes: Changes = {}) => {
    const { access_token } = await exchanged(await codeFor(choice, changes))
    assert.ok(access_token)
    return access_token
  }
  const api = (path: string, token: string) => open(path, { headers: { authorization: `Bearer ${token}` } })

  return { ...provider, authorize, choose, codeFor, exchange, exchanged, tokenFor, api }
}

const FORM = 'application/x-www-form-urlencoded'

export const tokenRequest = (code: string): Changes => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: CALLBACK,
  code_verifier: VERIFIER,
  client_id: CONFIDENTIAL.clientId,
  client_secret: CONFIDENTIAL.clientSecret,
})

export const basic = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${formEncode(id)}:${formEncode(secret)}`).toString('base64')}`

const formEncode = (text: string) => encode({ x: text }).slice(2)

export function encode(fields: Changes): string {
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined)
  return new URLSearchParams(given).toString()
}

/** The parameters an answer carries back to the app, after seeing that it goes there. */
export function sentTo(response: Response, callback = CALLBACK): URLSearchParams {
  assert.equal(response.status, 303)
  const location = response.headers.get('location') ?? ''
  assert.ok(location.startsWith(`${callback}?`), location)
  return new URL(location).searchParams
}

export function hiddenFields(html: string): Record<string, string> {
  const [form] = /<form[\s\S]*?<\/form>/.exec(html) ?? ['']
  const inputs = [...form.matchAll(/<input\b[^>]*type="hidden"[^>]*>/g)].map(([input]) => input)
  return Object.fromEntries(inputs.map(input => [attribute(input, 'name'), attribute(input, 'value')]))
}

function attribute(tag: string, name: string): string {
  const [, value] = new RegExp(`\\b${name}="([^"]*)"`).exec(tag) ?? []
  assert.ok(value !== undefined, tag)
  const decimal = (_: string, code: string) => String.fromCodePoint(Number(code))
  const named = { quot: '"', lt: '<', gt: '>', amp: '&' } as const
  return value
    .replace(/&#(\d+);/g, decimal)
    .replace(/&(quot|lt|gt|amp);/g, (_, name: keyof typeof named) => named[name])
}
