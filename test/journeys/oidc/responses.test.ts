import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { assertRefused, countRows, sessionOf } from '../../support/acme-app.js'
import type { FakeOidc, OidcOverrides } from '../../support/fake-oidc.js'
import { json } from '../../support/fake-provider.js'
import type { HttpBrowser } from '../../support/http-browser.js'
import {
  assertAccepted,
  assertIdTokenRefused,
  assertRefusedWith,
  comeBack,
  type OidcApp,
  startOidcApp,
} from '../../support/oidc-app.js'

const ALWAYS_SAYS_ISS = { authorization_response_iss_parameter_supported: true }

let site: OidcApp
let op: FakeOidc
before(async () => {
  site = await startOidcApp()
  op = site.far
})
after(() => site.stop())
beforeEach(() => op.reset())

/** What the browser brings back is refused: the code stays unspent, and nobody is there. */
async function assertUnspent(callback: URL, visitor: HttpBrowser, status: number, code: string): Promise<void> {
  const before = await countRows(site)
  assertRefused(await visitor.open(callback.href), status, code)
  assert.equal(op.calls('/token') + op.calls('/userinfo'), 0)
  assert.deepEqual(await sessionOf(visitor), { signed_in: false })
  assert.deepEqual(await countRows(site), before)
}

describe('What the browser brings back', () => {
  test('ensure-authorization-response-with-invalid-state-fails, ensure-authorization-response-with-invalid-missing-state-fails: a callback with a wrong state, or none, is refused', async () => {
    const visitor = site.newVisitor()
    const callback = await comeBack(visitor)
    const state = callback.searchParams.get('state')
    callback.searchParams.set('state', `${state}1`)
    await assertUnspent(callback, visitor, 400, 'attempt_missing')
    callback.searchParams.delete('state')
    await assertUnspent(callback, visitor, 400, 'state_missing')
  })

  const issuers: [how: string, change: (issuer: string) => string][] = [
    ['with a character more', issuer => `${issuer}1`],
    ['with a slash at its end', issuer => `${issuer}/`],
    ['in capitals', issuer => issuer.toUpperCase()],
    ['that is empty', () => ''],
    ['of somebody else', () => 'https://evil.example'],
  ]
  for (const [how, change] of issuers) {
    test(`MX-01 invalid-authorization-response-iss: a callback with an issuer ${how} is refused`, async () => {
      const visitor = site.newVisitor()
      const callback = await comeBack(visitor)
      callback.searchParams.set('iss', change(op.issuer))
      await assertUnspent(callback, visitor, 400, 'issuer_mismatch')
      callback.searchParams.set('error', 'access_denied')
      await assertUnspent(callback, visitor, 400, 'issuer_mismatch')
      // It was somebody else's, so the real answer may still come.
      callback.searchParams.delete('error')
      callback.searchParams.set('iss', op.issuer)
      assert.equal((await visitor.open(callback.href)).status, 303)
    })
  }

  test('MX-02 remove-authorization-response-iss: a callback without issuer is refused, where the metadata promise one', async () => {
    const promising = await startOidcApp()
    try {
      promising.far.override({ metadata: ALWAYS_SAYS_ISS })
      await assertRefusedWith(promising, 'issuer_mismatch', 400)
      assert.equal(promising.far.calls('/token'), 0)
      await assertAccepted(promising, { metadata: ALWAYS_SAYS_ISS, back: { iss: promising.far.issuer } })
    } finally {
      await promising.stop()
    }
  })

  for (const name of ['code', 'state', 'iss', 'error', 'whatever']) {
    test(`a callback with ${name} twice is refused, also with two equal values`, async () => {
      const visitor = site.newVisitor()
      const callback = await comeBack(visitor)
      const value = callback.searchParams.get(name) ?? (name === 'iss' ? op.issuer : 'access_denied')
      callback.searchParams.set(name, value)
      callback.searchParams.append(name, value)
      await assertUnspent(callback, visitor, 400, 'request_malformed')
    })
  }

  for (const name of ['response', 'id_token', 'token', 'access_token']) {
    test(`a callback with ${name}, of another flow, is refused also with a valid code`, async () => {
      const visitor = site.newVisitor()
      const callback = await comeBack(visitor)
      callback.searchParams.set(name, 'x')
      await assertUnspent(callback, visitor, 400, 'request_malformed')
    })
  }

  test('an error of a callback is shown with its code, and not with a wrong state', async () => {
    op.override({ back: { code: undefined, error: 'server_error', error_description: 'Please come in' } })
    const visitor = site.newVisitor()
    const callback = await comeBack(visitor)
    await assertUnspent(new URL(callback.href.replace('state=', 'state=x')), visitor, 400, 'attempt_missing')
    await assertUnspent(callback, visitor, 502, 'provider_error')
    assert.match(site.app.logged(), /an error server_error/)
  })
})

const tokenResponses: readonly [name: string, token: object, code: string][] = [
  ['TK-12 without an ID token', { id_token: undefined }, 'id_token_invalid'],
  ['TK-12 with an ID token that is null', { id_token: null }, 'id_token_invalid'],
  // Since B-15 it is OpenID Connect that refuses these three, and no longer the reading of the token response.
  ['TK-13 an ID token that is a number', { id_token: 17 }, 'id_token_invalid'],
  ['TK-13 an ID token that is empty', { id_token: '' }, 'id_token_invalid'],
  ['TK-13 an ID token that is a list', { id_token: ['a.b.c'] }, 'id_token_invalid'],
  ['TK-13 an ID token of two parts', { id_token: 'a.b' }, 'id_token_invalid'],
  ['TK-13 an ID token of five parts', { id_token: 'a.b.c.d.e' }, 'id_token_invalid'],
  ['TK-13 an ID token of 100,000 characters', { id_token: 'a'.repeat(100_000) }, 'id_token_invalid'],
  ['TK-04 without an access token', { access_token: undefined }, 'provider_malformed'],
  ['TK-10 of another type', { token_type: 'DPoP' }, 'provider_malformed'],
  ['TK-03 with an error beside good tokens', { error: 'server_error' }, 'provider_error'],
]

describe('A token answer is refused, and the user endpoint is not called', () => {
  for (const [name, token, code] of tokenResponses) {
    test(name, async () => {
      await assertIdTokenRefused(site, { token }, code)
    })
  }

  test('TK-06 a token response that is a list or null is refused before the user endpoint is called', async () => {
    for (const body of [[], null, 'a text']) {
      op.on('/token', json(body))
      await assertRefusedWith(site, 'provider_malformed')
      assert.equal(op.calls('/userinfo'), 0)
    }
  })
})

// Each was refused until B-15: nobody needs these to sign in.
const unreadable: readonly [name: string, token: object][] = [
  ['TK-11 that expires before it begins', { expires_in: -1 }],
  ['TK-14 with a scope that is a list', { scope: ['openid'] }],
  ['TK-14 with a scope that is an object', { scope: {} }],
  ['TK-15 with a refresh token that is an object', { refresh_token: {} }],
]
describe('B-15 a token answer is taken', () => {
  for (const [name, token] of unreadable) {
    test(name, async () => {
      await assertAccepted(site, { token })
    })
  }
})

test('TK-11 an expires_in that is a string of digits is read as a number', async () => {
  await assertAccepted(site, { token: { expires_in: '3600' } } satisfies OidcOverrides)
})
