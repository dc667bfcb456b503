// <NAME>_EMAIL_TRUSTED: a directory whose addresses count as verified, though it does not say so itself.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { PRESETS } from '../../../src/providers/catalog.js'
import { createProvider } from '../../../src/providers/create-provider.js'
import { settingsFor } from '../../providers/samples.js'
import { connect, connections, disconnect } from '../../support/account-actions.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { startApp } from '../../support/app.js'
import { type Ask, addPage } from '../../support/developer-page.js'
import type { Person } from '../../support/fake-oauth2.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { startOidcApp } from '../../support/oidc-app.js'
import {
  AT_ACME,
  AT_BOLT,
  personOf,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

const HOUR = 3_600_000
/** What a provider may say of an address without having verified it. */
const UNVERIFIED: readonly [what: string, email_verified: unknown][] = [
  ['nothing', undefined],
  ['false', false],
  ['null', null],
]
const adaAtBolt = (email_verified: unknown): Person => ({ ...AT_BOLT.ada, email_verified })

interface Row {
  user: unknown
  identity: unknown
}

/** Whether an address is verified, by the user's row and by the identity's, of each provider. */
async function verifiedRows({ sql }: TwoProviderApp): Promise<Record<string, Row>> {
  const rows = await sql(`select provider, users.email_verified as "user", identities.email_verified as "identity"
    from identities join users on users.id = identities.user_id`)
  return Object.fromEntries(
    rows.map(({ provider, user, identity }) => [
      String(provider),
      { user: Boolean(user), identity: Boolean(identity) },
    ]),
  )
}

for (const linking of ['ask', 'verified'] as const) {
  describe(`With ACCOUNT_LINKING=${linking}, an address of a provider with EMAIL_TRUSTED`, () => {
    let pair: TwoProviderApp
    before(async () => {
      pair = await startTwoProviderApp({ ACCOUNT_LINKING: linking, BOLT_EMAIL_TRUSTED: 'yes' })
    })
    after(() => pair.stop())
    beforeEach(async () => {
      await pair.sql('delete from users')
      pair.reset()
    })

    async function enter(provider: 'acme' | 'bolt', person: Person) {
      const visitor = pair.newVisitor()
      const page = await signInThrough(provider, pair, visitor, person)
      return { page, user: (await sessionOf(visitor)).user }
    }

    for (const [what, email_verified] of UNVERIFIED) {
      test(`B-11 with ACCOUNT_LINKING=${linking}, an address of a provider with EMAIL_TRUSTED of which it says ${what} counts as verified for the user, and the identity keeps what was said`, async () => {
        const { user } = await enter('bolt', adaAtBolt(email_verified))
        assert.deepEqual([user.email, user.email_verified], ['ada@example.org', true])
        assert.deepEqual(await verifiedRows(pair), { bolt: { user: true, identity: false } })
        // A later sign-in says it again.
        await enter('bolt', adaAtBolt(email_verified))
        assert.deepEqual(await verifiedRows(pair), { bolt: { user: true, identity: false } })
      })

      test(`B-11 with ACCOUNT_LINKING=${linking}, an address of a provider with EMAIL_TRUSTED of which it says ${what} joins no account, and no account is joined to it, either way round`, async () => {
        const [old, fresh] = [await enter('acme', AT_ACME.ada), await enter('bolt', adaAtBolt(email_verified))]
        assert.equal(fresh.page.status, 200, fresh.page.text)
        assert.notEqual(old.user.id, fresh.user.id)

        await pair.sql('delete from users')
        const [first, second] = [await enter('bolt', adaAtBolt(email_verified)), await enter('acme', AT_ACME.ada)]
        assert.equal(second.page.status, 200, second.page.text)
        assert.notEqual(first.user.id, second.user.id)
        assert.equal((await connections(pair)).length, 2)
      })
    }

    test(`B-11 with ACCOUNT_LINKING=${linking}, an address of a provider with EMAIL_TRUSTED that it says itself it has verified is asked about or joined as ever`, async () => {
      const old = await enter('acme', AT_ACME.ada)
      const { page, user } = await enter('bolt', adaAtBolt(true))
      if (linking === 'ask') assertRefused(page, 409, 'link_needed')
      else assert.equal(user.id, old.user.id)
    })

    test(`B-11 with ACCOUNT_LINKING=${linking}, an address of a provider with EMAIL_TRUSTED counts for that provider alone`, async () => {
      const { user } = await enter('acme', { ...AT_ACME.ada, email_verified: false })
      assert.equal(user.email_verified, false)
      assert.deepEqual(await verifiedRows(pair), { acme: { user: false, identity: false } })
    })

    test(`B-11 with ACCOUNT_LINKING=${linking}, EMAIL_TRUSTED makes no address for a user without one`, async () => {
      const { user } = await enter('bolt', { ...AT_BOLT.ada, email: null, email_verified: undefined })
      assert.deepEqual([user.email, user.email_verified], [null, false])
    })
  })
}

describe('Rules, hooks and the account of a provider with EMAIL_TRUSTED', () => {
  let pair: TwoProviderApp
  let ask: Ask
  let clock = Date.now()
  let heard: [hook: string, emailVerified: boolean][] = []
  before(async () => {
    const rules = { ALLOWED_USERS: 'domain:example.org,subject:bolt:9009', ROLE_RULES: 'admin=email:ada@example.org' }
    const settings = (acme: TwoProviderApp['acme'], bolt: TwoProviderApp['bolt']) => ({
      ...{ ...acme.laterSettings(), ...bolt.laterSettings(), ...rules },
      ...{ BOLT_EMAIL_TRUSTED: 'yes', SESSION_IDLE: '10d', SESSION_LIFETIME: '10d' },
    })
    pair = await startTwoProviderApp(settings, { now: () => clock })
    ask = addPage(pair.app)
    const { vestibule } = pair.app
    for (const hook of ['signing-in', 'signed-in', 'connected'] as const) {
      vestibule.on(hook, ({ profile }) => void heard.push([hook, profile.emailVerified]))
    }
  })
  after(() => pair.stop())
  beforeEach(async () => {
    await pair.sql('delete from users')
    pair.reset()
    clock += HOUR
    heard = []
  })

  for (const [what, email_verified] of UNVERIFIED) {
    test(`B-11 rules, hooks and the account of a provider with EMAIL_TRUSTED take an address of which it says ${what} for a verified one, and of no other provider`, async () => {
      const ada = pair.newVisitor()
      assert.equal((await signInThrough('bolt', pair, ada, adaAtBolt(email_verified))).status, 200)
      const { user } = await sessionOf(ada)
      assert.deepEqual([user.roles, user.email_verified], [['admin'], true])
      assert.deepEqual(heard, [
        ['signing-in', true],
        ['signed-in', true],
      ])
      const other = await signInThrough('acme', pair, pair.newVisitor(), { ...AT_ACME.ada, email_verified })
      assertRefused(other, 403, 'not_admitted')
    })
  }

  test('B-11 rules, hooks and the account of a provider with EMAIL_TRUSTED admit no address of another domain, and none that is not there', async () => {
    const elsewhere = personOf('eve', 9003, { email: 'ada@example.org.evil', email_verified: undefined })
    assertRefused(await signInThrough('bolt', pair, pair.newVisitor(), elsewhere), 403, 'not_admitted')
    const without = personOf('eve', 9003, { email: undefined, email_verified: true })
    assertRefused(await signInThrough('bolt', pair, pair.newVisitor(), without), 403, 'not_admitted')
    const bySubject = pair.newVisitor()
    const { status } = await signInThrough('bolt', pair, bySubject, personOf('mallory', 9009, { email: undefined }))
    const { user } = await sessionOf(bySubject)
    assert.deepEqual([status, user.email, user.email_verified, user.roles], [200, null, false, []])
  })

  test('B-11 rules, hooks and the account of a provider with EMAIL_TRUSTED see it in the same way after a refresh, and the identity still keeps what was said', async () => {
    pair.bolt.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
    const ada = pair.newVisitor()
    await signInThrough('bolt', pair, ada, adaAtBolt(undefined))
    const things = () => ask(ada, async ctx => (await ctx.provider('bolt').get('/things')).status)
    clock += HOUR
    assert.equal((await things()).result, 200)
    assert.deepEqual(pair.bolt.tokens.refreshes, { asked: 1, granted: 1 })
    assert.deepEqual((await sessionOf(ada)).user.roles, ['admin'])
    assert.deepEqual(await verifiedRows(pair), { bolt: { user: true, identity: false } })

    pair.bolt.setUser({ ...adaAtBolt(undefined), email: 'ada@elsewhere.example' })
    clock += HOUR
    assert.equal((await things()).status, 403)
    assert.deepEqual(await sessionOf(ada), { signed_in: false })
  })

  test('B-11 an account uses the remaining connections when one is removed', async () => {
    const ada = pair.newVisitor()
    await signInThrough('acme', pair, ada, AT_ACME.ada)
    // The older of two identities names the account.
    clock += 1_000
    pair.bolt.useBrowser(ada, adaAtBolt(false))
    await connect(ada, 'bolt')
    assert.deepEqual(heard.at(-1), ['connected', true])
    assert.deepEqual((await verifiedRows(pair)).bolt, { user: true, identity: false })
    await signInThrough('bolt', pair, ada, adaAtBolt(false))
    await disconnect(ada, pair, 'acme')
    assert.deepEqual(await verifiedRows(pair), { bolt: { user: true, identity: false } })
    assert.equal((await sessionOf(ada)).user.email_verified, true)
  })

  test('B-11 the profile page shows an address as verified because of EMAIL_TRUSTED', async () => {
    const ada = pair.newVisitor()
    await signInThrough('bolt', pair, ada, adaAtBolt(false))
    assert.match((await ada.open('/profile')).text, /<dt>E-mail<\/dt>.*verified<\/span>/)
  })
})

test('B-11 EMAIL_TRUSTED works for OpenID Connect, with and without a user endpoint', async t => {
  for (const userUrl of ['', 'none']) {
    const settings = { ALLOWED_USERS: 'domain:example.org', OP_EMAIL_TRUSTED: 'yes', OP_USER_URL: userUrl }
    const site = await startOidcApp({ settings })
    t.after(() => site.stop())
    site.far.knows({ sub: 'ada', email: 'ada@example.org' })
    site.far.override({ claims: { email: 'ada@example.org' } })
    const visitor = site.newVisitor()
    assert.equal((await visitor.follow('/')).status, 200)
    assert.equal((await sessionOf(visitor)).user.email_verified, true)
  }
})

test('B-11 EMAIL_TRUSTED works for OAuth 1.0a', async t => {
  const settings = { PROVIDERS: 'dev-oauth1', DEFAULT_PROVIDER: 'dev-oauth1', DEV_OAUTH1_EMAIL_TRUSTED: 'yes' }
  for (const [trusted, verified] of [
    ['yes', true],
    ['no', false],
  ] as const) {
    const app = await startApp({ ...settings, DEV_OAUTH1_EMAIL_TRUSTED: trusted })
    t.after(() => app.stop())
    const ada = new HttpBrowser(app.origin)
    await ada.signIn('ada')
    assert.equal((await sessionOf(ada)).user.email_verified, verified)
  }
})

test('B-11 EMAIL_TRUSTED works for every preset', () => {
  const rows = Object.entries(PRESETS).filter(([, row]) => !('createClientSecret' in row))
  for (const [name, row] of rows) {
    const settings = settingsFor(name, row)
    const trusted = createProvider({ ...settings, emailTrusted: true }, 'http://127.0.0.1:3001')
    const usual = createProvider(settings, 'http://127.0.0.1:3001')
    assert.deepEqual([trusted.emailTrusted, usual.emailTrusted], [true, undefined], name)
  }
})
