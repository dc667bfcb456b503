import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { StoreError } from '../../../src/store/db/errors.js'
import type { Store } from '../../../src/store/types.js'
import { onBothDatabases } from '../../store/both-databases.js'
import { startFakeOidc } from '../../support/fake-oidc.js'
import {
  badLogoutTokens,
  GOOD_LOGOUT_TOKENS,
  type LogoutTokenOverrides,
  makeLogoutToken,
  postLogoutToken,
  type SentLogoutToken,
  sendLogoutToken,
} from '../../support/fake-oidc-logout.js'
import {
  eventsOf,
  GRACE_AT_OP,
  isSignedIn,
  openForLogout,
  openSignedInBrowser,
  type SignedInBrowser,
  startLogoutSite,
} from '../../support/logout-app.js'
import type { OidcApp } from '../../support/oidc-app.js'

const sample = await startFakeOidc()
const BAD = Object.keys(badLogoutTokens(sample))
await sample.stop()

const PATH = '/oauth/op/backchannel-logout'

onBothDatabases(database => {
  let site: OidcApp
  let ada: SignedInBrowser
  let grace: SignedInBrowser
  let problem: 'none' | 'at once' | 'halfway' = 'none'

  before(async () => {
    const store = (real: Store): Store => ({
      ...real,
      transaction: work =>
        real.transaction(async tables => {
          if (problem === 'at once') throw new StoreError('08006', 'The database is away')
          const done = await work(tables)
          if (problem === 'halfway') throw new StoreError('08006', 'The database went away')
          return done
        }),
    })
    site = await startLogoutSite({ DATABASE_URL: await database.freshUrl() }, { store })
  })
  after(() => site.stop())
  beforeEach(async () => {
    problem = 'none'
    openForLogout(site)
    grace = await openSignedInBrowser(site, GRACE_AT_OP)
    ada = await openSignedInBrowser(site)
  })

  const send = (bend: LogoutTokenOverrides = {}, { session }: SignedInBrowser = ada): Promise<SentLogoutToken> =>
    sendLogoutToken(site.far, site.app.origin + PATH, bend, session)
  const post = (token: string) => postLogoutToken(site.app.origin + PATH, token)
  const present = (...seats: readonly SignedInBrowser[]) => Promise.all(seats.map(isSignedIn))
  const marks = async () => (await site.sql('select * from used_logout_tokens')).length

  /** Nothing of an answer may be kept, and nobody in particular is answered. */
  function assertBare({ status, headers, text }: SentLogoutToken, wanted: readonly number[]): void {
    assert.ok(wanted.includes(status), `${status} ${text}`)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('set-cookie'), null)
  }

  for (const [name, bend] of Object.entries(GOOD_LOGOUT_TOKENS)) {
    test(`a logout token ${name} gets 200 and ends the session at once, and no session of another user`, async () => {
      const before = (await eventsOf(site, 'session-ended')).length
      const response = await send(bend)
      assertBare(response, [200])
      assert.equal(response.text, '')
      assert.deepEqual(await present(ada, grace), [false, true])
      const [last] = (await eventsOf(site, 'session-ended')).slice(before)
      assert.deepEqual([last?.code, last?.provider], ['provider', 'op'])
    })
  }

  for (const typ of ['JWT', undefined]) {
    test(`a logout token of the type ${typ}, as older providers send it, ends sessions`, async () => {
      assertBare(await send({ header: { typ } }), [200])
      assert.equal(await isSignedIn(ada), false)
    })
  }

  test('a logout token with sub alone ends all sessions of that user, in every browser', async () => {
    const second = await openSignedInBrowser(site)
    assertBare(await send({ claims: { sid: undefined } }), [200])
    assert.deepEqual(await present(ada, second, grace), [false, false, true])
  })

  test('a logout token with sid ends that session and no other of the same user, with or without sub', async () => {
    const [second, third] = [await openSignedInBrowser(site), await openSignedInBrowser(site)]
    assertBare(await send({ claims: { sub: undefined } }), [200])
    assert.deepEqual(await present(ada, second, third, grace), [false, true, true, true])
    assertBare(await send({}, second), [200])
    assert.deepEqual(await present(second, third, grace), [false, true, true])
  })

  test('a logout token never ends the session of one user by the sid of another', async () => {
    assertBare(await send({ claims: { sub: GRACE_AT_OP.sub } }), [200])
    assert.deepEqual(await present(ada, grace), [true, true])
  })

  test('a logout token about an unknown session gets 200 and changes nothing', async () => {
    for (const claims of [{ sub: 'nobody' }, { sid: 'none' }, { sub: undefined, sid: 'none' }]) {
      assertBare(await send({ claims }), [200])
    }
    assert.deepEqual(await present(ada, grace), [true, true])
  })

  // What is refused before it reaches the database is refused alike on both.
  const refused = database.kind === 'SQLite' ? BAD : []
  describe('A logout token that is no good ends nothing', () => {
    for (const name of refused) {
      test(name, async () => {
        const before = await marks()
        const { status, ...bend } = badLogoutTokens(site.far)[name] ?? assert.fail(name)
        assertBare(await send(bend), status)
        assert.deepEqual(await present(ada, grace), [true, true])
        assert.equal(await marks(), before)
      })
    }
  })

  test('the same logout token again: 200, and whoever has signed in since stays', async () => {
    const token = await makeLogoutToken(site.far, ada.session, { claims: { sid: undefined } })
    assertBare(await post(token), [200])
    assert.equal(await isSignedIn(ada), false)
    const again = await openSignedInBrowser(site)
    assertBare(await post(token), [200])
    assert.equal(await isSignedIn(again), true)
  })

  test('the same logout token in other clothes, with the same jti: the same', async () => {
    const claims = { sid: undefined, jti: crypto.randomUUID() }
    assertBare(await send({ claims }), [200])
    const again = await openSignedInBrowser(site)
    assertBare(await send({ claims: { ...claims, more: 'of no meaning' }, signer: site.far.keys.otherRsa }), [200])
    assert.equal(await isSignedIn(again), true)
  })

  test('the same logout token ten times at once: one effect', async () => {
    const reported: string[] = []
    site.app.vestibule.on('signed-out', ({ by, userId }) => void reported.push(`${by} ${userId}`))
    const before = [await marks(), (await eventsOf(site, 'session-ended')).length]
    const token = await makeLogoutToken(site.far, ada.session)
    for (const response of await Promise.all(Array.from({ length: 10 }, () => post(token)))) assertBare(response, [200])
    assert.deepEqual(await present(ada, grace), [false, true])
    const after = [await marks(), (await eventsOf(site, 'session-ended')).length]
    assert.deepEqual(
      after.map((count, index) => count - (before[index] ?? 0)),
      [1, 1],
    )
    assert.equal(reported.length, 1)
  })

  for (const kind of ['at once', 'halfway'] as const) {
    test(`while the store is in trouble ${kind}: 503, so that the provider tries again, and then the same token counts`, async () => {
      const token = await makeLogoutToken(site.far, ada.session)
      problem = kind
      const response = await post(token)
      assertBare(response, [503])
      assert.equal(JSON.parse(response.text).error, 'store_unavailable')
      problem = 'none'
      assert.deepEqual(await present(ada, grace), [true, true])
      assertBare(await post(token), [200])
      assert.deepEqual(await present(ada, grace), [false, true])
    })
  }

  test('A logout token needs no token of a form, whoever posts it, and never ends the session that it came with', async () => {
    const logoutToken = await makeLogoutToken(site.far, ada.session)
    const crossSite = { Origin: 'https://op.example', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' }
    const form = { logout_token: logoutToken }
    const { status, headers } = await grace.visitor.ask(PATH, { method: 'POST', form, headers: crossSite })
    assert.deepEqual([status, headers['set-cookie']], [200, undefined])
    assert.deepEqual(await present(ada, grace), [false, true])
    // That is so here, and nowhere else.
    for (const path of ['/logout', '/account/sessions/end-others']) {
      const page = await grace.visitor.ask(path, { method: 'POST', form, headers: crossSite })
      assert.equal(page.status, 403, path)
    }
    assert.equal(await isSignedIn(grace), true)
  })
})
