// Apple posts the name of a person beside the code, unsigned, at the first consent only.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { newSigner } from '../../oauth/signers.js'
import { assertRefused, countRows, sessionOf } from '../../support/acme-app.js'
import type { FakeOidc, OidcOverrides } from '../../support/fake-oidc.js'
import { AS_A_PAGE, type HttpBrowser, hiddenFields } from '../../support/http-browser.js'
import { type OidcApp, startOidcApp } from '../../support/oidc-app.js'

let site: OidcApp
let op: FakeOidc
before(async () => {
  const { pem } = await newSigner('ES256')
  // Apple's row, with its quirks, at an issuer of ours; `other` has no word about what is posted.
  const apple = {
    APPLE_CLIENT_ID: 'client-at-apple',
    APPLE_KEY_ID: 'KEY',
    APPLE_TENANT: 'ABCDE12345',
    APPLE_PRIVATE_KEY: pem,
  }
  const settings = (far: FakeOidc) => ({
    ...{ ...far.settings('op'), ...apple, APPLE_ISSUER: far.issuer, APPLE_USER_URL: `${far.origin}/userinfo` },
    ...{ PROVIDERS: 'op,apple', OP_RESPONSE_MODE: 'form_post', ALLOWED_USERS: 'domain:example.org' },
  })
  site = await startOidcApp({ settings })
  op = site.far
})
after(() => site.stop())
beforeEach(async () => {
  // A name that is told once is kept.
  await site.sql('delete from users')
  op.reset()
  op.override({ ignoresPkce: true, user: { name: undefined } })
})

/** A sign-in whose answer is posted, with this `user` beside the code. */
async function enter(visitor: HttpBrowser, user: unknown, provider = 'apple') {
  const posted = typeof user === 'string' ? user : JSON.stringify(user)
  op.override({ back: { user: posted } } satisfies OidcOverrides)
  const { location = '' } = await visitor.open(`/login/${provider}`)
  const form = hiddenFields((await visitor.open(location)).text)
  assert.equal(form.user, posted)
  const path = new URL(new URL(location).searchParams.get('redirect_uri') ?? '').pathname
  const taken = await site.newVisitor().ask(path, { method: 'POST', form, headers: AS_A_PAGE })
  return visitor.open(taken.location ?? '')
}

async function personOf(user: unknown, provider?: string) {
  const visitor = site.newVisitor()
  const page = await enter(visitor, user, provider)
  assert.equal(page.status, 303, page.text)
  return (await sessionOf(visitor)).user
}

const VICTIM = {
  name: { firstName: 'Vic', lastName: 'Tim' },
  email: 'victim@example.org',
  email_verified: true,
  sub: '1',
}

test('ID-10 the name that is posted with a code is shown if the provider sends no other name', async () => {
  assert.equal((await personOf(VICTIM)).name, 'Vic Tim')
  op.override({ user: { name: 'Ada Lovelace' } })
  assert.equal((await personOf(VICTIM)).name, 'Ada Lovelace')
})

test('ID-10 what is posted with a code decides neither the identity, nor the address, nor who may sign in', async () => {
  const honest = await personOf({})
  const { id, email, email_verified } = await personOf(VICTIM)
  assert.deepEqual({ id, email, email_verified }, { id: honest.id, email: 'ada@example.org', email_verified: true })

  op.override({ user: { name: undefined, email: 'ada@elsewhere.example' } })
  const before = await countRows(site)
  const visitor = site.newVisitor()
  assertRefused(await enter(visitor, VICTIM), 403, 'not_admitted')
  assert.deepEqual(await countRows(site), before)

  op.override({ user: { name: undefined, email: undefined } })
  assertRefused(await enter(site.newVisitor(), VICTIM), 403, 'not_admitted')
})

for (const user of [
  '',
  '{',
  '[]',
  'null',
  '{"name":"Vic"}',
  '{"name":{"firstName":["Vic"]}}',
  '{"__proto__":{"name":{}}}',
]) {
  test(`ID-10 an unusable user that is posted with a code is ignored: ${user}`, async () => {
    assert.equal((await personOf(user)).name, null)
  })
}

test('ID-10 what is posted with a code is ignored at a provider that is not known to post it', async () => {
  assert.equal((await personOf(VICTIM, 'op')).name, null)
})
