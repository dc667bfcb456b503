import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { ApiResponse } from '../../../src/accounts/provider-api/client.js'
import { type Acme, ADA, assertHides, reply, secretsOf, signIn, startAcme } from '../../support/acme-app.js'
import { type Ask, addPage, type Refused } from '../../support/developer-page.js'
import type { FakeOAuth2 } from '../../support/fake-oauth2.js'
import { LARGE_BYTES } from '../../support/fake-oauth2-api.js'
import { json, startFakeProvider } from '../../support/fake-provider.js'
import { actionOf, type HttpBrowser } from '../../support/http-browser.js'

let acme: Acme<FakeOAuth2>
let ask: Ask
let ada: HttpBrowser
before(async () => {
  acme = await startAcme(far => far.laterSettings('acme'))
  ask = addPage(acme.app)
})
after(() => acme.stop())
beforeEach(async () => {
  acme.reset()
  ada = acme.newVisitor()
  await signIn(acme, ada)
})

/** What the far side saw at a path below its API. */
const seenAt = (path: string) => acme.far.requests.filter(entry => entry.path === path)
const shown = ({ status, ok, mediaType, text }: ApiResponse) => ({ status, ok, mediaType, text })

interface Echo {
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: string
}

test('a page of a developer calls the API for the signed-in user, by a relative path and by an absolute URL', async () => {
  const bearer = `Bearer ${(await ask<{ accessToken: string }>(ada, ctx => ctx.provider('acme').token)).result.accessToken}`
  assert.match(bearer, /^Bearer token-of-/)
  for (const path of ['echo?q=1', '/echo?q=1', `${acme.far.origin}/api/echo?q=1`]) {
    const { result: reported } = await ask<Echo>(ada, ctx => ctx.provider('acme').json(path))
    assert.deepEqual([reported.method, reported.path, reported.query], ['GET', '/api/echo', { q: '1' }], path)
    assert.equal(reported.headers.authorization, bearer)
  }
  const { status, result: received } = await ask<{ of: { login: string } }>(ada, ctx =>
    ctx.provider('acme').json('/things'),
  )
  assert.deepEqual([status, received.of.login], [200, ADA.login])
})

test('a page of a developer calls the API for each of two users with their own token', async () => {
  const grace = acme.newVisitor()
  acme.far.useBrowser(grace, { ...ADA, id: 2, login: 'grace', email: 'grace@example.org' })
  await signIn(acme, grace)
  const both = await Promise.all(
    [ada, grace].map(each => ask<{ of: { login: string } }>(each, ctx => ctx.provider('acme').json('/things'))),
  )
  assert.deepEqual(
    both.map(({ result: reported }) => reported.of.login),
    ['ada', 'grace'],
  )
})

test('a page of a developer can send every method, with JSON or a form, and gets any status', async () => {
  const { result: reported } = await ask<Echo[]>(ada, async ctx => {
    const client = ctx.provider('acme')
    const responses = [
      await client.get('/echo', { headers: { 'X-Trial': 'yes' } }),
      await client.post('/echo', { json: { a: [1] } }),
      await client.put('/echo', { form: { a: '1 & 2' } }),
      await client.patch('/echo', { json: null }),
      await client.delete('/echo'),
    ]
    return responses.map(response => response.json())
  })
  assert.deepEqual(
    reported.map(({ method, headers, body }) => [method, headers['content-type'], body]),
    [
      ['GET', undefined, ''],
      ['POST', 'application/json', '{"a":[1]}'],
      ['PUT', 'application/x-www-form-urlencoded', 'a=1+%26+2'],
      ['PATCH', 'application/json', 'null'],
      ['DELETE', undefined, ''],
    ],
  )
  assert.equal(reported[0]?.headers['x-trial'], 'yes')
  acme.far.on('/api/things', reply('Gone to tea', { status: 418, type: 'text/plain' }))
  const teapot = await ask(ada, async ctx => shown(await ctx.provider('acme').get('/things')))
  assert.deepEqual(teapot.result, { status: 418, ok: false, mediaType: 'text/plain', text: 'Gone to tea' })
})

test('a page of a developer that expects JSON and gets something else ends as a fault of the provider', async () => {
  for (const [response, code] of [
    [reply('<h1>Hello</h1>', { type: 'text/html' }), 'provider_malformed'],
    [json({ message: 'Oh no' }, 500), 'provider_error'],
  ] as const) {
    acme.far.on('/api/things', response)
    const { status, result: reported } = await ask(ada, ctx => ctx.provider('acme').json('/things'))
    assert.deepEqual([status, reported.error], [502, code])
  }
})

test('a page of a developer streams a response that is larger than the limit', async () => {
  const { result: reported } = await ask<number>(ada, async ctx => {
    const { ok, body } = await ctx.provider('acme').stream('/large')
    let bytes = 0
    for await (const piece of body) bytes += ok ? piece.length : 0
    return bytes
  })
  assert.equal(reported, LARGE_BYTES)
  const whole = await ask(ada, ctx => ctx.provider('acme').get('/large'))
  assert.deepEqual([whole.status, whole.result.error], [502, 'provider_malformed'])
})

test('a page of a developer releases its slot when it stops reading, so a hundred streams in a row all start', async () => {
  const { result: reported } = await ask<number>(ada, async ctx => {
    for (let count = 0; count < 100; count++) await (await ctx.provider('acme').stream('/large')).cancel()
    return 100
  })
  assert.equal(reported, 100)
})

test('a page of a developer gets a redirect as it is, and the token is not sent on', async () => {
  const { result: reported } = await ask<[number, string]>(ada, async ctx => {
    const { status, headers } = await ctx.provider('acme').get('/redirect')
    return [status, headers.get('location')]
  })
  assert.equal(reported[0], 302)
  assert.match(reported[1], /\/api\/elsewhere$/)
  assert.equal(acme.far.calls('/api/elsewhere'), 0)
})

test('a page of a developer cannot send a token to another host, and no request is sent', async () => {
  const other = await startFakeProvider()
  try {
    const port = new URL(acme.far.origin).port
    const hosts = [other.origin, `http://localhost:${port}`, `https://127.0.0.1:${port}`, 'http://127.0.0.1']
    const elsewhere = hosts.map(host => `${host}/api/things`)
    const tricks = [`//${new URL(other.origin).host}/things`, `http://127.0.0.1:${port}@${new URL(other.origin).host}/`]
    for (const path of [...elsewhere, ...tricks, '/../user', '/things/%2e%2e/user', 'file:///etc/passwd', '\\\\x']) {
      const before = acme.far.requests.length
      const { status, result: reported } = await ask(ada, ctx => ctx.provider('acme').get(path))
      assert.deepEqual([status, reported.error], [500, 'internal'], path)
      assert.deepEqual([acme.far.requests.length, other.requests.length], [before, 0], path)
    }
  } finally {
    await other.stop()
  }
})

test('a page of a developer can set no reserved header, and none that splits a request', async () => {
  const bad = [{ Authorization: 'Bearer mine' }, { Host: 'evil.example' }, { Cookie: 'a=b' }, { 'X-A': 'b\r\nX-C: d' }]
  for (const headers of bad) {
    const { status } = await ask(ada, ctx => ctx.provider('acme').get('/echo', { headers }))
    assert.ok(status >= 500, JSON.stringify(headers))
  }
  assert.equal(seenAt('/api/echo').length, 0)
})

test('a page of a developer can use a token of its own, which is never refreshed', async () => {
  acme.far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
  const { result: reported } = await ask<Echo>(ada, ctx =>
    ctx.provider('acme', { token: { accessToken: 'my-own' } }).json('/echo'),
  )
  assert.equal(reported.headers.authorization, 'Bearer my-own')
  acme.far.on('/api/echo', json({}, 401))
  const refused = await ask<number>(
    ada,
    async ctx => (await ctx.provider('acme', { token: { accessToken: 'my-own' } }).get('/echo')).status,
  )
  assert.equal(refused.result, 401)
  assert.deepEqual([seenAt('/api/echo').length, acme.far.tokens.refreshes.asked], [2, 0])
})

test('a page of a developer without a session gets sign_in_required, and no request is sent', async () => {
  const before = acme.far.requests.length
  const { status, result: reported } = await ask(acme.newVisitor(), ctx => ctx.provider('acme').get('/things'))
  assert.deepEqual([status, reported.error], [401, 'sign_in_required'])
  assert.equal(acme.far.requests.length, before)
})

test('a page of a developer with an unknown provider ends as internal', async () => {
  const { status, result: reported } = await ask(ada, ctx => ctx.provider('acne').get('/things'))
  assert.deepEqual([status, reported.error], [500, 'internal'])
  assert.match(acme.app.logged(), /acne is not one of PROVIDERS: acme/)
})

test('a page of a developer has no client after its session has ended', async () => {
  await ada.submit(await ada.open('/logout'), actionOf(await ada.open('/logout')))
  const before = acme.far.requests.length
  assert.equal((await ask(ada, ctx => ctx.provider('acme').get('/things'))).status, 401)
  assert.equal(acme.far.requests.length, before)
})

test('a page of a developer gets the error of a provider that is down, without a token in page or log', async () => {
  acme.far.on('/api/things', (_, response) => void response.socket?.destroy())
  const { status, result: reported } = await ask<Refused>(ada, ctx =>
    ctx.provider('acme').get('/things?secret=of-the-query'),
  )
  assert.deepEqual([status, reported.error], [502, 'provider_unreachable'])
  const secrets = [...secretsOf(acme.far), 'of-the-query']
  assertHides(JSON.stringify(reported), secrets)
  assertHides(acme.app.logged().replaceAll(/"url":"[^"]*"/g, ''), secrets)
})
