// Where a new identity has the address of an account that its person cannot sign in to in the way they did before.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { connect } from '../../support/account-actions.js'
import { type Acme, assertRefused, sessionOf, startAcme, startBeside } from '../../support/acme-app.js'
import { ADA_AT_OP, startFakeOidc } from '../../support/fake-oidc.js'
import { hrefsOf, type Page } from '../../support/http-browser.js'
import { renameFakeOidc } from '../../support/renamed-fake-oidc.js'
import {
  AT_ACME,
  AT_BOLT,
  personOf,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

function lastCause({ app }: Pick<Acme, 'app'>): string {
  const lines = app.logged().trimEnd().split('\n')
  const line = lines.map(text => JSON.parse(text)).findLast(({ error }) => error !== undefined)
  return line?.cause ?? assert.fail('No refusal was logged')
}

/** No link that goes on to connect the identity, and no button of the provider. */
function assertOffersNothingToConnect(page: Page): void {
  assert.deepEqual(
    hrefsOf(page).filter(href => href.includes('join=')),
    [],
  )
  assert.doesNotMatch(page.text, /Sign in with/)
  assert.match(page.text, /Ask an administrator of this site/)
}

describe('An account that only the provider opens that has just answered', () => {
  let pair: TwoProviderApp
  let clock = Date.now()
  before(async () => {
    pair = await startTwoProviderApp({ ACCOUNT_LINKING: 'ask' }, { now: () => clock++ })
  })
  after(() => pair.stop())
  beforeEach(async () => {
    await pair.sql('delete from users')
    pair.reset()
    clock = Date.now()
  })
  const NEW = personOf('ada', 77, { email: 'Ada@example.org' })
  const signIn = async (person = AT_ACME.ada) => {
    const visitor = pair.newVisitor()
    await signInThrough('acme', pair, visitor, person)
    return { visitor, id: String((await sessionOf(visitor)).user.id) }
  }

  test('B-03 a page says that only the provider of the refused sign-in opens the account, and the log has the ids and the remedy', async () => {
    const { id } = await signIn()
    const [identity] = await pair.sql('select id from identities')
    const page = await signInThrough('acme', pair, pair.newVisitor(), NEW)
    assertRefused(page, 409, 'link_needed')
    assertOffersNothingToConnect(page)
    assert.match(page.text, /made with another account of acme/)
    assert.match(page.text, /acme gives the same answer/i)
    const cause = lastCause(pair)
    assert.ok(
      cause.startsWith(
        `A new identity of acme (subject 77) has the verified address of user ${id} (identity ${identity?.id} of acme, subject 1). `,
      ),
      cause,
    )
    assert.match(cause, /ACCOUNT_LINKING=verified/)
    assert.ok(cause.endsWith(`vestibule users delete ${id}`), cause)
    assert.doesNotMatch(cause, /ada@/i)
  })

  test('B-03 the command of the log links an account that only the provider of the refused sign-in opens', async t => {
    const { id } = await signIn()
    const joined = await startAcme({
      ...pair.acme.settings('acme'),
      DATABASE_URL: pair.databaseUrl,
      ACCOUNT_LINKING: 'verified',
    })
    t.after(() => joined.stop())
    const visitor = joined.newVisitor()
    pair.acme.useBrowser(visitor, NEW)
    await visitor.follow('/')
    assert.equal((await sessionOf(visitor)).user.id, id)
  })

  test('B-03 an account that another provider opens too is offered with that provider, and not with the one of the refused sign-in', async () => {
    const { visitor } = await signIn()
    pair.bolt.useBrowser(visitor, AT_BOLT.ada)
    await connect(visitor, 'bolt')
    const browser = pair.newVisitor()
    pair.bolt.useBrowser(browser, AT_BOLT.ada)
    const page = await signInThrough('acme', pair, browser, NEW)
    assertRefused(page, 409, 'link_needed')
    const ways = hrefsOf(page).filter(href => href.includes('join='))
    assert.deepEqual(
      ways.map(href => new URL(href).pathname),
      ['/login/bolt'],
    )
    assert.match((await browser.follow(ways[0] ?? '')).text, /acme is connected/)
    assert.doesNotMatch(lastCause(pair), /users delete/)
  })

  test('A4 a disabled account keeps its claim on the address: the page says so, and the log how to end that', async () => {
    for (const provider of ['acme', 'bolt'] as const) {
      await pair.sql('delete from users')
      const { id } = await signIn()
      await pair.sql(`update users set disabled_at = 1 where id = '${id}'`)
      const page = await signInThrough(provider, pair, pair.newVisitor(), provider === 'acme' ? NEW : AT_BOLT.ada)
      assertRefused(page, 403, 'account_disabled')
      assertOffersNothingToConnect(page)
      assert.match(page.text, /<h1>Your e-mail address belongs to a disabled account<\/h1>/)
      assert.match(
        lastCause(pair),
        new RegExp(`vestibule users enable ${id}; to set the address free: vestibule users delete ${id}$`),
      )
      assert.equal((await pair.sql('select id from users')).length, 1)
    }
  })

  test('A4 a deleted account claims no address', async () => {
    const { id } = await signIn()
    await pair.sql(`delete from users where id = '${id}'`)
    assert.equal((await signInThrough('acme', pair, pair.newVisitor(), NEW)).status, 200)
  })

  test('B-03 the log says how to merge two accounts with one address, and a disabled one is not offered', async () => {
    const ada = await signIn()
    clock += 1_000
    const grace = await signIn(AT_ACME.grace)
    await pair.sql(`update identities set email = 'ada@example.org'`)
    await signInThrough('bolt', pair, pair.newVisitor(), AT_BOLT.ada)
    const cause = lastCause(pair)
    assert.match(cause, /vestibule users merge \S+ \S+$/)
    for (const { id } of [ada, grace]) assert.ok(cause.includes(`user ${id} (identity `), cause)

    await pair.sql(`update users set disabled_at = 1 where id = '${ada.id}'`)
    const page = await signInThrough('bolt', pair, pair.newVisitor(), AT_BOLT.ada)
    assertRefused(page, 409, 'link_needed')
    assert.ok(!lastCause(pair).includes(ada.id))
  })
})

test('B-04 the log of a renamed issuer has both issuers and the command that moves the identities', async t => {
  const first = await startFakeOidc({ path: '/auth/realms/main' })
  const settings = { ...first.settings('op'), OP_ISSUER: first.issuer, ACCOUNT_LINKING: 'ask' }
  const before = await startBeside(first, { reset: first.reset, knows() {} }, settings, {})
  t.after(() => before.stop())
  const visitor = before.newVisitor()
  assert.equal((await visitor.follow('/')).status, 200)
  const { id } = (await sessionOf(visitor)).user

  const second = await startFakeOidc()
  renameFakeOidc(second, second.issuer, { claims: { ...ADA_AT_OP, iss: second.issuer } })
  const moved = { ...second.settings('op'), DATABASE_URL: before.databaseUrl, ACCOUNT_LINKING: 'ask' }
  const after = await startBeside(second, { reset: second.reset, knows() {} }, moved, {})
  t.after(() => after.stop())
  const page = await after.newVisitor().follow('/')
  assertRefused(page, 409, 'link_needed')
  assertOffersNothingToConnect(page)
  const cause = lastCause(after)
  assert.ok(cause.includes(`user ${id} (identity `), cause)
  assert.ok(
    cause.endsWith(
      `vestibule identities move --provider op --from-issuer ${first.issuer} --to-issuer ${second.issuer}`,
    ),
    cause,
  )
})
