// OpenID servers that people run, with what they once failed by here; what is still refused names the cause and the way out.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { doorkeeper, glewlwyd, lemonldap, signedWithHs256, zitadel } from '../../fixtures/real-servers/openid.js'
import { assertRefused, reply, signIn } from '../../support/acme-app.js'
import { ADA_AT_OP, type FakeOidc, type OidcOverrides } from '../../support/fake-oidc.js'
import { makeLogoutToken, postLogoutToken } from '../../support/fake-oidc-logout.js'
import { isSignedIn, openForLogout, openSignedInBrowser } from '../../support/logout-app.js'
import {
  assertAccepted,
  assertIdTokenRefused,
  assertRefusedWith,
  type OidcApp,
  startOidcApp,
} from '../../support/oidc-app.js'
import { whatToDo } from '../../support/page-notes.js'

test('P2 Glewlwyd: a sign-out there ends the session here, although its logout token has no exp', async t => {
  const site = await startOidcApp()
  t.after(() => site.stop())
  const op = site.far
  openForLogout(site)
  op.override(glewlwyd.signIn(op))
  const ada = await openSignedInBrowser(site)
  const token = await makeLogoutToken(op, ada.session, glewlwyd.logoutToken(op))
  const url = `${site.app.origin}/oauth/op/backchannel-logout`
  assert.equal((await postLogoutToken(url, token)).status, 200)
  assert.equal(await isSignedIn(ada), false)
  // Once more it ends nothing: its jti was noted.
  const again = await openSignedInBrowser(site)
  await postLogoutToken(url, token)
  assert.equal(await isSignedIn(again), true)
})

describe('OpenID servers with the usual settings', () => {
  let site: OidcApp
  let op: FakeOidc
  before(async () => {
    site = await startOidcApp()
    op = site.far
  })
  after(() => site.stop())

  /** Both the log and the page of local say what it was, and what helps. */
  async function assertRefusedInWords(bend: OidcOverrides, words: RegExp, hint: RegExp): Promise<void> {
    const page = await assertIdTokenRefused(site, bend)
    assert.match(site.app.logged(), words)
    assert.match(whatToDo(page), hint)
  }

  test('P3 Zitadel and LemonLDAP::NG: other audiences are refused without the setting, and named', async () => {
    const setting = /list them in OP_AUDIENCES/
    const named =
      /for others too: \\"348291000000000101@acme\\", \\"348291000000000102@acme\\", \\"348290000000000001\\"/
    await assertRefusedInWords(zitadel(op), named, setting)
    await assertRefusedInWords(lemonldap.otherAudiences(op), /too: \\"https:\/\/api.acme.example\\"; OP_AUD/, setting)
  })

  test('P5 LemonLDAP::NG, django-oauth-toolkit and authentik: an ID token with a MAC is refused, and named', async () => {
    const hint = /has to sign ID tokens with RS256 or ES256 for this client.* OP_ID_TOKEN_ALG cannot/
    await assertRefusedInWords(
      lemonldap.signedWithHs512(),
      /signed with HS512, .*: let the provider sign with RS256/,
      hint,
    )
    await assertRefusedInWords(signedWithHs256, /signed with HS256, .*: let the provider sign with RS256/, hint)
  })

  test('P6 Doorkeeper: a nonce that was lost is called missing, and the setting is named', async () => {
    await assertRefusedInWords(doorkeeper, /has no nonce, although one was sent; .* OP_NONCE=off/, /set OP_NONCE=off/)
  })

  test('P7 LemonLDAP::NG: consent that was refused is the word of the person, and no fault of the provider', async () => {
    op.reset()
    op.override({ back: lemonldap.consentRefused })
    const { page } = await assertRefusedWith(site, 'provider_denied', 403)
    assert.match(page.text, /consent not given/)
  })

  test('P7 an error at the authorization is not about the secret', async () => {
    op.reset()
    const adviceFor = async (error: string) => {
      op.reset()
      op.override({ back: { code: undefined, error } })
      return whatToDo((await assertRefusedWith(site, 'provider_error')).page)
    }
    assert.match(await adviceFor('invalid_scope'), /^OP_SCOPE asks for a scope/)
    const advice = await adviceFor('invalid_request')
    assert.match(
      advice,
      /client secret is not the cause. .* callback URL .*: http\S+callback. .*OP_CLIENT_ID, OP_SCOPE/,
    )
  })

  test('P9 an issuer with a slash too much in the metadata comes with advice of its own', async t => {
    const other = await startOidcApp({ settings: far => ({ OP_ISSUER: `${far.issuer}/` }) })
    t.after(() => other.stop())
    const page = await other.newVisitor().follow('/login/op')
    assertRefused(page, 502, 'provider_malformed')
    assert.match(whatToDo(page), /counts to the letter, a slash at its end too. Write OP_ISSUER as the provider does/)
    assert.ok(other.app.logged().includes(`\\"${other.far.issuer}/\\" is configured`), other.app.logged())
  })

  test('P11 B-63 LemonLDAP::NG: signed userinfo is refused in words that say so, under whatever media type', async () => {
    for (const type of ['application/jwt', 'application/json', '']) {
      op.reset()
      const signed = await lemonldap.signedUserinfo(op, ADA_AT_OP.sub)
      op.on('/userinfo', reply(signed, { type }))
      const { page } = await assertRefusedWith(site, 'provider_malformed')
      assert.match(
        site.app.logged(),
        /a signed response \((?:application\/jwt|application\/json|no media type)\), .*plain JSON/,
      )
      assert.match(whatToDo(page), /Let it answer in plain JSON/)
      assert.ok(!(page.text + site.app.logged()).includes(signed))
    }
  })

  test('B-15 TK-13 what stands in place of an ID token is refused, and not taken for none', async () => {
    for (const id_token of ['', 'a.b', 1, true, ['a.b.c'], {}])
      await assertIdTokenRefused(site, { token: { id_token } })
  })

  test('B-15 a value of the metadata that is not needed and cannot be read is ignored', async () => {
    const metadata = {
      revocation_endpoint: '',
      end_session_endpoint: false,
      id_token_signing_alg_values_supported: 'RS256',
      token_endpoint_auth_methods_supported: {},
      authorization_response_iss_parameter_supported: 'false',
    }
    // A site of its own, because metadata are kept.
    const odd = await startOidcApp()
    try {
      await assertAccepted(odd, { metadata })
    } finally {
      await odd.stop()
    }
  })
})

test('P3 LemonLDAP::NG: an audience that is trusted is taken, with azp, also in logout tokens', async t => {
  const site = await startOidcApp({ settings: { OP_AUDIENCES: 'https://api.acme.example' } })
  t.after(() => site.stop())
  const op = site.far
  await assertAccepted(site, lemonldap.otherAudiences(op))
  await assertIdTokenRefused(site, zitadel(op))
  for (const azp of [undefined, 'https://api.acme.example', null]) {
    const idToken: OidcOverrides['idToken'] = claims =>
      op.keys.rsa.sign({ ...claims, aud: [claims.aud, 'https://api.acme.example'], azp })
    await assertIdTokenRefused(site, { idToken })
  }
  await assertIdTokenRefused(site, { claims: { aud: ['https://api.acme.example'], azp: 'client-at-op' } })

  openForLogout(site)
  const ada = await openSignedInBrowser(site)
  const post = async (claims: object) => {
    const aud = [ada.session.clientId, 'https://api.acme.example']
    const token = await makeLogoutToken(op, ada.session, { claims: { aud, ...claims } })
    return (await postLogoutToken(`${site.app.origin}/oauth/op/backchannel-logout`, token)).status
  }
  for (const claims of [{}, { azp: 'https://api.acme.example' }, { aud: ['https://api.acme.example'] }]) {
    assert.equal(await post(claims), 400)
  }
  assert.equal(await isSignedIn(ada), true)
  assert.equal(await post({ azp: ada.session.clientId }), 200)
  assert.equal(await isSignedIn(ada), false)
})

test('P3 Zitadel: with * any audience is taken beside us, and azp has to be us all the same', async t => {
  const site = await startOidcApp({ settings: { OP_AUDIENCES: '*' } })
  t.after(() => site.stop())
  const op = site.far
  await assertAccepted(site, zitadel(op))
  for (const claims of [
    { aud: ['other'] },
    { aud: ['other', 'client-at-op'] },
    { aud: ['client-at-op', 'o'], azp: 'o' },
  ]) {
    await assertIdTokenRefused(site, { claims })
  }
})

test('P6 Doorkeeper: with NONCE=off it signs in, and no nonce is sent', async t => {
  const site = await startOidcApp({ settings: { OP_NONCE: 'off' } })
  t.after(() => site.stop())
  site.far.override(doorkeeper)
  assert.ok(await signIn(site))
})

test('P7 where prompt=none was sent, a provider that would have to ask is no refusal of the person', async t => {
  const site = await startOidcApp({ settings: { OP_AUTHORIZE_PARAMS: 'prompt=none' } })
  t.after(() => site.stop())
  site.far.override({ back: { code: undefined, error: 'login_required' } })
  const { page } = await assertRefusedWith(site, 'provider_error')
  assert.match(whatToDo(page), /prompt=none is sent. Remove it from OP_AUTHORIZE_PARAMS/)
})
