import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { assertRefused, countRows, sessionOf } from '../../support/acme-app.js'
import { ADA_AT_OP, type FakeOidc, startFakeOidc } from '../../support/fake-oidc.js'
import { callbackUrl, type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import { assertAccepted, assertIdTokenRefused, comeBack, type OidcApp, startOidcApp } from '../../support/oidc-app.js'

/** Another OpenID provider, and a plain one. */
let friend: FakeOidc
let plain: FakeProvider
let site: OidcApp
let op: FakeOidc
before(async () => {
  friend = await startFakeOidc()
  plain = await startFakeProvider()
  // `twin` is a second client of ours at the same issuer.
  const settings = (far: FakeOidc) => ({
    ...{ ...friend.settings('friend'), ...plain.settings('plain'), ...far.settings('twin'), ...far.settings('op') },
    PROVIDERS: 'op,twin,friend,plain',
    // Everybody here is Ada, at all of them, and each time another person.
    ACCOUNT_LINKING: 'never',
  })
  site = await startOidcApp({ settings })
  op = site.far
})
after(async () => {
  await site.stop()
  await friend.stop()
  await plain.stop()
})
beforeEach(() => {
  for (const far of [op, friend, plain]) far.reset()
})

for (const ignoresPkce of [false, true]) {
  const holder = ignoresPkce ? 'its nonce, where the provider does not look at PKCE' : 'PKCE, at the provider'
  test(`MX-07 a stolen code is refused by ${holder}, and signs in no user`, async () => {
    op.override({ ignoresPkce })
    const stolen = (await comeBack(site.newVisitor())).searchParams.get('code') ?? ''
    const thief = site.newVisitor()
    const own = await comeBack(thief)
    own.searchParams.set('code', stolen)
    const before = await countRows(site)
    assertRefused(await thief.open(own.href), 502, ignoresPkce ? 'id_token_invalid' : 'provider_error')
    assert.equal(op.calls('/token'), 1)
    assert.equal(op.calls('/userinfo'), 0)
    assert.deepEqual(await sessionOf(thief), { signed_in: false })
    assert.deepEqual(await countRows(site), before)
  })
}

test('MX-14 an ID token for another client of ours at the same issuer is refused', async () => {
  for (const aud of ['client-at-twin', ['client-at-twin'], ['client-at-op', 'client-at-twin']]) {
    await assertIdTokenRefused(site, { claims: { aud } })
  }
  await assertIdTokenRefused(site, { claims: { azp: 'client-at-twin' } })
})

test('MX-14 a valid ID token of another of our providers is refused, although its key is cached here', async () => {
  const visitor = site.newVisitor()
  assert.equal((await visitor.follow('/login/friend')).status, 200)
  const whole = (claims: object) => friend.keys.rsa.sign({ ...claims, iss: friend.issuer, aud: 'client-at-friend' })
  await assertIdTokenRefused(site, { idToken: whole })
  await assertIdTokenRefused(site, { idToken: claims => friend.keys.rsa.sign(claims) })
  await assertIdTokenRefused(site, { claims: { iss: friend.issuer } })
})

test('ID-05 the same sub at two issuers, or at two clients of one issuer, is two users', async () => {
  const ids = new Set<string>()
  for (const name of ['op', 'friend', 'twin']) {
    const visitor = site.newVisitor()
    assert.equal((await visitor.follow(`/login/${name}`)).status, 200)
    ids.add((await sessionOf(visitor)).user.id)
  }
  assert.equal(ids.size, 3)
  const rows = await site.sql(`select provider, issuer from identities where subject = '${ADA_AT_OP.sub}' order by 1`)
  assert.deepEqual(rows, [
    { provider: 'friend', issuer: friend.issuer },
    { provider: 'op', issuer: op.issuer },
    { provider: 'twin', issuer: op.issuer },
  ])
})

test('MX-01 a callback with the issuer of another of our providers is refused at both', async () => {
  const visitor = site.newVisitor()
  const callback = await comeBack(visitor)
  callback.searchParams.set('iss', friend.issuer)
  assertRefused(await visitor.open(callback.href), 400, 'issuer_mismatch')
  assertRefused(await visitor.open(callback.href.replace('/oauth/op/', '/oauth/friend/')), 400, 'attempt_missing')
  assert.equal(op.calls('/token') + friend.calls('/token'), 0)
})

test('MX-03 the issuer in a callback does not choose another provider', async () => {
  const visitor = site.newVisitor()
  const { location = '' } = await visitor.open('/login/plain')
  assert.equal((await visitor.open(callbackUrl(location, { code: 'ada', iss: op.issuer }))).status, 303)
  assert.equal(plain.calls('/token'), 1)
  assert.deepEqual([...op.requests, ...friend.requests], [])
})

test('MX-04 a response of one provider at the callback of another is refused before any request', async () => {
  const visitor = site.newVisitor()
  await comeBack(visitor, '/login/friend')
  const callback = await comeBack(visitor)
  for (const name of ['friend', 'twin', 'plain']) {
    assertRefused(await visitor.open(callback.href.replace('/oauth/op/', `/oauth/${name}/`)), 400, 'attempt_missing')
  }
  assert.equal(op.calls('/token') + friend.calls('/token') + plain.calls('/token'), 0)
  await assertAccepted(site)
})
