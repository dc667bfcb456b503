import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createKeyring } from '../../../src/crypto/keys.js'
import { createStore } from '../../../src/store/store.js'
import { type Acme, assertRefused, reply, startAcme } from '../../support/acme-app.js'
import { startApp } from '../../support/app.js'
import type { OidcOverrides } from '../../support/fake-oidc.js'
import { callbackUrl } from '../../support/fake-provider.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { ASKS, startOAuth1App } from '../../support/oauth1-app.js'
import { assertRefusedWith, startOidcApp } from '../../support/oidc-app.js'
import { whatHappened, whatToDo } from '../../support/page-notes.js'

let acme: Acme

before(async () => {
  acme = await startAcme()
})
after(() => acme.stop())
beforeEach(() => acme.reset())

/** Starts a sign-in, and answers the URL that the provider sends the browser back to. */
async function comeBack(visitor: HttpBrowser): Promise<string> {
  const start = await visitor.open('/login/acme?return_to=/profile')
  return callbackUrl(start.location ?? '')
}

test('another browser, which has cookies, but not that one', async () => {
  const other = acme.newVisitor()
  await other.open('/login/acme')
  const page = await other.open(await comeBack(acme.newVisitor()))
  assertRefused(page, 400, 'attempt_missing')
  assert.match(page.text, /belongs to another browser/)
  assert.equal(whatToDo(page), '')
})

test('a browser that keeps no cookies', async () => {
  const page = await acme.newVisitor().open(await comeBack(acme.newVisitor()))
  assertRefused(page, 400, 'attempt_missing')
  assert.match(page.text, /This browser sent no cookie/)
})

test('a changed host, and tells the operator the setting and both names', async () => {
  const { app } = acme
  const visitor = new HttpBrowser(app.origin.replace('localhost', '127.0.0.1'))
  const page = await visitor.open(await comeBack(visitor))
  assertRefused(page, 400, 'attempt_missing')
  assert.match(page.text, /began at another address/)
  assert.ok(page.text.includes(`You opened ${visitor.origin}, but PUBLIC_URL is ${app.origin}`), page.text)
})

describe('In local, the page says what to do, with the names of the settings', () => {
  const enter = async (visitor: HttpBrowser) => visitor.open(await comeBack(visitor))

  test('in local, the page says what to do, with the names of the settings of the credentials, when the provider refuses the exchange', async () => {
    acme.far.on('/token', reply('{"error":"invalid_client"}', { status: 401 }))
    const page = await enter(acme.newVisitor())
    assert.match(whatToDo(page), /ACME_CLIENT_ID or ACME_CLIENT_SECRET .* ACME_TOKEN_ENDPOINT_AUTH_METHOD/)
    assert.match(page.text, /Trying again will only help once/)
  })

  test('in local, the page says what to do, with the names of the settings of the endpoint that answered, when what comes back is a web page', async () => {
    acme.far.on('/user', reply('<!doctype html>', { type: 'text/html' }))
    assert.match(whatToDo(await enter(acme.newVisitor())), /Look at ACME_USER_URL\.$/)
  })

  test('B-36 in local, the page says what to do, with the names of the settings of the step that failed, with its URL and status, whatever the code of the error', async t => {
    const site = await startOidcApp()
    t.after(() => site.stop())
    site.far.on('/userinfo', reply('{}', { status: 404 }))
    const { page } = await assertRefusedWith(site, 'provider_error')
    assert.match(whatHappened(page), /^User endpoint \(http\S+\/userinfo\): The provider answered with status 404$/)
    assert.match(
      whatToDo(page),
      /^That address does not respond as expected. Look at OP_USER_URL, if it is set, or else OP_ISSUER/,
    )

    const lost = await startOidcApp({ settings: far => ({ OP_ISSUER: `${far.issuer}/nowhere` }) })
    t.after(() => lost.stop())
    const start = await lost.newVisitor().follow('/login/op')
    assertRefused(start, 502, 'provider_error')
    assert.match(
      whatHappened(start),
      /^Discovery \(http\S+\/nowhere\/\.well-known\/openid-configuration\): .*status 404$/,
    )
    assert.match(whatToDo(start), /OP_ISSUER .* OP_DISCOVERY_URL/)
  })

  test('in local, the page says what to do, with the names of the settings of the rules for ID tokens, where a provider speaks OpenID Connect', async t => {
    const site = await startOidcApp()
    t.after(() => site.stop())
    const adviceFor = async (code: string, bend: OidcOverrides) => {
      site.far.reset()
      site.far.override(bend)
      return whatToDo((await assertRefusedWith(site, code)).page)
    }
    assert.match(await adviceFor('id_token_invalid', { claims: { aud: 'somebody-else' } }), /OP_CLIENT_ID/)
    assert.match(await adviceFor('subject_mismatch', { user: { sub: 'somebody-else' } }), /OP_USER_URL and OP_ISSUER/)
    site.far.on('/token', reply('<!doctype html>', { type: 'text/html' }))
    assert.match(whatToDo(await site.newVisitor().follow('/')), /Look at OP_TOKEN_URL, if it is set, or else OP_ISSUER/)
  })

  test('in local, the page says what to do, with the names of the settings of the endpoint and the signature, where a provider speaks OAuth 1.0a', async t => {
    const trail = await startOAuth1App()
    t.after(() => trail.stop())
    const advice = async () => whatToDo(await trail.newVisitor().follow('/login/trail'))

    trail.far.on(ASKS, (_request, response) => void response.type('html').send('<!doctype html>'))
    assert.match(await advice(), /Look at TRAIL_REQUEST_TOKEN_URL/)
    trail.far.on(ASKS, (_request, response) => void response.status(401).send('oauth_problem=signature_invalid'))
    assert.match(await advice(), /TRAIL_CLIENT_SECRET or TRAIL_SIGNATURE_METHOD/)
  })

  test('in local, the page says what to do, with the names of the settings of the rules, when nobody lets the person in', async () => {
    const strict = await startAcme({ ALLOWED_USERS: 'subject:acme:nobody' })
    try {
      assert.match(whatToDo(await enter(strict.newVisitor())), /ALLOWED_USERS says who may sign in/)
    } finally {
      await strict.stop()
    }
  })
})

test('W9 keys that cannot be fetched are called unreachable, also within the minute in which they are not fetched again', async t => {
  const site = await startOidcApp()
  t.after(() => site.stop())
  await site.newVisitor().follow('/')
  site.far.on('/jwks', (_request, response) => void response.destroy())
  site.far.override({ header: { kid: 'a-key-that-is-new' } })
  for (const time of ['the first time', 'again']) {
    const { page } = await assertRefusedWith(site, 'provider_unreachable')
    assert.match(whatHappened(page), /^Keys of the provider: GET http\S+\/jwks failed/, time)
  }
})

test('W10 an answer without an issuer is not called that of another provider', async t => {
  const site = await startOidcApp()
  t.after(() => site.stop())
  site.far.override({ metadata: { authorization_response_iss_parameter_supported: true }, back: { iss: undefined } })
  const { page } = await assertRefusedWith(site, 'issuer_mismatch', 400)
  assert.match(page.text, /did not say who it is/)
  assert.doesNotMatch(page.text, /another provider/i)
})

test('W10 an answer of OAuth 1.0a without its verifier is not said to be without a code', async t => {
  const trail = await startOAuth1App()
  t.after(() => trail.stop())
  const visitor = trail.newVisitor()
  const start = await visitor.open('/login/trail')
  const token = new URL(start.location ?? '').searchParams.get('oauth_token') ?? ''
  const page = await visitor.open(`/oauth/trail/callback?oauth_token=${encodeURIComponent(token)}`)
  assertRefused(page, 400, 'code_missing')
  assert.match(page.text, /sent you back without the verifier/)
  assert.match(whatHappened(page), /came without the oauth_verifier$/)
})

test('outside local the page tells neither the cause nor a setting, and the log tells both under the request id', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-causes-'))
  const DATABASE_URL = `sqlite:${join(folder, 'vestibule.db')}`
  await migrated(DATABASE_URL)
  const app = await startApp({
    ...{ ENVIRONMENT: 'prod', PUBLIC_URL: 'https://app.example', ALLOWED_USERS: '*', PORT: '0' },
    ...{ SECRET_KEYS: randomBytes(32).toString('base64url'), PROVIDERS: 'github', DEFAULT_PROVIDER: 'github' },
    ...{ GITHUB_CLIENT_ID: 'an-id', GITHUB_CLIENT_SECRET: 'the-secret-of-github', DATABASE_URL },
  })
  try {
    const listening = `http://127.0.0.1:${app.port}`
    const page = await new HttpBrowser(listening).open('/oauth/github/callback?state=unknown&code=ada')
    assertRefused(page, 400, 'attempt_missing')
    assert.doesNotMatch(page.text, /What happened|What to do|PUBLIC_URL|No attempt|errors\.md/)
    const id = /request <code>([\w-]+)<\/code>/.exec(page.text)?.[1] ?? ''
    const line =
      app
        .logged()
        .split('\n')
        .find(each => each.includes(id)) ?? '{}'
    assert.match(JSON.parse(line).cause, /^No attempt of this browser fits the state/)
  } finally {
    await app.stop()
    rmSync(folder, { recursive: true })
  }
})

async function migrated(url: string): Promise<void> {
  const store = createStore(url, createKeyring([randomBytes(32).toString('base64url')]).sealer('provider-token'))
  await store.migrate()
  await store.close()
}
