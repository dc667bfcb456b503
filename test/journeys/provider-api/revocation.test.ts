import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { type Acme, sessionOf, startAcme } from '../../support/acme-app.js'
import type { FakeOAuth2 } from '../../support/fake-oauth2.js'
import type { HttpBrowser, Page } from '../../support/http-browser.js'
import { pressSignOut } from '../../support/logout-app.js'
import {
  AT_ACME,
  AT_BOLT,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

const DAY = 24 * 60 * 60_000

interface Given {
  token: string
  hint: string | null
}

/** What a provider was given back; it is all there once the app has stopped. */
const givenBackTo = ({ tokens }: FakeOAuth2): Given[] => tokens.givenBack.map(({ token, hint }) => ({ token, hint }))

const hintsOf = (given: readonly Given[]) => given.map(({ hint }) => hint)
const BOTH = ['refresh_token', 'access_token']

async function press(visitor: HttpBrowser, path: string, fields: Record<string, string> = {}): Promise<Page> {
  return visitor.submit(await visitor.open('/account'), path, fields)
}

const storedTokens = async ({ sql }: Pick<Acme, 'sql'>) => (await sql('select * from provider_tokens')).length

describe('Tokens are given back', () => {
  let pair: TwoProviderApp
  let clock = Date.now()
  beforeEach(async () => {
    clock = Date.now()
    pair = await startTwoProviderApp(
      (acme, bolt) => ({ ...acme.laterSettings('acme'), ...bolt.laterSettings('bolt') }),
      {
        now: () => clock,
      },
    )
    for (const far of [pair.acme, pair.bolt]) far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
  })

  async function enter(visitor = pair.newVisitor()): Promise<HttpBrowser> {
    await signInThrough('acme', pair, visitor, AT_ACME.ada)
    return visitor
  }

  /** Ada with both of her connections, signed in here by Acme. */
  async function enterWithBoth(): Promise<HttpBrowser> {
    const visitor = await enter()
    pair.bolt.useBrowser(visitor, AT_BOLT.ada)
    const departing = await press(visitor, '/account/connect/bolt')
    await visitor.follow(String(departing.headers.refresh).replace('0;url=', ''))
    assert.equal(await storedTokens(pair), 2)
    return visitor
  }

  test('tokens are given back and who is signed in with another connection sees that this one needs to be reconnected', async () => {
    const [byAcme, byBolt] = [await enterWithBoth(), pair.newVisitor()]
    await signInThrough('bolt', pair, byBolt, AT_BOLT.ada)
    assert.doesNotMatch((await byBolt.open('/account')).text, /Needs to be reconnected/)
    await pressSignOut(byAcme)
    assert.match((await byBolt.open('/account')).text, /Needs to be reconnected/)
    await signInThrough('acme', pair, byAcme, AT_ACME.ada)
    assert.doesNotMatch((await byBolt.open('/account')).text, /Needs to be reconnected/)
    await pair.stop()
  })

  test('tokens are given back with the last session of an identity and not before, the refresh token first, by a client that proves itself', async () => {
    const [first, second] = [await enter(), await enter()]
    const saved = (await pair.sql('select * from provider_tokens')).length
    await pressSignOut(first)
    assert.equal(await storedTokens(pair), saved)
    await pressSignOut(second)
    assert.equal(await storedTokens(pair), 0)
    await pair.stop()
    assert.deepEqual(hintsOf(givenBackTo(pair.acme)), BOTH)
    const proof = `Basic ${Buffer.from('client-at-acme:secret-at-acme').toString('base64')}`
    for (const given of pair.acme.tokens.givenBack) assert.equal(given.proof, proof)
    assert.deepEqual(givenBackTo(pair.bolt), [])
  })

  test('tokens are given back also where the other session is over by its idle limit, though its row is still there', async () => {
    await enter()
    clock += 6 * DAY
    const second = await enter()
    clock += 2 * DAY
    assert.equal((await pair.sql('select * from sessions')).length, 2)
    await pressSignOut(second)
    await pair.stop()
    assert.deepEqual(hintsOf(givenBackTo(pair.acme)), BOTH)
  })

  test('tokens are given back by the person who ends the last session of an identity from another one, and only those of that one', async () => {
    const here = await enterWithBoth()
    const there = pair.newVisitor()
    await signInThrough('bolt', pair, there, AT_BOLT.ada)
    assert.equal((await sessionOf(there)).user.id, (await sessionOf(here)).user.id)
    await press(here, '/account/sessions/end-others')
    assert.equal(await storedTokens(pair), 1)
    await pair.stop()
    assert.deepEqual([hintsOf(givenBackTo(pair.acme)), hintsOf(givenBackTo(pair.bolt))], [[], BOTH])
  })

  test('tokens are given back with a connection that is taken off, though the person stays', async () => {
    const visitor = await enterWithBoth()
    const forms = [...(await visitor.open('/account')).text.matchAll(/action="(\/account\/connections\/[^"]+)"/g)]
    const [row] = await pair.sql("select id from identities where provider = 'bolt'")
    const path = forms.map(([, action = '']) => action).find(action => action.includes(String(row?.id)))
    await press(visitor, path ?? assert.fail('There is no way to disconnect'))
    assert.equal((await sessionOf(visitor)).signed_in, true)
    await pair.stop()
    assert.deepEqual([hintsOf(givenBackTo(pair.acme)), hintsOf(givenBackTo(pair.bolt))], [[], BOTH])
  })

  test('tokens are given back with an account that is deleted: those of all its connections, whatever sessions there are', async () => {
    const [visitor] = [await enterWithBoth(), await enter()]
    const page = await press(visitor, '/account/delete', { confirm: 'ada' })
    assert.equal(page.location, `${pair.app.origin}/signed-out`, page.text)
    await pair.stop()
    for (const far of [pair.acme, pair.bolt]) assert.deepEqual(hintsOf(givenBackTo(far)), BOTH)
  })

  test('tokens are given back once, where the last two sessions end at once', async () => {
    const visitors = [await enter(), await enter()]
    await Promise.all(visitors.map(visitor => pressSignOut(visitor)))
    assert.equal(await storedTokens(pair), 0)
    await pair.stop()
    assert.deepEqual(hintsOf(givenBackTo(pair.acme)), BOTH)
  })

  test('tokens are given back not where a sign-out came to nothing', async () => {
    const visitor = await enter()
    await visitor.ask('/logout', { method: 'POST', form: { csrf: 'made up' } })
    await pair.stop()
    assert.deepEqual(givenBackTo(pair.acme), [])
  })
})

test('a provider that takes no tokens back is not asked, and they stay for the next sign-in', async () => {
  const acme = await startAcme()
  const visitor = acme.newVisitor()
  await visitor.follow('/')
  await pressSignOut(visitor)
  assert.equal(await storedTokens(acme), 1)
  await acme.stop()
  assert.equal(acme.far.calls('/revoke'), 0)
})
