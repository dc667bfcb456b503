// What becomes of a new identity whose address an account has already, by ACCOUNT_LINKING.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { accountRows, connections, eventsOf } from '../../support/account-actions.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import type { Person } from '../../support/fake-oauth2.js'
import { type HttpBrowser, hrefsOf, type Page } from '../../support/http-browser.js'
import {
  AT_ACME,
  AT_BOLT,
  personOf,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

/**
 * `apart`: an account of its own. `stuck`: only the provider that has just answered could open the account, so the person
 * is sent to the operator. `shut`: the account is disabled, and nothing new is made beside it.
 */
type Outcome = 'asked' | 'stuck' | 'joined' | 'apart' | 'shut'

interface Situation {
  name: string
  /** As acme tells of the person who has the account. */
  old?: Person
  /** As bolt tells of who comes now. */
  fresh?: Person
  at?: 'acme' | 'bolt'
  /** Between the two, past the app. */
  meanwhile?: string | readonly string[]
  outcomes: Readonly<Record<'ask' | 'verified' | 'never', Outcome>>
}

const ALWAYS_APART = { ask: 'apart', verified: 'apart', never: 'apart' } as const
const BY_THE_SETTING = { ask: 'asked', verified: 'joined', never: 'apart' } as const
const adaAtAcme = (changes: Person): Person => ({ ...AT_ACME.ada, ...changes })
const adaAtBolt = (changes: Person): Person => ({ ...AT_BOLT.ada, ...changes })

const SITUATIONS: readonly Situation[] = [
  { name: 'ID-01 an address that both have verified', outcomes: BY_THE_SETTING },
  {
    name: 'ID-01 an address that both have verified, in other letters',
    old: adaAtAcme({ email: 'Ada@Example.org' }),
    fresh: adaAtBolt({ email: 'aDA@eXAMPLE.ORG' }),
    outcomes: BY_THE_SETTING,
  },
  ...[false, 'false', 0, 1, null, undefined].map(email_verified => ({
    name: `ID-01 an address whose verification is ${JSON.stringify(email_verified)} where the new one comes from`,
    fresh: adaAtBolt({ email_verified }),
    outcomes: ALWAYS_APART,
  })),
  {
    name: 'ID-02 an address that the account has not verified',
    old: adaAtAcme({ email_verified: false }),
    outcomes: ALWAYS_APART,
  },
  {
    name: 'ID-02 an address that nobody has verified',
    old: adaAtAcme({ email_verified: false }),
    fresh: adaAtBolt({ email_verified: false }),
    outcomes: ALWAYS_APART,
  },
  { name: 'ID-04 an equal login, and no address', fresh: adaAtBolt({ email: null }), outcomes: ALWAYS_APART },
  {
    name: 'ID-04 an address that begins alike',
    fresh: adaAtBolt({ email: 'ada@example.org.evil' }),
    outcomes: ALWAYS_APART,
  },
  {
    name: 'another person of the same provider, with the same verified address',
    at: 'acme',
    fresh: personOf('successor', 77, { email: 'ada@example.org' }),
    outcomes: { ...BY_THE_SETTING, ask: 'stuck' },
  },
  {
    name: 'two accounts that have verified the address',
    meanwhile: "update identities set email = 'ada@example.org'",
    outcomes: { ask: 'asked', verified: 'asked', never: 'apart' },
  },
  {
    name: 'ID-11 an account that is disabled',
    meanwhile: "update users set disabled_at = 1 where login = 'ada'",
    outcomes: { ask: 'shut', verified: 'shut', never: 'apart' },
  },
  {
    name: 'an account whose provider has gone from PROVIDERS, so that nobody can sign in to it',
    meanwhile: "update identities set provider = 'gone' where subject = '1'",
    outcomes: { ask: 'apart', verified: 'joined', never: 'apart' },
  },
  {
    name: 'ID-11 an account that is disabled, and whose provider has gone from PROVIDERS',
    meanwhile: [
      "update users set disabled_at = 1 where login = 'ada'",
      "update identities set provider = 'gone' where subject = '1'",
    ],
    outcomes: { ask: 'shut', verified: 'shut', never: 'apart' },
  },
]

for (const setting of ['ask', 'verified', 'never'] as const) {
  describe(`ACCOUNT_LINKING=${setting} and a new identity with`, () => {
    let pair: TwoProviderApp
    let clock = Date.now()
    before(async () => {
      pair = await startTwoProviderApp({ ACCOUNT_LINKING: setting }, { now: () => clock++ })
    })
    after(() => pair.stop())
    beforeEach(async () => {
      await pair.sql('delete from users')
      pair.reset()
      clock = Date.now()
    })

    for (const { name, old = AT_ACME.ada, fresh = AT_BOLT.ada, at = 'bolt', meanwhile, outcomes } of SITUATIONS) {
      const outcome = outcomes[setting]
      test(`ACCOUNT_LINKING=${setting} and a new identity with ${name}: ${outcome}`, async () => {
        const before = await signIn('acme', old)
        await signIn('acme', AT_ACME.grace)
        for (const statement of [meanwhile ?? []].flat()) await pair.sql(statement)
        const rows = await accountRows(pair)
        const visitor = pair.newVisitor()
        const page = await signInThrough(at, pair, visitor, fresh)
        await EXPECTED[outcome]({ pair, page, visitor, owner: before, rows })
      })
    }

    async function signIn(provider: 'acme' | 'bolt', person: Person): Promise<string> {
      const visitor = pair.newVisitor()
      const page = await signInThrough(provider, pair, visitor, person)
      assert.equal(page.status, 200, page.text)
      return (await sessionOf(visitor)).user.id
    }
  })
}

interface Came {
  pair: TwoProviderApp
  page: Page
  visitor: HttpBrowser
  /** The user who has the address already. */
  owner: string
  /** All that was there before. */
  rows: unknown
}

const EXPECTED: Readonly<Record<Outcome, (came: Came) => Promise<void>>> = {
  async asked({ pair, page, visitor, rows }) {
    assertRefused(page, 409, 'link_needed')
    const hrefs = hrefsOf(page).filter(href => href.includes('join='))
    assert.deepEqual(
      hrefs.map(href => new URL(href).pathname),
      ['/login/acme'],
    )
    assert.match(page.text, /Sign in with acme/)
    assert.deepEqual(await accountRows(pair), rows)
    assert.deepEqual(await sessionOf(visitor), { signed_in: false })
  },
  async stuck({ pair, page, visitor, rows }) {
    assertRefused(page, 409, 'link_needed')
    assert.doesNotMatch(page.text, /Sign in with acme|join=/)
    assert.match(page.text, /Ask an administrator of this site/)
    assert.deepEqual(await accountRows(pair), rows)
    assert.deepEqual(await sessionOf(visitor), { signed_in: false })
  },
  async joined({ pair, visitor, owner }) {
    assert.equal((await sessionOf(visitor)).user.id, owner)
    assert.equal((await connections(pair)).length, 3)
    assert.equal((await pair.sql('select id from users')).length, 2)
    const provider = (await sessionOf(visitor)).provider
    assert.deepEqual((await eventsOf(pair, owner)).slice(-2), [`connected ${provider}`, `signed-in ${provider}`])
  },
  async apart({ pair, visitor, owner }) {
    const { id } = (await sessionOf(visitor)).user
    assert.notEqual(id, owner)
    assert.equal((await pair.sql('select id from users')).length, 3)
    const { provider } = await sessionOf(visitor)
    assert.deepEqual(await eventsOf(pair, id), [`signed-in ${provider} new_account`])
  },
  async shut({ pair, page, owner, rows }) {
    assertRefused(page, 403, 'account_disabled')
    assert.deepEqual(await accountRows(pair), rows)
    assert.deepEqual((await eventsOf(pair, owner)).at(-1), 'sign-in-refused bolt account_disabled')
  },
}
