import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test'
import { createKeyring } from '../../../src/crypto/keys.js'
import { randomToken } from '../../../src/crypto/random.js'
import { type RsaPrivateKey, readRsaPrivateKey } from '../../../src/crypto/rsa-sha1.js'
import { signRequest } from '../../../src/oauth/oauth1/sign.js'
import { rsaKeys } from '../../oauth/oauth1/samples.js'
import { sessionOf } from '../../support/acme-app.js'
import { startApp } from '../../support/app.js'
import { CONSUMER } from '../../support/fake-oauth1.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { ASKS, GRANTS, type OAuth1App, startOAuth1App, USER } from '../../support/oauth1-app.js'

const KEY = randomToken()

/** An app of its own, which ends with the test. */
async function open(t: TestContext, ...parts: Parameters<typeof startOAuth1App>): Promise<OAuth1App> {
  const trail = await startOAuth1App(...parts)
  t.after(() => trail.stop())
  return trail
}

const METHODS: Readonly<Record<string, Record<string, string>>> = {
  'HMAC-SHA1': {},
  'HMAC-SHA256': { TRAIL_SIGNATURE_METHOD: 'HMAC-SHA256' },
  'RSA-SHA1': { TRAIL_SIGNATURE_METHOD: 'RSA-SHA1', TRAIL_PRIVATE_KEY: rsaKeys.privatePem, TRAIL_CLIENT_SECRET: '' },
}

// PLAINTEXT needs https, and the app trusts no certificate of ours: test/oauth/oauth1/walk.test.ts walks with it.
for (const [method, settings] of Object.entries(METHODS)) {
  test(`a custom provider of OAuth 1.0a signs a user in and shows the profile, with ${method}`, async t => {
    const { app, far, newVisitor } = await open(t, settings, { publicKey: rsaKeys.publicPem })
    const visitor = newVisitor()
    const page = await visitor.follow('/profile?tab=1')
    assert.deepEqual([page.status, page.url], [200, `${app.origin}/profile?tab=1`])
    // Not what was told at the sign-in: signed anew, with the tokens from the database.
    assert.match(page.text, /Read just now from trail[\s\S]*ada@example\.org/)
    const { user } = JSON.parse((await visitor.ask('/api/session')).text)
    assert.deepEqual([user.name, user.login, user.email, user.email_verified], ['ada', 'ada', 'ada@example.org', true])

    const signed = far.requests.filter(({ params }) => params.has('oauth_signature'))
    assert.deepEqual(
      signed.map(asked => [asked.method, asked.path, asked.params.get('oauth_signature_method')]),
      [
        ['POST', ASKS, method],
        ['POST', GRANTS, method],
        ['GET', USER, method],
        ['GET', USER, method],
      ],
    )
    assert.equal(signed[0]?.params.get('oauth_callback'), `${app.origin}/oauth/trail/callback`)
    assert.equal(signed[0]?.params.has('oauth_token'), false)
    assert.ok(signed.every(({ params }) => params.get('oauth_consumer_key') === CONSUMER.key))
    assert.equal(app.count('users'), 1)
  })
}

test('O1-12 O1-15 a custom provider of OAuth 1.0a can have endpoints with queries, which are signed, and a secret of any characters', async t => {
  const query = '?a=%3D%253D&b=%20%2B&c2'
  const { far, newVisitor } = await open(t, ({ origin }) => ({
    TRAIL_REQUEST_TOKEN_URL: `${origin}${ASKS}${query}`,
    TRAIL_TOKEN_URL: `${origin}${GRANTS}${query}`,
    TRAIL_USER_URL: `${origin}${USER}${query}`,
    TRAIL_AUTHORIZE_PARAMS: 'person=grace&lang=de',
    TRAIL_REQUEST_TOKEN_PARAMS: 'x_auth_access_type=read%20%26%20%C3%A4',
  }))
  const visitor = newVisitor()
  assert.match((await visitor.follow('/profile')).text, /Read just now/)
  assert.equal(await visitor.login(), 'grace')
  assert.equal(far.calls(USER), 2)
})

test('a custom provider of OAuth 1.0a is read by the profile fields of the settings', async t => {
  const { app, far, newVisitor } = await open(t, {
    TRAIL_LABEL: 'The <Trail>',
    TRAIL_SUBJECT_FIELD: 'data.key',
    TRAIL_LOGIN_FIELD: 'data.nick',
  })
  far.on(USER, (_request, response) => void response.json({ id: 'no', data: { key: 7, nick: 'ada7' } }))
  const visitor = newVisitor()
  assert.match((await visitor.follow('/')).text, /Signed in with The &lt;Trail&gt;\./)
  assert.equal(await visitor.login(), 'ada7')
  assert.deepEqual(app.db.prepare('select provider, issuer, subject from identities').all(), [
    { provider: 'trail', issuer: '', subject: '7' },
  ])
})

test('the development provider checks RSA-SHA1 by the public half of the key that our settings have, and by no other', async t => {
  const settings = {
    ...{ PROVIDERS: 'dev-oauth1', DEFAULT_PROVIDER: 'dev-oauth1' },
    ...{ DEV_OAUTH1_SIGNATURE_METHOD: 'RSA-SHA1', DEV_OAUTH1_PRIVATE_KEY: rsaKeys.privatePem },
  }
  const app = await startApp(settings)
  t.after(() => app.stop())
  const visitor = new HttpBrowser(app.origin)
  assert.equal((await visitor.signIn('grace', '/profile')).url, `${app.origin}/profile`)
  assert.equal((await sessionOf(visitor)).user.login, 'grace')

  const asked = { method: 'POST' as const, url: `${app.devProviderUrl}/oauth1/request_token`, headers: {} }
  const sign = (privateKey: RsaPrivateKey) =>
    signRequest(
      { clientId: 'vestibule', signatureMethod: 'RSA-SHA1', privateKey },
      undefined,
      asked,
      { now: Date.now(), nonce: randomToken() },
      [['oauth_callback', `${app.origin}/oauth/dev-oauth1/callback`]],
    )
  const statusOf = async (key: RsaPrivateKey) => (await fetch(asked.url, { ...sign(key) })).status
  const { privateKey: other } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    ...{ publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } },
  })
  assert.equal(await statusOf(rsaKeys.privateKey), 200)
  assert.equal(await statusOf(readRsaPrivateKey(other)), 401)
})

describe('A sign-in by OAuth 1.0a', () => {
  let trail: OAuth1App
  before(async () => {
    trail = await startOAuth1App({ SECRET_KEYS: KEY })
  })
  beforeEach(() => trail.far.reset())
  after(() => trail.stop())

  test('O1-21 a sign-in by OAuth 1.0a keeps the temporary secret sealed, so that no browser can read it', async () => {
    const visitor = trail.newVisitor()
    const lent: string[] = []
    trail.far.on(ASKS, (_request, response, next) => {
      const send = response.send.bind(response)
      response.send = body => {
        lent.push(new URLSearchParams(String(body)).get('oauth_token_secret') ?? '')
        return send(body)
      }
      next()
    })
    const url = await visitor.depart()
    const [secret = ''] = lent
    const [[, value] = ['', '']] = visitor.attempts
    const attempt = JSON.parse(createKeyring([KEY]).sealer('attempt').open(value, 'attempt') ?? '')
    assert.equal(attempt.temporarySecret, secret)
    assert.equal(attempt.state, new URL(url).searchParams.get('oauth_token'))

    assert.deepEqual([...new URL(url).searchParams.keys()], ['oauth_token'])
    for (const text of [url, value, Buffer.from(value, 'base64url').toString('latin1')]) {
      assert.ok(!text.includes(secret) && !text.includes(encodeURIComponent(secret)))
    }
  })

  test('a sign-in by OAuth 1.0a writes nothing before the callback', async () => {
    const [marks, users] = [trail.app.count('used_attempts'), trail.app.count('users')]
    for (let starts = 0; starts < 10; starts++) await trail.newVisitor().startSignIn()
    assert.deepEqual([trail.app.count('used_attempts'), trail.app.count('users')], [marks, users])
  })

  test('O1-08 a hundred sign-ins by OAuth 1.0a at the same moment each have their own nonce, token and secret', async () => {
    const urls = []
    for (let batch = 0; batch < 2; batch++) {
      urls.push(...(await Promise.all(Array.from({ length: 50 }, () => trail.newVisitor().depart()))))
    }
    const asked = trail.far.requests.filter(({ path }) => path === ASKS)
    assert.equal(new Set(asked.map(({ params }) => params.get('oauth_nonce'))).size, 100)
    assert.equal(new Set(urls).size, 100)
    for (const { params } of asked) assert.match(params.get('oauth_nonce') ?? '', /^[\w-]{22}$/)
  })

  test('O1-21 the temporary secret is not usable after the sign-in, and signs no request for the user', async () => {
    const visitor = trail.newVisitor()
    assert.equal((await visitor.signInAs()).status, 303)
    const [temporary] = trail.far.requests.filter(({ path }) => path === GRANTS).map(({ params }) => params)
    const [person] = trail.far.requests.filter(({ path }) => path === USER).map(({ params }) => params)
    assert.ok(temporary && person)
    assert.notEqual(person.get('oauth_token'), temporary.get('oauth_token'))
    assert.match((await visitor.open('/profile')).text, /Read just now/)
    assert.equal(trail.far.calls(GRANTS), 1)
  })

  test('ST-26 fifty users who sign in by OAuth 1.0a at the same moment each get their own identity', async () => {
    const people = Array.from({ length: 50 }, (_, index) => ({ visitor: trail.newVisitor(), name: `person-${index}` }))
    await Promise.all(people.map(({ visitor, name }) => visitor.signInAs(name)))
    for (const { visitor, name } of people) assert.equal(await visitor.login(), name)
  })

  test('a guarded page without a session sends no request to the provider, and neither does a request for JSON', async () => {
    const visitor = trail.newVisitor()
    const guard = await visitor.open('/profile')
    assert.equal(guard.location, `${trail.app.origin}/login/trail?return_to=%2Fprofile`)
    await visitor.ask('/api/session')
    await visitor.ask('/login/trail', { headers: { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' } })
    await visitor.ask('/login/trail', { method: 'HEAD' })
    assert.deepEqual(trail.far.requests, [])
  })
})
