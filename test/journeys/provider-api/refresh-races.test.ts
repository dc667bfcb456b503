import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { onBothDatabases } from '../../store/both-databases.js'
import { type Acme, countRows, signIn, startAcme } from '../../support/acme-app.js'
import type { createBarrier } from '../../support/barrier.js'
import { type Ask, addPage } from '../../support/developer-page.js'
import type { FakeOAuth2 } from '../../support/fake-oauth2.js'
import { actionOf, type HttpBrowser } from '../../support/http-browser.js'

const HOUR = 3_600_000

onBothDatabases(database => {
  let acme: Acme<FakeOAuth2>
  let ask: Ask
  let ada: HttpBrowser
  let clock = Date.now()
  const start = async () => {
    const url = await database.freshUrl()
    return startAcme(far => ({ ...far.laterSettings('acme'), DATABASE_URL: url }), { now: () => clock })
  }
  before(async () => {
    acme = await start()
    ask = addPage(acme.app)
  })
  after(() => acme.stop())
  beforeEach(async () => {
    clock += 2 * HOUR
    acme.reset()
    acme.far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
    ada = acme.newVisitor()
    await signIn(acme, ada)
  })

  const things = (visitor = ada) => ask(visitor, async ctx => (await ctx.provider('acme').get('/things')).status)
  const sealed = async () => (await acme.sql('select * from provider_tokens'))[0]

  /** Calls the API with a token that is over, and acts while the provider renews it; then it answers. */
  async function during(act: (gate: ReturnType<typeof createBarrier>) => Promise<unknown>) {
    clock += HOUR
    const gate = acme.far.tokens.holdRefreshes()
    const call = things()
    await gate.arrived(1)
    await act(gate)
    gate.open()
    return call
  }

  const press = async (path: string, fields: Record<string, string> = {}) =>
    ada.submit(await ada.open('/account'), path, fields)

  test('while a token is renewed, a sign-out ends the session for good; whoever asked is answered, and the next one is refused', async () => {
    await during(async () => {
      const page = await ada.open('/logout')
      await ada.submit(page, actionOf(page))
    })
    assert.equal((await things()).status, 401)
    assert.equal((await countRows(acme)).sessions, 0)
    assert.equal(await sealed(), undefined)
  })

  test('while a token is renewed, a sign-in from elsewhere brings newer tokens, and those stay', async () => {
    const elsewhere = acme.newVisitor()
    const { status, result: reported } = await during(() => signIn(acme, elsewhere))
    assert.deepEqual([status, reported], [200, 200])
    const { result: saved } = await ask<{ accessToken: string }>(elsewhere, ctx => ctx.provider('acme').token)
    assert.doesNotMatch(saved.accessToken, /refresh/)
    assert.equal((await things(elsewhere)).result, 200)
    assert.equal(acme.far.tokens.refreshes.asked, 1)
  })

  test('while a token is renewed, a sign-in from elsewhere mends what the provider says of the old tokens meanwhile', async () => {
    const elsewhere = acme.newVisitor()
    const { status, result: reported } = await during(async () => {
      acme.far.tokens.revokeAll()
      await signIn(acme, elsewhere)
    })
    assert.deepEqual([status, reported], [200, 200])
    assert.doesNotMatch((await ada.open('/account')).text, /Needs to be reconnected/)
  })

  test('while a token is renewed, a deletion of the account takes all of it, and nothing comes back', async () => {
    const { status } = await during(() => press('/account/delete', { confirm: 'ada' }))
    assert.equal(status, 403)
    assert.deepEqual(await countRows(acme), { users: 0, identities: 0, provider_tokens: 0, sessions: 0 })
    assert.equal((await things()).status, 401)
  })

  test('while a token is renewed, the end of the session by somebody else takes the tokens, and nothing comes back', async () => {
    const other = acme.newVisitor()
    await signIn(acme, other)
    await during(async () => {
      const page = await other.open('/account')
      await other.submit(page, '/account/sessions/end-others')
      await other.submit(await other.open('/logout'), '/logout')
    })
    assert.equal((await countRows(acme)).sessions, 0)
    assert.equal(await sealed(), undefined)
  })

  test('while a token is renewed, no page of theirs has to wait', async () => {
    await during(async () => {
      for (const path of ['/', '/account', '/api/session']) assert.equal((await ada.open(path)).status, 200)
    })
  })

  test('while a token is renewed, an app that stops gets its answer first, and writes it down', async () => {
    const site = await start()
    site.far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
    const askThere = addPage(site.app)
    const visitor = site.newVisitor()
    await signIn(site, visitor)
    const before = await site.sql('select * from provider_tokens')
    clock += HOUR
    const gate = site.far.tokens.holdRefreshes()
    const call = askThere(visitor, async ctx => (await ctx.provider('acme').get('/things')).status)
    await gate.arrived(1)
    const stopped = site.stop()
    gate.open()
    assert.equal((await call).result, 200)
    await stopped
    const [row] = await site.sql('select * from provider_tokens')
    assert.notEqual(row?.refresh_token, before[0]?.refresh_token)
  })
})
