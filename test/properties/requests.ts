import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Client } from 'undici'
import { startApp, type TestApp } from '../support/app.js'
import { type FakeProvider, startFakeProvider } from '../support/fake-provider.js'
import { wrongWith } from '../support/hostile-paths.js'
import { damaged, nasty } from './inputs.js'
import { type Property, property } from './property.js'

const PATHS = ['/', '/login', '/login/acme', '/logout', '/signed-out', '/profile', '/api/session', '/health/ready']
const BACK = '/oauth/acme/callback'

const line = (text: string) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '').trim()
const header = (...pieces: readonly string[]) => nasty(...pieces).map(line)

const inputs = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'),
  path: fc.oneof(
    { arbitrary: fc.constantFrom(...PATHS, BACK, BACK), weight: 6 },
    damaged(fc.constantFrom(...PATHS, BACK)),
    nasty('/', '//', '..', '%2e'),
  ),
  query: nasty('return_to=', '/home', '//evil.example', '&', 'code=', 'state=', 'error=access_denied', 'iss=x'),
  headers: fc.record(
    {
      accept: header('text/html', 'application/json', '*/*', ';q=0', ';q=', ', '),
      cookie: header('vestibule-session=', 'vestibule-attempt-', 'vestibule-flash=', 'AAAAAAAA', '; '),
      // The client itself cannot send an open bracket.
      host: header('localhost', 'evil.example', ':3000', '@').map(host => host.replaceAll('[', '')),
      origin: header('null', 'http://evil.example', 'http://localhost'),
      'sec-fetch-mode': header('navigate', 'cors'),
      'sec-fetch-dest': header('document', 'image'),
      'sec-fetch-site': header('same-origin', 'cross-site'),
      'sec-purpose': header('prefetch'),
      'x-forwarded-for': header('127.0.0.1', ', ', '203.0.113.7', '[::1]'),
      'x-forwarded-host': header('evil.example'),
      'x-forwarded-proto': header('https'),
      'user-agent': header('Mozilla/5.0'),
      'content-type': header('application/x-www-form-urlencoded', 'application/json', 'multipart/form-data'),
    },
    { requiredKeys: [] },
  ),
  body: nasty('csrf=', '&', 'a[b]='),
})
type Input = typeof inputs extends fc.Arbitrary<infer T> ? T : never

const name = 'a request is answered with a page of ours, with an error of ours, or with the way to a provider'

/** Whatever reaches the whole app over HTTP. */
export const requests: Property = {
  name,
  async hold(runs, watch) {
    const far = await startFakeProvider()
    const app = await startApp({ ...far.settings(), TRUSTED_PROXIES: '127.0.0.1', LOG_LEVEL: 'silent' })
    const client = new Client(app.origin)
    try {
      await property(name, inputs, input => ask({ app, far, client }, input)).hold(runs, watch)
    } finally {
      await client.destroy()
      await app.stop()
      await far.stop()
    }
  },
}

interface World {
  app: TestApp
  far: FakeProvider
  client: Client
}

async function ask({ app, far, client }: World, { method, path, query, headers, body }: Input): Promise<void> {
  const {
    statusCode,
    headers: reported,
    body: response,
  } = await client.request({
    method,
    path: `/${escaped(path).replace(/^\//, '')}?${escaped(query)}`,
    headers,
    body: method === 'POST' ? body : null,
  })
  const text = await response.text()
  assert.ok(![500, 502, 503].includes(statusCode), text)
  assert.ok(reported['content-security-policy'], text)
  if (reported.location !== undefined) assertLeads(String(reported.location), app.origin, far.origin)
  for (const cookie of [reported['set-cookie'] ?? []].flat()) {
    assert.match(cookie, /^vestibule-[^;]*; path=\/; (expires=[^;]*; )?(samesite=lax; )?httponly/i)
  }
}

const escaped = (text: string) =>
  encodeURI(Buffer.from(text).toString())
    .replace(/[^\x21-\x7e]/g, '')
    .replaceAll('#', '%23')

function assertLeads(location: string, origin: string, provider: string): void {
  if (location.startsWith(`${provider}/authorize?`)) return
  assert.equal(wrongWith(location, origin, []), undefined, location)
}
