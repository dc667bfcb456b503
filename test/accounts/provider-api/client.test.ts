import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import OAuth from 'oauth-1.0a'
import { createProviderClient } from '../../../src/accounts/provider-api/client.js'
import type { ActiveSession } from '../../../src/accounts/sessions/active-session.js'
import { createStore } from '../../../src/store/store.js'
import type { Store, StoredTokens } from '../../../src/store/types.js'
import { newSealer } from '../../store/both-databases.js'
import { addPerson, NOW, type Person } from '../../store/sample-users.js'
import { paramsOf } from '../../support/fake-oauth1-signatures.js'
import { type FakeProvider, json, type ReceivedRequest, startFakeProvider } from '../../support/fake-provider.js'
import {
  acmeAt,
  type Clock,
  connected,
  HOUR,
  type Instance,
  newInstance,
  rotating,
  SECOND,
  signedIn,
} from '../setup.js'

let fake: FakeProvider
let store: Store
let clock: Clock
let instance: Instance
let person: Person
let session: ActiveSession
before(async () => {
  fake = await startFakeProvider()
  store = createStore('sqlite::memory:', newSealer())
  await store.migrate()
})
after(async () => {
  await fake.stop()
  await store.close()
})
beforeEach(async () => {
  fake.reset()
  clock = { now: NOW }
  instance = newInstance(store, clock, [acmeAt(fake), acmeAt(fake, { name: 'other' }), signing()])
  await connect({ expiresAt: undefined })
})
afterEach(() => instance.close())

async function connect(tokens: Partial<StoredTokens>) {
  person = (await connected(store, tokens)).person
  session = await signedIn(store, person)
}

const signing = () =>
  acmeAt(fake, {
    name: 'signing',
    protocol: 'oauth1',
    requestTokenUrl: `${fake.origin}/request`,
    clientSecret: 'secret',
  })
const client = (name = 'acme', options = {}) => createProviderClient(instance.deps, session, name, options)
const asksOf = (path: string): ReceivedRequest[] => fake.requests.filter(entry => entry.path === path)
const free = (): number => {
  const slots: { release(): void }[] = []
  try {
    while (slots.length < 65) slots.push(instance.deps.takeSlot('acme', { purpose: 'sign-in' }))
  } catch {}
  for (const slot of slots) slot.release()
  return slots.length
}

test('an answer is told as it is, whatever its status: headers, text, JSON', async () => {
  fake.on('/api/me', (_, response) => {
    response.writeHead(203, { 'Content-Type': 'application/json', 'X-Left': '7', 'Set-Cookie': 'a=b' })
    response.end('{"id":12345678901234567890}')
  })
  const reply = await client().get('/me')
  assert.deepEqual([reply.status, reply.ok, reply.mediaType], [203, true, 'application/json'])
  assert.deepEqual([reply.headers.get('x-left'), reply.headers.has('set-cookie')], ['7', false])
  assert.deepEqual(reply.json(), { id: '12345678901234567890' })
  fake.on('/api/gone', json({ message: 'gone' }, 410))
  const gone = await client().get('/gone')
  assert.deepEqual([gone.status, gone.ok, gone.json()], [410, false, { message: 'gone' }])
  fake.on('/api/page', (_, response) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>'))
  const page = await client().get('/page')
  assert.equal(page.text, '<p>')
  assert.throws(() => page.json(), { code: 'provider_malformed' })
})

test('json reads an answer of success alone', async () => {
  fake.on('/api/me', json({ login: 'ada' }))
  assert.equal((await client().json<{ login: string }>('me')).login, 'ada')
  fake.on('/api/me', json({ login: 'ada' }, 404))
  await assert.rejects(client().json('me'), { name: 'ProtocolError', code: 'provider_error', status: 404 })
})

test("every method goes out with its body and the person's token", async () => {
  rotating(fake)
  const { get, post, put, patch, delete: remove } = client()
  await get('/me?page=2', { headers: { 'X-Own': 'yes' } })
  await post('/me', { json: { a: 1 } })
  await put('/me', { form: { a: 'b c' } })
  await patch('/me', { json: [] })
  await remove('/me')
  const seen = asksOf('/api/me')
  assert.deepEqual(
    seen.map(({ method, body }) => `${method} ${body}`),
    ['GET ', 'POST {"a":1}', 'PUT a=b+c', 'PATCH []', 'DELETE '],
  )
  assert.ok(seen.every(({ headers }) => headers.authorization === 'Bearer access-1'))
  assert.deepEqual([seen[0]?.query.get('page'), seen[0]?.headers['x-own']], ['2', 'yes'])
})

test('OAuth 1.0a requests are signed with the query and the form in them, each anew', async () => {
  await store.tokens.save(person.identity.id, { ...tokensOf('pair'), tokenSecret: 'token-secret' }, NOW)
  session = { ...session, provider: 'signing' }
  fake.on('/api/status', json({}))
  await client('signing').post('/status?trim=a b&x=1', { form: { status: 'Hello & good day!' } })
  await client('signing').get('/status?trim=a b&x=1')
  const [posted, got] = asksOf('/api/status')
  assert.ok(posted && got)
  for (const seen of [posted, got]) {
    const { oauth_signature: signature, ...params } = Object.fromEntries(paramsOf(seen.headers.authorization))
    const oauth = new OAuth({
      ...{ consumer: { key: 'the-client', secret: 'secret' }, signature_method: 'HMAC-SHA1' },
      hash_function: (text, key) => createHmac('sha1', key).update(text).digest('base64'),
    })
    const data = Object.fromEntries(seen.form)
    const request = { method: seen.method, url: `${fake.origin}/api/status?trim=a%20b&x=1`, data }
    assert.equal(signature, oauth.getSignature(request, 'token-secret', params as object as OAuth.Data))
    assert.equal(params.oauth_token, 'access token of pair')
  }
  assert.notEqual(got.headers.authorization, posted.headers.authorization)
})

const tokensOf = (name: string): StoredTokens => ({
  ...{ accessToken: `access token of ${name}`, tokenSecret: undefined, refreshToken: undefined, tokenType: 'OAuth' },
  ...{ scope: undefined, expiresAt: undefined, refreshExpiresAt: undefined },
})

test('a token that the API refuses is renewed once, and the request sent once more with the new one', async () => {
  const provider = rotating(fake)
  provider.turn = 1
  fake.on('/token', (seen, response) => {
    provider.turn = 2
    provider.refreshes += 1
    return json({ access_token: 'access-2', refresh_token: 'refresh-2', token_type: 'Bearer' })(seen, response)
  })
  await store.tokens.save(person.identity.id, { ...tokensOf('x'), accessToken: 'revoked', refreshToken: 'r' }, NOW)
  const reply = await client().post('/me', { json: { once: true } })
  assert.deepEqual(reply.json(), { id: 'ada', id_str: 12, method: 'POST', body: '{"once":true}' })
  assert.deepEqual(
    asksOf('/api/me').map(({ headers }) => headers.authorization),
    ['Bearer revoked', 'Bearer access-2'],
  )
  assert.equal(provider.refreshes, 1)
})

test('an API that refuses the new token too is not called a third time, and its answer is told', async () => {
  const provider = rotating(fake)
  fake.on('/api/me', json({ message: 'no' }, 401))
  const response = await client().get('/me')
  assert.deepEqual([response.status, response.json()], [401, { message: 'no' }])
  assert.deepEqual([fake.calls('/api/me'), provider.refreshes], [2, 1])
  await client().get('/me')
  assert.deepEqual([fake.calls('/api/me'), provider.refreshes], [3, 1])
})

test("a token that cannot be renewed, or is the caller's own, leaves a 401 as it is", async () => {
  fake.on('/api/me', json({}, 401))
  assert.equal((await client('acme', { token: { accessToken: 'mine' } }).get('/me')).status, 401)
  await store.tokens.save(person.identity.id, tokensOf('x'), NOW)
  assert.equal((await client().get('/me')).status, 401)
  assert.deepEqual([fake.calls('/api/me'), fake.calls('/token')], [2, 0])
})

test("a token of the caller's own is used as it is, and nothing is looked up or kept", async () => {
  fake.on('/api/me', json({}))
  instance.deps.store = { ...store, tokens: { load: noRequest, save: noRequest, remove: noRequest } }
  const mine = client('other', { token: { accessToken: 'mine' } })
  await mine.get('/me')
  assert.equal(asksOf('/api/me')[0]?.headers.authorization, 'Bearer mine')
  assert.equal(await mine.authorized, true)
  const reported = { accessToken: 'mine', tokenSecret: undefined, tokenType: 'Bearer', scope: [], expiresAt: undefined }
  assert.deepEqual(await mine.token, reported)
})

const noRequest = () => Promise.reject(new Error('Nobody is to be asked'))

test('a path or a header that must not go out ends before any token is touched', async () => {
  instance.deps.store = { ...store, tokens: { load: noRequest, save: noRequest, remove: noRequest } }
  for (const path of ['https://elsewhere.example/', '//elsewhere.example', '/../x', 'file:///x']) {
    await assert.rejects(client().get(path), /is not called/, path)
    await assert.rejects(client().stream(path), /is not called/, path)
    await assert.rejects(client().json(path), /is not called/, path)
  }
  await assert.rejects(client().get('/me', { headers: { Authorization: 'x' } }), /cannot be set by the caller/)
  assert.equal(fake.requests.length, 0)
})

test('a redirect is not followed, so that the token stays where it belongs', async () => {
  fake.on('/api/me', (_, response) => void response.writeHead(307, { Location: '/api/elsewhere' }).end())
  const reply = await client().post('/me', { json: {} })
  assert.deepEqual([reply.status, reply.headers.get('location')], [307, '/api/elsewhere'])
  assert.equal(fake.calls('/api/elsewhere'), 0)
})

test('a provider that is not one of PROVIDERS is an error at once, which names them', () => {
  assert.throws(() => client('gitlab'), { message: 'gitlab is not one of PROVIDERS: acme, other, signing' })
})

test('a person without a connection is told so, with where to make one', async () => {
  const lonely = client('other')
  assert.equal(await lonely.authorized, false)
  assert.equal(await lonely.token, undefined)
  await assert.rejects(lonely.get('/me'), (error: Error & { code?: string; userMessage?: string }) => {
    assert.deepEqual([error.name, error.code], ['AccountError', 'forbidden'])
    assert.match(error.userMessage ?? '', /connection to Other.*account page/i)
    return /no token of other/.test(error.message)
  })
  assert.equal(fake.requests.length, 0)
})

test("of two identities at a provider the session's own is used; at another, the one that signed in last", async () => {
  const { user } = person
  const facts = { ...person.identity, rawProfile: '{}' }
  for (const [subject, at] of [
    ['late', NOW + 5 * SECOND],
    ['early', NOW + 3 * SECOND],
  ] as const) {
    for (const provider of ['acme', 'other']) {
      const key = { provider, issuer: '', subject: `${subject} of ${user.id}` }
      const { id } = await store.identities.create(user.id, key, facts, at)
      await store.tokens.save(id, tokensOf(subject), NOW)
    }
  }
  assert.equal((await client('acme').token)?.accessToken, 'access-1')
  assert.equal((await client('other').token)?.accessToken, 'access token of late')
})

test("another person's connection is nobody else's", async () => {
  const stranger = await addPerson(store)
  session = await signedIn(store, stranger)
  assert.equal(await client('acme').authorized, false)
  await assert.rejects(client('acme').get('/me'), { code: 'forbidden' })
})

test('authorized says whether there is a token that may work, and asks no provider', async () => {
  const cases: [Partial<StoredTokens>, boolean][] = [
    [{ expiresAt: undefined, refreshToken: undefined }, true],
    [{ expiresAt: NOW + SECOND, refreshToken: undefined }, true],
    [{ expiresAt: NOW, refreshToken: undefined }, false],
    [{ expiresAt: NOW }, true],
    [{ expiresAt: NOW, refreshExpiresAt: NOW }, false],
  ]
  for (const [tokens, expected] of cases) {
    await connect(tokens)
    assert.equal(await client().authorized, expected, JSON.stringify(tokens))
  }
  await connect({ expiresAt: NOW })
  await store.identities.setReconnectNeeded(person.identity.id, NOW)
  assert.equal(await client().authorized, false)
  await store.tokens.remove(person.identity.id)
  assert.equal(await client().authorized, false)
  assert.equal(fake.requests.length, 0)
})

test('the token is told as it is now, renewed where it is over; one that is over for good is none', async () => {
  rotating(fake)
  await connect({ expiresAt: NOW, scope: 'read  write' })
  assert.deepEqual(await client().token, {
    ...{ accessToken: 'access-2', tokenSecret: undefined, tokenType: 'Bearer' },
    ...{ scope: ['read', 'write'], expiresAt: NOW + HOUR },
  })
  await connect({ expiresAt: NOW, refreshExpiresAt: NOW })
  assert.equal(await client().token, undefined)
})

test('tokens are looked up once in five seconds, as sessions are, and anew once a session or a connection has ended', async () => {
  fake.on('/api/me', json({}))
  let loads = 0
  const load = (id: string) => {
    loads += 1
    return store.tokens.load(id)
  }
  instance.deps.store = { ...store, tokens: { ...store.tokens, load } }
  for (let calls = 0; calls < 10; calls++) await client().get('/me')
  assert.equal(loads, 1)
  clock.now += 5 * SECOND
  await client().get('/me')
  assert.equal(loads, 2)
  // What has ended here makes every session another object.
  session = { ...session }
  await store.tokens.remove(person.identity.id)
  await assert.rejects(client().get('/me'), { code: 'forbidden' })
})

test('tokens that a session remembers are renewed in time all the same', async () => {
  const provider = rotating(fake)
  await connect({ expiresAt: NOW + HOUR })
  await client().get('/me')
  clock.now = NOW + HOUR - 62 * SECOND
  await client().get('/me')
  assert.equal(provider.refreshes, 0)
  clock.now += 2 * SECOND
  assert.equal((await client().get('/me')).status, 200)
  assert.equal(provider.refreshes, 1)
})

test('a stream is large, keeps its place until it was read, and is asked for again with a new token', async () => {
  const provider = rotating(fake)
  provider.turn = 1
  fake.on('/api/export', (seen, response) => {
    if (seen.headers.authorization === 'Bearer access-2') response.writeHead(200).end('x'.repeat(400_000))
    else response.writeHead(401).end('y'.repeat(400_000))
  })
  const { status, ok, body } = await client().stream('/export')
  assert.deepEqual([status, ok, free()], [200, true, 63])
  let size = 0
  for await (const piece of body) size += piece.byteLength
  assert.deepEqual([size, free(), provider.refreshes], [400_000, 64, 1])
})

test('a stream that is refused for good is told with its body; one that is cancelled keeps nothing', async () => {
  await store.tokens.save(person.identity.id, tokensOf('x'), NOW)
  fake.on('/api/export', (_, response) => void response.writeHead(401).end('y'.repeat(400_000)))
  const { status, ok, cancel } = await client().stream('/export')
  assert.deepEqual([status, ok, free()], [401, false, 63])
  await cancel()
  assert.equal(free(), 64)
})

test('a stream whose token cannot be renewed now leaves no place taken', async () => {
  fake.on('/token', json({}, 503))
  fake.on('/api/export', (_, response) => void response.writeHead(401).end('y'.repeat(400_000)))
  await assert.rejects(client().stream('/export'), { code: 'provider_error' })
  assert.equal(free(), 64)
})

test('an answer beyond 256 kB is not read, and every call gives its place back', async () => {
  fake.on('/api/large', (_, response) => void response.writeHead(200).end('x'.repeat(256 * 1024 + 1)))
  await assert.rejects(client().get('/large'), { code: 'provider_malformed' })
  fake.on('/api/broken', (_, response) => void response.destroy())
  await assert.rejects(client().get('/broken'), { code: 'provider_unreachable' })
  assert.equal(free(), 64)
})
