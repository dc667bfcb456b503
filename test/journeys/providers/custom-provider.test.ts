import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { ConfigError } from '../../../src/config/errors.js'
import { sha256 } from '../../../src/crypto/digest.js'
import { type Acme, assertRefused, onlyRequestTo, signIn, startAcme } from '../../support/acme-app.js'
import type { FakeProvider } from '../../support/fake-provider.js'

/** An app with acme and more settings, which ends with the test. */
async function withSettings(t: TestContext, settings: Parameters<typeof startAcme>[0]): Promise<Acme> {
  const acme = await startAcme(settings)
  t.after(() => acme.stop())
  return acme
}

/** Starts an app that is expected not to start; one that does is stopped again. */
async function tryToStart(settings: Parameters<typeof startAcme>[0]): Promise<void> {
  const acme = await startAcme(settings)
  await acme.stop()
}

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

test('a custom provider, known from settings alone, signs a user in', async t => {
  const acme = await withSettings(t, {})
  const user = await signIn(acme)
  assert.deepEqual(
    [user.name, user.login, user.email, user.email_verified],
    ['Ada Lovelace', 'ada', 'ada@example.org', true],
  )

  const { query } = onlyRequestTo(acme, '/authorize')
  assert.equal(query.get('response_type'), 'code')
  assert.equal(query.get('client_id'), 'client-at-acme')
  assert.equal(query.get('redirect_uri'), `${acme.app.origin}/oauth/acme/callback`)
  assert.equal(query.get('code_challenge_method'), 'S256')
  assert.equal(query.has('scope'), false)

  const { form, headers } = onlyRequestTo(acme, '/token')
  assert.equal(form.get('grant_type'), 'authorization_code')
  assert.equal(form.get('redirect_uri'), query.get('redirect_uri'))
  assert.equal(sha256(form.get('code_verifier') ?? ''), query.get('code_challenge'))
  assert.equal(headers.authorization, basic('client-at-acme', 'secret-at-acme'))
  assert.equal(form.has('client_secret'), false)

  const profile = onlyRequestTo(acme, '/user')
  assert.match(profile.headers.authorization ?? '', /^Bearer token-of-/)
  assert.equal(profile.query.size, 0)
})

test('a custom provider is called by its label on pages', async t => {
  const acme = await withSettings(t, { ACME_LABEL: 'The <Acme> Works' })
  assert.match((await acme.newVisitor().open('/login')).text, /The &lt;Acme&gt; Works/)
})

test('P14 a custom provider can use the callback path that an earlier app had for another provider name', async t => {
  const acme = await withSettings(t, { ACME_CALLBACK_PATH: '/oauth/old-acme/callback' })
  await signIn(acme)
  const redirectUri = `${acme.app.origin}/oauth/old-acme/callback`
  assert.equal(onlyRequestTo(acme, '/authorize').query.get('redirect_uri'), redirectUri)
  assert.equal((await acme.newVisitor().open('/oauth/acme/callback')).status, 404)
})

test('a custom provider can use the callback path that was registered for an earlier app, and only that one', async t => {
  const acme = await withSettings(t, { ACME_CALLBACK_PATH: '/authorized' })
  await signIn(acme)
  assert.equal(onlyRequestTo(acme, '/authorize').query.get('redirect_uri'), `${acme.app.origin}/authorized`)
  assert.equal(onlyRequestTo(acme, '/token').form.get('redirect_uri'), `${acme.app.origin}/authorized`)
  assertRefused(await acme.newVisitor().open('/oauth/acme/callback?code=x&state=y'), 404, 'not_found')
  // A return there would run into a callback again.
  const visitor = acme.newVisitor()
  assert.equal((await visitor.follow('/login/acme?return_to=/authorized')).url, `${acme.app.origin}/`)
})

test('client_secret_post puts the secret into the form', async t => {
  const acme = await withSettings(t, { ACME_TOKEN_ENDPOINT_AUTH_METHOD: 'client_secret_post' })
  await signIn(acme)
  const { form, headers } = onlyRequestTo(acme, '/token')
  assert.deepEqual([form.get('client_id'), form.get('client_secret')], ['client-at-acme', 'secret-at-acme'])
  assert.equal(headers.authorization, undefined)
})

// All but letters, digits and `-._*` were encoded until P4, which servers that do not decode took for another secret.
test('P4 client_secret_basic encodes in id and secret only what a decoder would change', async t => {
  const acme = await withSettings(t, { ACME_CLIENT_ID: 'a:b c/d', ACME_CLIENT_SECRET: 'p%s:ö+/=~!&' })
  await signIn(acme)
  assert.equal(onlyRequestTo(acme, '/token').headers.authorization, basic('a%3Ab%20c/d', 'p%25s:%C3%B6%2B/=~!&'))
})

test('a client without a secret sends its id and PKCE', async t => {
  const acme = await withSettings(t, { ACME_TOKEN_ENDPOINT_AUTH_METHOD: 'none', ACME_CLIENT_SECRET: '' })
  await signIn(acme)
  const { form, headers } = onlyRequestTo(acme, '/token')
  assert.equal(form.get('client_id'), 'client-at-acme')
  assert.equal(form.has('client_secret'), false)
  assert.equal(form.has('code_verifier'), true)
  assert.equal(headers.authorization, undefined)
})

describe('Extra parameters', () => {
  test('extra parameters arrive at the authorization endpoint, once each', async t => {
    const acme = await withSettings(t, { ACME_AUTHORIZE_PARAMS: 'prompt=login&approval_prompt=auto' })
    await signIn(acme)
    const { query } = onlyRequestTo(acme, '/authorize')
    assert.deepEqual([query.getAll('prompt'), query.getAll('approval_prompt')], [['login'], ['auto']])
  })

  test('extra parameters arrive at the token endpoint', async t => {
    const acme = await withSettings(t, { ACME_TOKEN_PARAMS: 'audience=https%3A%2F%2Fapi.acme.example' })
    await signIn(acme)
    assert.deepEqual(onlyRequestTo(acme, '/token').form.getAll('audience'), ['https://api.acme.example'])
    assert.equal(onlyRequestTo(acme, '/authorize').query.has('audience'), false)
  })

  const OURS = [
    'client_id',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
    'nonce',
    'code_challenge',
    'oauth_token',
  ]
  for (const name of [
    ...OURS,
    'code_challenge_method',
    'response_mode',
    'request',
    'request_uri',
    'dpop_jkt',
    'STATE',
  ]) {
    test(`extra parameters may not set ${name}, and the start says so`, async () => {
      const refusal = (error: unknown) =>
        error instanceof ConfigError && error.message.includes('ACME_AUTHORIZE_PARAMS') && error.message.includes(name)
      await assert.rejects(tryToStart({ ACME_AUTHORIZE_PARAMS: `prompt=login&${name}=evil` }), refusal)
    })
  }

  for (const name of [
    'grant_type',
    'code',
    'code_verifier',
    'client_secret',
    'client_assertion_type',
    'refresh_token',
  ]) {
    test(`extra parameters may not set ${name} at the token endpoint`, async () => {
      await assert.rejects(tryToStart({ ACME_TOKEN_PARAMS: `${name}=evil` }), ConfigError)
    })
  }

  test("extra parameters in the authorization endpoint's own URL stay, unless they are the protocol's", async t => {
    const withQuery = (query: string) => (far: FakeProvider) => ({
      ACME_AUTHORIZE_URL: `${far.origin}/authorize?${query}`,
    })
    const acme = await withSettings(t, withQuery('theme=dark&color=%23fff'))
    await signIn(acme)
    const { query } = onlyRequestTo(acme, '/authorize')
    assert.deepEqual([query.getAll('theme'), query.getAll('color')], [['dark'], ['#fff']])
    await assert.rejects(tryToStart(withQuery('theme=dark&state=evil')), ConfigError)
  })

  test('extra parameters on the login URL choose nothing', async t => {
    const acme = await withSettings(t, { ACME_SCOPE: 'profile' })
    const asked = '/login/acme?scope=admin&state=evil&prompt=none&client_id=evil&redirect_uri=https://evil.example'
    await acme.newVisitor().follow(asked)
    const { query } = onlyRequestTo(acme, '/authorize')
    assert.deepEqual(query.getAll('scope'), ['profile'])
    assert.equal(query.has('prompt'), false)
    assert.doesNotMatch(String(query), /evil/)
  })
})

test('the scope is the one of the settings', async t => {
  const acme = await withSettings(t, { ACME_SCOPE: 'profile  email:read' })
  await signIn(acme)
  assert.equal(onlyRequestTo(acme, '/authorize').query.get('scope'), 'profile email:read')
})

test('what is asked for and where it is found without PKCE neither challenge nor verifier is sent, and the state still counts', async t => {
  const acme = await withSettings(t, { ACME_PKCE: 'off' })
  await signIn(acme)
  const { query } = onlyRequestTo(acme, '/authorize')
  assert.deepEqual([query.has('code_challenge'), query.has('code_challenge_method')], [false, false])
  assert.equal(onlyRequestTo(acme, '/token').form.has('code_verifier'), false)

  const stranger = acme.newVisitor()
  const { location = '' } = await stranger.open('/')
  const forged = new URL((await stranger.open(location)).location ?? '')
  forged.searchParams.set('state', 'a'.repeat(43))
  assertRefused(await stranger.open(forged.href), 400, 'attempt_missing')
  assert.equal(acme.far.calls('/token'), 1)
})

test('the parts of the profile are where the dotted paths lead', async t => {
  const acme = await withSettings(t, {
    ACME_SUBJECT_FIELD: 'data.ids.0',
    ACME_NAME_FIELD: 'data.person.full',
    ACME_LOGIN_FIELD: 'data.handle',
    ACME_EMAIL_FIELD: 'data.mails.0.address',
    ACME_EMAIL_VERIFIED_FIELD: 'data.mails.0.confirmed',
    ACME_PICTURE_FIELD: 'data.portrait',
  })
  const decoy = { id: 'wrong', sub: 'wrong', name: 'wrong', login: 'wrong', email: 'wrong@example.org' }
  acme.knows({
    ...decoy,
    data: {
      ids: ['s-1'],
      person: { full: 'Grace Hopper' },
      handle: 'grace',
      mails: [{ address: 'grace@example.org', confirmed: true }],
      portrait: 'https://acme.example/grace.png',
    },
  })
  const { id, ...user } = await signIn(acme)
  assert.deepEqual(user, {
    name: 'Grace Hopper',
    login: 'grace',
    email: 'grace@example.org',
    email_verified: true,
    picture: 'https://acme.example/grace.png',
    roles: [],
  })
  assert.deepEqual(await acme.sql('select subject, user_id from identities'), [{ subject: 's-1', user_id: id }])
})
