// The way of a new identity into the account that has its address: sign in to the old one, then connect.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { accountRows, connections, disconnect, eventsOf } from '../../support/account-actions.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { type OAuth1Provider, startOAuth1Provider } from '../../support/fake-oauth1.js'
import { ADA_AT_OP, type FakeOidc, startFakeOidc } from '../../support/fake-oidc.js'
import { type HttpBrowser, hrefsOf, type Page } from '../../support/http-browser.js'
import {
  AT_ACME,
  AT_BOLT,
  personOf,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

const MINUTE = 60_000
const RETURN_PATH = '/profile?tab=1'

let pair: TwoProviderApp
let op: FakeOidc
let oauth1App: OAuth1Provider
let clock = Date.now()
let ada: string

before(async () => {
  op = await startFakeOidc({ now: () => clock })
  oauth1App = await startOAuth1Provider()
  const all = { PROVIDERS: 'acme,bolt,op,trail', DEFAULT_PROVIDER: 'acme' }
  pair = await startTwoProviderApp(
    (acme, bolt) => ({
      ...{ ...op.settings('op'), ...oauth1App.settings('trail'), ...bolt.settings('bolt'), ...acme.settings('acme') },
      ...all,
    }),
    { now: () => clock++ },
  )
})
after(async () => {
  await pair.stop()
  await Promise.all([op.stop(), oauth1App.stop()])
})
beforeEach(async () => {
  await pair.sql('delete from users')
  for (const far of [pair, op, oauth1App]) far.reset()
  clock = Date.now()
  const laptop = pair.newVisitor()
  await signInThrough('acme', pair, laptop, AT_ACME.ada)
  ada = (await sessionOf(laptop)).user.id
})

/** A browser of Ada's that nobody is signed in in. */
function newBrowser(): HttpBrowser {
  const visitor = pair.newVisitor()
  pair.acme.useBrowser(visitor, AT_ACME.ada)
  pair.bolt.useBrowser(visitor, AT_BOLT.ada)
  return visitor
}

/** Comes with the new identity, and is told of the account; returns where the page leads. */
async function reachesLinkPage(visitor: HttpBrowser, provider = 'bolt'): Promise<string> {
  const before = await accountRows(pair)
  const page = await visitor.follow(`/login/${provider}?return_to=${encodeURIComponent(RETURN_PATH)}`)
  assertRefused(page, 409, 'link_needed')
  assert.deepEqual(await accountRows(pair), before)
  return wayIn(page)
}

function wayIn(page: Page): string {
  const [href, ...more] = hrefsOf(page).filter(each => each.includes('join='))
  assert.ok(href && more.length === 0, page.text)
  return href
}

const SELF_CONTAINED = ['ada acme 1']
const loginOf = async (visitor: HttpBrowser): Promise<string | undefined> => (await sessionOf(visitor)).user?.login

describe('Who is asked to sign in to the account that is there', () => {
  const KINDS = {
    bolt: { protocol: 'OAuth 2.0', subject: '9001' },
    op: { protocol: 'OpenID Connect', subject: ADA_AT_OP.sub },
    trail: { protocol: 'OAuth 1.0a', subject: 'id-of-ada' },
  }
  for (const [provider, { protocol, subject }] of Object.entries(KINDS)) {
    test(`a user who signs in to the existing account as asked gets the new identity of ${protocol} linked, and reaches the page that was wanted`, async () => {
      const visitor = newBrowser()
      const page = await visitor.follow(await reachesLinkPage(visitor, provider))
      assert.deepEqual([page.status, page.url], [200, `${pair.app.origin}${RETURN_PATH}`], page.text)
      assert.match(page.text, new RegExp(`${provider} is connected\\.`))
      assert.deepEqual(await connections(pair), [...SELF_CONTAINED, `ada ${provider} ${subject}`])
      assert.deepEqual((await eventsOf(pair, ada)).slice(-2), ['signed-in acme', `connected ${provider}`])

      const later = newBrowser()
      await later.follow(`/login/${provider}`)
      assert.equal((await sessionOf(later)).user.id, ada)
    })
  }

  test('a user who stops half way is signed in to the existing account at most, and nothing is linked', async () => {
    const visitor = newBrowser()
    const back =
      (await visitor.open((await visitor.open(await reachesLinkPage(visitor))).location ?? '')).location ?? ''
    assert.deepEqual(await connections(pair), SELF_CONTAINED)
    const onwards = await visitor.open(back)
    assert.match(onwards.location ?? '', new RegExp(`^${pair.bolt.origin}/authorize`))
    assert.equal(await loginOf(visitor), 'ada')
    assert.deepEqual(await connections(pair), SELF_CONTAINED)
  })

  test('a user whose new provider is down is signed in to the existing account, at the page that was wanted', async () => {
    const visitor = newBrowser()
    const href = await reachesLinkPage(visitor, 'trail')
    oauth1App.on('/oauth/request_token', (_, response) => void response.status(500).end())
    const page = await visitor.follow(href)
    assert.deepEqual([page.status, page.url], [200, `${pair.app.origin}${RETURN_PATH}`])
    assert.deepEqual(await connections(pair), SELF_CONTAINED)
  })

  test('a disabled user is refused at the existing account', async () => {
    const visitor = newBrowser()
    const href = await reachesLinkPage(visitor)
    await pair.sql(`update users set disabled_at = 1 where id = '${ada}'`)
    assertRefused(await visitor.follow(href), 403, 'account_disabled')
    assert.deepEqual(await connections(pair), SELF_CONTAINED)
  })

  test('the page for an existing account offers each of its providers, in the order of PROVIDERS', async () => {
    const visitor = newBrowser()
    await visitor.follow(await reachesLinkPage(visitor))
    op.knows({ ...ADA_AT_OP, email: 'Ada@Example.org' })
    const page = await newBrowser().follow('/login/op')
    assertRefused(page, 409, 'link_needed')
    const ways = hrefsOf(page).filter(href => href.includes('join='))
    assert.deepEqual(
      ways.map(href => new URL(href).pathname),
      ['/login/acme', '/login/bolt'],
    )
  })
})

describe('ID-15 A ticket to join an account', () => {
  /** Walks on with a ticket that is worth nothing: the person is signed in, and nothing is connected. */
  async function onlySignsIn(visitor: HttpBrowser, href: string, login = 'ada'): Promise<void> {
    const before = await connections(pair)
    const page = await visitor.follow(href)
    assert.deepEqual([page.status, page.url], [200, `${pair.app.origin}${RETURN_PATH}`], page.text)
    assert.equal(await loginOf(visitor), login)
    const now = await connections(pair)
    assert.deepEqual(
      now.filter(each => each.includes('bolt')),
      before.filter(each => each.includes('bolt')),
    )
  }

  test('ID-15 a link token has no effect in another browser, where an attacker could have it opened', async () => {
    const attacker = newBrowser()
    await onlySignsIn(newBrowser(), await reachesLinkPage(attacker))
  })

  test('ID-15 a link token has no effect in another browser that has a link token of its own', async () => {
    const attacker = newBrowser()
    const victim = newBrowser()
    const href = await reachesLinkPage(attacker)
    await reachesLinkPage(victim)
    await onlySignsIn(victim, href)
  })

  test('ID-15 a link token has no effect without the sign-in that it was made in', async () => {
    const visitor = newBrowser()
    const href = await reachesLinkPage(visitor)
    for (const name of [...visitor.cookies().keys()]) if (isAttempt(name)) visitor.cookies().delete(name)
    await onlySignsIn(visitor, href)
  })

  test('ID-15 a link token expires after ten minutes', async () => {
    const visitor = newBrowser()
    const href = await reachesLinkPage(visitor)
    clock += 10 * MINUTE
    await onlySignsIn(visitor, href)
  })

  test('ID-15 a link token is sealed, and has no effect if it is changed, cut, invented, or an attempt', async () => {
    const visitor = newBrowser()
    const href = await reachesLinkPage(visitor)
    const ticket = new URL(href).searchParams.get('join') ?? ''
    const [, attempt = ''] = [...visitor.cookies()].find(([name]) => isAttempt(name)) ?? []
    const other = ticket.endsWith('A') ? 'B' : 'A'
    for (const wrong of [ticket.slice(0, -1) + other, ticket.slice(0, -4), `${ticket}x`, '{}', attempt]) {
      const url = new URL(href)
      url.searchParams.set('join', wrong)
      await onlySignsIn(visitor, url.href)
    }
  })

  test('ID-15 a link token that is given twice in a URL has no effect', async () => {
    const visitor = newBrowser()
    const href = await reachesLinkPage(visitor)
    await onlySignsIn(visitor, `${href}&${href.slice(href.indexOf('join='))}`)
  })

  test('ID-15 a link token is for the account with the address, and links nothing to another one', async () => {
    const visitor = newBrowser()
    const href = await reachesLinkPage(visitor)
    pair.acme.useBrowser(visitor, AT_ACME.grace)
    await onlySignsIn(visitor, href, 'grace')
  })

  test('ID-15 a link token is for one identity, and links no other one that comes back', async () => {
    const visitor = newBrowser()
    const href = await reachesLinkPage(visitor)
    pair.bolt.useBrowser(visitor, personOf('mallory', 666))
    const page = await visitor.follow(href)
    assertRefused(page, 502, 'subject_mismatch')
    assert.match(page.text, /<h1>That is another bolt account<\/h1>/)
    assert.match(page.text, /Bolt says you are <bdi>mallory@example\.org<\/bdi>\./)
    assert.match(page.text, /Nothing was connected\. You are still signed in as Ada\./)
    assert.match(page.text, /href="\/account"/)
    assert.deepEqual(await connections(pair), SELF_CONTAINED)
    assert.equal(await loginOf(visitor), 'ada')
    assert.equal((await eventsOf(pair, ada)).at(-1), 'sign-in-refused bolt subject_mismatch')
  })

  test('ID-15 a link token that is used again links nothing, also not what its owner has disconnected', async () => {
    const visitor = newBrowser()
    const href = await reachesLinkPage(visitor)
    await visitor.follow(href)
    assert.match((await visitor.follow(href)).text, /bolt is connected again\./)
    assert.deepEqual(await connections(pair), [...SELF_CONTAINED, 'ada bolt 9001'])

    await disconnect(visitor, pair, 'bolt')
    pair.bolt.useBrowser(visitor, personOf('mallory', 666))
    assertRefused(await visitor.follow(href), 502, 'subject_mismatch')
    assert.deepEqual(await connections(pair), SELF_CONTAINED)
  })

  test('ID-15 a link token links nothing that has become the identity of another user meanwhile', async () => {
    const visitor = newBrowser()
    const href = await reachesLinkPage(visitor)
    const grace = pair.newVisitor()
    await signInThrough('acme', pair, grace, AT_ACME.grace)
    const { id } = (await sessionOf(grace)).user
    await visitor.follow(href)
    await pair.sql(`update identities set user_id = '${id}' where provider = 'bolt'`)
    assertRefused(await visitor.follow(href), 409, 'link_conflict')
    assert.deepEqual(await connections(pair), [...SELF_CONTAINED, 'grace acme 2', 'grace bolt 9001'])
  })
})

const isAttempt = (name: string) => name.includes('-attempt-')
