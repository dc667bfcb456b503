// <NAME>_USER_URL=none: the ID token alone says who it is.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { assertRefused, reply, sessionOf, signIn } from '../../support/acme-app.js'
import type { Settings } from '../../support/app.js'
import { addPage } from '../../support/developer-page.js'
import { ADA_AT_OP } from '../../support/fake-oidc.js'
import { json } from '../../support/fake-provider.js'
import { type OidcApp, startOidcApp } from '../../support/oidc-app.js'

const HOUR = 3_600_000
const IN_THE_ID_TOKEN = { name: 'Ada of the ID token', email: 'ada@example.org', email_verified: true }

async function newSite(t: TestContext, settings: Settings, now: () => number = Date.now): Promise<OidcApp> {
  const site = await startOidcApp({ settings, overrides: { now } })
  t.after(() => site.stop())
  return site
}

test('B-40 with USER_URL=none, the user endpoint is never called, at the sign-in or on the profile page, though the metadata name one', async t => {
  const site = await newSite(t, { OP_USER_URL: 'none', ALLOWED_USERS: 'domain:example.org' })
  site.far.on('/userinfo', json({ message: 'for another API' }, 401))
  site.far.override({ claims: IN_THE_ID_TOKEN })
  const visitor = site.newVisitor()
  const user = await signIn(site, visitor)
  assert.deepEqual([user.name, user.email, user.email_verified], ['Ada of the ID token', 'ada@example.org', true])
  const [identity] = await site.sql('select subject from identities')
  assert.equal(identity?.subject, ADA_AT_OP.sub)
  const page = await visitor.open('/profile')
  assert.equal(page.status, 200)
  assert.doesNotMatch(page.text, /<code>/)
  assert.equal(site.far.calls('/userinfo'), 0)
})

test('B-40 with USER_URL=none, an ID token with the subject alone signs in an admitted user, without a name', async t => {
  const site = await newSite(t, { OP_USER_URL: 'none', ALLOWED_USERS: `subject:op:${ADA_AT_OP.sub}` })
  const user = await signIn(site)
  assert.deepEqual([user.name, user.login, user.email, user.email_verified], [null, null, null, false])
  site.far.override({ claims: { sub: 'somebody else' } })
  assertRefused(await site.newVisitor().follow('/'), 403, 'not_admitted')
})

test('B-40 with USER_URL=none the user endpoint is not called after a refresh either, with or without a new ID token', async t => {
  let clock = Date.now()
  const rules = { ALLOWED_USERS: 'domain:example.org', ROLE_RULES: 'admin=email:ada@example.org' }
  const site = await newSite(t, { OP_USER_URL: 'none', ...rules }, () => clock)
  const ask = addPage(site.app)
  const visitor = site.newVisitor()
  const token = () => ask(visitor, async ctx => (await ctx.provider('op').token) !== undefined)
  site.far.override({ claims: IN_THE_ID_TOKEN, refresh: { claims: IN_THE_ID_TOKEN } })
  await signIn(site, visitor)
  for (const refresh of [{ claims: IN_THE_ID_TOKEN }, { token: { id_token: undefined } }]) {
    site.far.override({ refresh })
    clock += HOUR
    assert.equal((await token()).status, 200)
    assert.deepEqual((await sessionOf(visitor)).user.roles, ['admin'])
  }
  assert.equal(site.far.refreshes.granted, 2)

  // What a new ID token says counts, as the user endpoint's word would.
  site.far.override({ refresh: { claims: { ...IN_THE_ID_TOKEN, email: 'ada@elsewhere.example' } } })
  clock += HOUR
  assert.equal((await token()).status, 403)
  assert.deepEqual(await sessionOf(visitor), { signed_in: false })
  assert.equal(site.far.calls('/userinfo'), 0)
})

for (const status of [401, 403]) {
  test(`B-40 a user endpoint that refuses the token of the sign-in with ${status} refuses the sign-in, and the log names USER_URL=none`, async t => {
    const site = await newSite(t, {})
    site.far.on('/userinfo', reply('', { status }))
    const visitor = site.newVisitor()
    const page = await visitor.follow('/')
    assertRefused(page, 502, 'provider_error')
    assert.equal(visitor.sessionCookie, undefined)
    const hint = `status ${status}; with OP_USER_URL=none the ID token alone says who it is`
    assert.ok(site.app.logged().includes(hint), site.app.logged())
  })
}

test('B-40 another status of the user endpoint, or a refusal of the token endpoint, does not make the log name USER_URL=none', async t => {
  const site = await newSite(t, {})
  for (const [path, status] of [
    ['/userinfo', 400],
    ['/userinfo', 404],
    ['/userinfo', 500],
    ['/token', 401],
  ] as const) {
    site.far.reset()
    site.far.on(path, json({ error: 'invalid_client' }, status))
    assertRefused(await site.newVisitor().follow('/'), 502, 'provider_error')
  }
  assert.ok(!site.app.logged().includes('USER_URL=none'), site.app.logged())
})
