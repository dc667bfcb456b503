import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { base64url } from '../../oauth/signers.js'
import { onlyRequestTo, reply, signIn } from '../../support/acme-app.js'
import { ADA_AT_OP, type FakeOidc } from '../../support/fake-oidc.js'
import { type FakeHandler, json } from '../../support/fake-provider.js'
import { assertAccepted, assertRefusedWith, type OidcApp, startOidcApp } from '../../support/oidc-app.js'

let site: OidcApp
let op: FakeOidc
before(async () => {
  site = await startOidcApp()
  op = site.far
})
after(() => site.stop())
beforeEach(() => op.reset())

/** The ID token was good, and the user endpoint was asked; still nobody is signed in. */
async function assertUserRefused(code: string): Promise<void> {
  await assertRefusedWith(site, code)
  assert.equal(op.calls('/userinfo'), 1)
}

const SUBJECT = ADA_AT_OP.sub

describe('Userinfo of somebody else', () => {
  const subjects: [what: string, sub: unknown][] = [
    ['another', `${SUBJECT}invalid`],
    ['a part', SUBJECT.slice(1)],
    ['a number', Number(SUBJECT)],
    ['a list', [SUBJECT]],
    ['empty', ''],
    ['missing', undefined],
    ['null', null],
  ]
  for (const [what, sub] of subjects) {
    test(`UI-01 MX-12 oidcc-client-test-userinfo-invalid-sub: userinfo whose sub is ${what} signs no user in`, async () => {
      op.override({ user: { sub } })
      await assertUserRefused('subject_mismatch')
    })
  }

  test('UI-01 a sub in another case is another user', async () => {
    op.knows({ sub: 'ada' })
    op.override({ user: { sub: 'Ada' } })
    await assertUserRefused('subject_mismatch')
  })
})

test('UI-01 MX-12 userinfo of another user is not shown later on the profile page either', async () => {
  const visitor = site.newVisitor()
  await signIn(site, visitor)
  op.override({ user: { name: 'Ada by now' } })
  assert.match((await visitor.open('/profile')).text, /Ada by now/)
  op.override({ user: { sub: `${SUBJECT}invalid`, name: 'Somebody else' } })
  const { text } = await visitor.open('/profile')
  assert.doesNotMatch(text, /Somebody else/)
  assert.match(text, /What op told us when you signed in/)
})

const signed =
  (claims: object): FakeHandler =>
  async (seen, response) =>
    reply(await op.keys.rsa.sign(claims), { type: 'application/jwt' })(seen, response)

describe('A user endpoint that does not tell the person', () => {
  const broken: [name: string, code: string, handler: FakeHandler][] = [
    ['UI-02 401 although the ID token is good', 'provider_error', json({ error: 'invalid_token' }, 401)],
    ['UI-03 403', 'provider_error', json({}, 403)],
    ['UI-03 404', 'provider_error', json({}, 404)],
    ['UI-03 500', 'provider_error', reply('Oh no', { status: 500 })],
    ['UI-03 HTML', 'provider_malformed', reply('<h1>Hello</h1>', { type: 'text/html' })],
    ['UI-03 a list', 'provider_malformed', json([ADA_AT_OP])],
    ['UI-03 a redirect', 'provider_malformed', reply('', { status: 302, headers: { Location: '/me' } })],
    ['UI-03 10 MB', 'provider_malformed', reply(`{"x":"${'x'.repeat(10_000_000)}"}`)],
    ['UI-03 a broken connection', 'provider_unreachable', (_, response) => void response.destroy()],
  ]
  for (const [name, code, handler] of broken) {
    test(`a user endpoint that does not describe the user ${name} signs no user in`, async () => {
      op.on('/userinfo', handler)
      await assertUserRefused(code)
    })
  }

  test('UI-04 UI-05 oidcc-client-test-userinfo-signed: userinfo that is a JWT is refused, well signed or not', async () => {
    const good = { ...ADA_AT_OP, iss: op.issuer, aud: 'client-at-op' }
    const unsigned = `${base64url({ alg: 'none' })}.${base64url(good)}.`
    const responses = [
      signed(good),
      signed({ ...good, iss: 'https://evil.example' }),
      signed({ ...good, aud: 'somebody-else' }),
      reply(unsigned, { type: 'application/jwt' }),
      reply(unsigned),
      json(unsigned),
    ]
    for (const response of responses) {
      op.reset()
      op.on('/userinfo', response)
      await assertUserRefused('provider_malformed')
    }
  })
})

describe('What userinfo tells', () => {
  test('UI-11 oidcc-client-test-userinfo-bearer-header: userinfo (and -bearer-body) is requested with the token in the header alone', async () => {
    await assertAccepted(site)
    const { query, headers, body } = onlyRequestTo(site, '/userinfo')
    assert.match(headers.authorization ?? '', /^Bearer token-of-/)
    assert.deepEqual([query.size, body], [0, ''])
  })

  test('oidcc-client-test-aggregated-claims, oidcc-client-test-distributed-claims: what userinfo only refers to stays there', async () => {
    const elsewhere = {
      _claim_names: { address: 'one', email: 'two', groups: 'two' },
      _claim_sources: {
        one: { JWT: await op.keys.rsa.sign({ address: 'Nowhere 1' }) },
        two: { endpoint: `${op.origin}/distributed`, access_token: 'secret' },
      },
    }
    const user = await assertAccepted(site, { user: { ...elsewhere, email: undefined } })
    assert.equal(user.email, null)
    assert.equal(op.calls('/distributed'), 0)
  })

  const addresses: [what: string, email: unknown][] = [
    ['a list', ['ada@example.org']],
    ['an object', { value: 'ada@example.org' }],
    ['10 kB', `${'a'.repeat(10_000)}@example.org`],
    ['two lines', 'ada@example.org\r\nX-Evil: 1'],
    ['a NUL', 'ada\0@example.org'],
  ]
  for (const [what, email] of addresses) {
    test(`UI-06 an address that is ${what} is left out, and not taken for verified`, async () => {
      const user = await assertAccepted(site, { user: { email, email_verified: true } })
      assert.deepEqual([user.email, user.email_verified], [null, false])
    })
  }

  test('the flag of one place vouches for no address of the other', async () => {
    const user = await assertAccepted(site, { claims: { email: 'victim@example.org' } })
    assert.deepEqual([user.email, user.email_verified], ['victim@example.org', false])
  })

  test('ID-07 UI-09 a sub is a text and stays as it is, also one of twenty digits', async () => {
    const sub = '90071992547409931234'
    op.knows({ ...ADA_AT_OP, sub })
    await signIn(site)
    assert.deepEqual(await site.sql(`select subject from identities where subject = '${sub}'`), [{ subject: sub }])
  })

  for (const sub of ['0', '-1']) {
    test(`UI-09 a sub of ${sub} signs no user in`, async () => {
      op.knows({ ...ADA_AT_OP, sub })
      await assertRefusedWith(site, 'id_token_invalid')
      assert.equal(op.calls('/userinfo'), 0)
    })
  }
})

test('the profile page of a provider without a user endpoint shows the profile of the sign-in, without an error', async () => {
  const silent = await startOidcApp()
  try {
    const claims = { name: 'Ada Lovelace', email: 'ada@example.org', email_verified: true }
    silent.far.override({ metadata: { userinfo_endpoint: undefined }, claims })
    const visitor = silent.newVisitor()
    const page = await visitor.follow('/login/op?return_to=/profile')
    assert.match(page.text, /told us when you signed in/)
    assert.match(page.text, /Ada Lovelace/)
    assert.doesNotMatch((await visitor.open('/profile')).text, /no useful answer|is missing/)
    assert.equal(silent.far.calls('/userinfo'), 0)
  } finally {
    await silent.stop()
  }
})
