// The far side of later tests: that it does what they believe it does.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { ADA, type FakeOAuth2, GRACE, startFakeOAuth2 } from './fake-oauth2.js'
import { LARGE_BYTES } from './fake-oauth2-api.js'
import { HttpBrowser } from './http-browser.js'
import {
  AT_ACME,
  AT_BOLT,
  personOf,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from './two-provider-app.js'

type JsonObject = Record<string, unknown>

let clock = 1_700_000_000_000
let fake: FakeOAuth2
before(async () => {
  fake = await startFakeOAuth2('acme', () => clock)
})
after(() => fake.stop())
beforeEach(() => fake.open())

const BACK = 'http://localhost:1/back'
const read = async (response: Response) => ({
  status: response.status,
  received: (await response.json()) as JsonObject,
})
const post = (path: string, form: Record<string, string>) =>
  fetch(fake.origin + path, { method: 'POST', body: new URLSearchParams(form) })
const ask = (path: string, token: unknown, init: RequestInit = {}) =>
  fetch(fake.origin + path, { redirect: 'manual', ...init, headers: { authorization: `Bearer ${token}` } })
const refresh = async (token: unknown) =>
  read(await post('/token', { grant_type: 'refresh_token', refresh_token: String(token) }))

async function signIn(visitor = new HttpBrowser(fake.origin)): Promise<JsonObject> {
  const query = new URLSearchParams({ redirect_uri: BACK, state: 's' })
  const { location = '' } = await visitor.open(`/authorize?${query}`)
  const code = new URL(location).searchParams.get('code') ?? ''
  return (await read(await post('/token', { grant_type: 'authorization_code', code }))).received
}

test('a plain provider gives a token that lives for ever and no refresh token, unless told otherwise', async () => {
  const given = await signIn()
  assert.deepEqual(Object.keys(given), ['access_token', 'token_type'])
  assert.deepEqual((await read(await ask('/user', given.access_token))).received, ADA)
})

test('a plain provider says terms as they are given, and lets tokens end by them', async () => {
  fake.tokens.gives({ refresh: 'rotating', expiresIn: '60', refreshExpiresIn: 120, more: { scope: 'a b' } })
  const given = await signIn()
  assert.deepEqual([given.expires_in, given.refresh_token_expires_in, given.scope], ['60', 120, 'a b'])
  clock += 60_000
  assert.equal((await ask('/api/things', given.access_token)).status, 401)
  const again = await refresh(given.refresh_token)
  assert.equal((await ask('/api/things', again.received.access_token)).status, 200)
  clock += 120_000
  assert.equal((await refresh(again.received.refresh_token)).received.error, 'invalid_grant')
  assert.deepEqual(fake.tokens.refreshes, { asked: 2, granted: 1 })
})

test('a plain provider ends a sign-in whose spent refresh token comes again, where refresh tokens rotate', async () => {
  fake.tokens.gives({ refresh: 'rotating' })
  const first = await signIn()
  const second = await refresh(first.refresh_token)
  assert.notEqual(second.received.refresh_token, first.refresh_token)
  assert.equal((await refresh(first.refresh_token)).received.error, 'invalid_grant')
  assert.equal((await refresh(second.received.refresh_token)).received.error, 'invalid_grant')
  assert.equal((await ask('/user', second.received.access_token)).status, 401)
})

test('a plain provider keeps a refresh token good where it does not rotate, said again or not', async () => {
  for (const [kind, again] of [
    ['said once', false],
    ['said again', true],
  ] as const) {
    fake.tokens.gives({ refresh: kind })
    const { refresh_token: token } = await signIn()
    for (let times = 0; times < 2; times++) {
      assert.equal((await refresh(token)).received.refresh_token, again ? token : undefined)
    }
  }
})

test('a plain provider makes the next refreshes fail, each in its way, and then no more', async () => {
  fake.tokens.gives({ refresh: 'rotating' })
  const { refresh_token: token } = await signIn()
  fake.tokens.failNext('invalid_grant', 'error', 'malformed', 'lost')
  assert.equal((await refresh(token)).status, 400)
  assert.equal((await refresh(token)).status, 500)
  await assert.rejects(refresh(token), SyntaxError)
  await assert.rejects(refresh(token), TypeError)
  assert.equal(fake.tokens.refreshes.granted, 1)
  // The one that was lost had rotated.
  assert.equal((await refresh(token)).received.error, 'invalid_grant')
})

test('a plain provider holds refreshes at a gate until it is opened', async () => {
  fake.tokens.gives({ refresh: 'said once' })
  const { refresh_token: token } = await signIn()
  const gate = fake.tokens.holdRefreshes()
  const waiting = [refresh(token), refresh(token)]
  await gate.arrived(2)
  assert.equal(fake.tokens.refreshes.granted, 0)
  gate.open()
  for (const { status } of await Promise.all(waiting)) assert.equal(status, 200)
  assert.equal((await refresh(token)).status, 200)
})

test('a plain provider writes down what is given back, and takes it back', async () => {
  fake.tokens.gives({ refresh: 'rotating' })
  const { access_token, refresh_token } = await signIn()
  fake.tokens.failRevocation('error')
  const form = { token: String(refresh_token), token_type_hint: 'refresh_token', client_secret: 's' }
  assert.equal((await post('/revoke', form)).status, 500)
  assert.equal((await ask('/user', access_token)).status, 200)
  fake.open()
  fake.tokens.gives({ refresh: 'rotating' })
  const other = await signIn()
  const token = String(other.refresh_token)
  assert.equal((await post('/revoke', { ...form, token })).status, 200)
  assert.deepEqual(fake.tokens.givenBack, [{ token, hint: 'refresh_token', proof: 's' }])
  assert.equal((await ask('/user', other.access_token)).status, 401)
  assert.equal((await refresh(token)).status, 400)
})

test('a plain provider takes access tokens back alone, or everything', async () => {
  fake.tokens.gives({ refresh: 'said once' })
  const { access_token, refresh_token } = await signIn()
  fake.tokens.expireAccess()
  assert.equal((await ask('/user', access_token)).status, 401)
  const again = await refresh(refresh_token)
  assert.equal((await ask('/user', again.received.access_token)).status, 200)
  fake.tokens.revokeAll()
  assert.equal((await ask('/user', again.received.access_token)).status, 401)
  assert.equal((await refresh(refresh_token)).status, 400)
})

test('a plain provider knows who sits at which browser, and tells of them what it is told to', async () => {
  const browser = new HttpBrowser(fake.origin)
  fake.useBrowser(browser, GRACE)
  const [hers, adas] = [await signIn(browser), await signIn()]
  fake.setUser({ ...GRACE, groups: ['writers'] })
  assert.deepEqual((await read(await ask('/user', hers.access_token))).received, { ...GRACE, groups: ['writers'] })
  assert.deepEqual((await read(await ask('/user', adas.access_token))).received, ADA)
})

test('a plain provider has an API: a list, an echo, something large, and a way to another host', async () => {
  const { access_token: token } = await signIn()
  assert.deepEqual((await read(await ask('/api/things', token))).received.things, ['a lamp', 'a chair'])
  const echoed = (await read(await ask('/api/echo?a=1', token, { method: 'PUT', body: 'hello' }))).received
  assert.deepEqual([echoed.method, echoed.query, echoed.body], ['PUT', { a: '1' }, 'hello'])
  assert.equal((await (await ask('/api/large', token)).arrayBuffer()).byteLength, LARGE_BYTES)
  const away = new URL((await ask('/api/redirect', token)).headers.get('location') ?? '')
  assert.deepEqual([away.hostname, away.pathname], ['localhost', '/api/elsewhere'])
  for (const path of ['/api/things', '/api/echo', '/api/large', '/api/redirect']) {
    assert.equal((await fetch(fake.origin + path)).status, 401, path)
  }
})

describe('Two providers of one app', () => {
  let pair: TwoProviderApp
  before(async () => {
    pair = await startTwoProviderApp()
  })
  after(() => pair.stop())
  beforeEach(() => pair.reset())

  test('two providers of one app know the same people by other subjects, each in their own browser', async () => {
    const [one, two] = [pair.newVisitor(), pair.newVisitor()]
    await signInThrough('acme', pair, one, AT_ACME.ada)
    await signInThrough('bolt', pair, two, AT_BOLT.grace)
    const rows = await pair.sql('select provider, subject from identities order by provider')
    assert.deepEqual(
      rows.map(({ provider, subject }) => [provider, subject]),
      [
        ['acme', '1'],
        ['bolt', '9002'],
      ],
    )
  })

  test('two providers of one app say each for itself whether an address is verified', async () => {
    const visitor = pair.newVisitor()
    await signInThrough('bolt', pair, visitor, personOf('lin', 9003, { email_verified: false }))
    const { user } = JSON.parse((await visitor.ask('/api/session')).text)
    assert.deepEqual([user.login, user.email_verified], ['lin', false])
  })
})
