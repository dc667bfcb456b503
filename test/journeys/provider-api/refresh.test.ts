import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type Acme, signIn, startAcme } from '../../support/acme-app.js'
import { type Ask, addPage } from '../../support/developer-page.js'
import type { FakeOAuth2 } from '../../support/fake-oauth2.js'
import { json } from '../../support/fake-provider.js'
import type { HttpBrowser, Page } from '../../support/http-browser.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

let acme: Acme<FakeOAuth2>
let ask: Ask
let ada: HttpBrowser
let clock = Date.now()
before(async () => {
  acme = await startAcme(far => far.laterSettings('acme'), { now: () => clock })
  ask = addPage(acme.app)
})
after(() => acme.stop())
beforeEach(async () => {
  // Later than whatever was before: an hour is longer than every rest of a provider in trouble.
  clock += 2 * HOUR
  acme.reset()
  acme.far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
  ada = acme.newVisitor()
  await signIn(acme, ada)
})

const refreshes = () => acme.far.tokens.refreshes
const things = (visitor: HttpBrowser = ada) =>
  ask(visitor, async ctx => (await ctx.provider('acme').get('/things')).status)
const token = async () =>
  (await ask<{ accessToken: string } | undefined>(ada, ctx => ctx.provider('acme').token)).result?.accessToken
const authorized = async () => (await ask<boolean>(ada, ctx => ctx.provider('acme').authorized)).result
const account = (visitor: HttpBrowser = ada) => visitor.open('/account')
const signedIn = async () => JSON.parse((await ada.ask('/api/session')).text).signed_in

/** Goes through the button of the account page, to the provider and back. */
async function reconnect(): Promise<Page> {
  const departing = await ada.submit(await account(), '/account/connect/acme')
  if (!departing.text.includes('Please sign in once more')) {
    return ada.follow(String(departing.headers.refresh).replace('0;url=', ''))
  }
  await ada.follow(String(departing.headers.refresh).replace('0;url=', ''))
  return reconnect()
}

test('the tokens of a signed-in person are used as they are while they are good', async () => {
  clock += HOUR - MINUTE - 1
  assert.deepEqual([(await things()).result, refreshes().asked], [200, 0])
})

test('the tokens of a signed-in person are renewed a minute before they are over, once, and go on being used', async () => {
  const first = await token()
  clock += HOUR - MINUTE
  assert.equal((await things()).result, 200)
  assert.deepEqual(refreshes(), { asked: 1, granted: 1 })
  const second = await token()
  assert.notEqual(second, first)
  assert.equal(acme.far.requests.at(-1)?.headers.authorization, `Bearer ${second}`)
  assert.deepEqual([(await things()).result, refreshes().asked], [200, 1])
})

for (const refresh of ['rotating', 'said once', 'said again'] as const) {
  test(`the tokens of a signed-in person are renewed again and again where the refresh token is ${refresh}`, async () => {
    acme.far.tokens.gives({ refresh })
    await ada.follow('/login/acme')
    for (let round = 1; round <= 3; round++) {
      clock += HOUR
      assert.deepEqual([(await things()).result, refreshes().granted], [200, round])
    }
  })
}

test('the tokens of a signed-in person that are refused before their time are renewed once, and the call is made again, body and all', async () => {
  acme.far.tokens.expireAccess()
  const { result: reported } = await ask<{ method: string; body: string }>(ada, async ctx =>
    (await ctx.provider('acme').post('/echo', { json: { of: 'ada' } })).json(),
  )
  assert.deepEqual([reported.method, reported.body], ['POST', '{"of":"ada"}'])
  assert.deepEqual([acme.far.calls('/api/echo'), refreshes().asked], [2, 1])
  const { result: bytes } = await ask<number>(ada, async ctx => {
    let sum = 0
    for await (const piece of (await ctx.provider('acme').stream('/large')).body) sum += piece.length
    return sum
  })
  assert.ok(bytes > 5_000_000)
})

test('the tokens of a signed-in person that an API refuses whatever they are, are renewed once and not for each call', async () => {
  acme.far.on('/api/things', json({ message: 'Bad credentials' }, 401))
  for (let call = 0; call < 5; call++) assert.equal((await things()).result, 401)
  assert.equal(refreshes().asked, 1)
})

test('the tokens of a signed-in person without a refresh token are shown to the API, whose word is final', async () => {
  acme.far.tokens.gives({ refresh: 'none' })
  const newcomer = acme.newVisitor()
  acme.far.useBrowser(newcomer, { id: 7, login: 'newcomer' })
  await signIn(acme, newcomer)
  clock += HOUR
  for (let call = 0; call < 2; call++) assert.deepEqual(await things(newcomer), { status: 200, result: 401 })
  assert.equal(refreshes().asked, 0)
  assert.doesNotMatch((await account(newcomer)).text, /Needs to be reconnected/)
})

test('TK-29 CVE-2026-53517 the tokens of a signed-in person are renewed once for fifty requests at the same time, and all are answered', async () => {
  clock += HOUR
  const all = await Promise.all(Array.from({ length: 50 }, () => things()))
  assert.deepEqual(new Set(all.map(({ result: reported }) => reported)), new Set([200]))
  assert.deepEqual(refreshes(), { asked: 1, granted: 1 })
})

test('TK-29 the tokens of a signed-in person are renewed once where fifty are refused at the same time', async () => {
  acme.far.tokens.expireAccess()
  const all = await Promise.all(Array.from({ length: 50 }, () => things()))
  assert.deepEqual(new Set(all.map(({ result: reported }) => reported)), new Set([200]))
  assert.deepEqual(refreshes(), { asked: 1, granted: 1 })
})

describe('A provider that takes a refresh token no more', () => {
  beforeEach(async () => {
    clock += HOUR
    acme.far.tokens.revokeAll()
  })

  test('TK-30 a refused refresh token is sent once for any number of requests: the user reads how to connect again, and no page is a 500', async () => {
    const storm = await Promise.all(Array.from({ length: 20 }, () => things()))
    for (let call = 0; call < 5; call++) storm.push(await things())
    assert.deepEqual(new Set(storm.map(({ status }) => status)), new Set([403]))
    const { result: reported } = await ask(ada, ctx => ctx.provider('acme').get('/things'))
    assert.equal(reported.error, 'forbidden')
    assert.match(reported.message, /Connect it again on your account page/)
    assert.deepEqual([refreshes().asked, refreshes().granted], [1, 0])
    assert.equal(await authorized(), false)
    assert.equal(await token(), undefined)
    assert.equal(refreshes().asked, 1)
  })

  test('TK-30 a refused refresh token does not end the session, and the account page says what to do', async () => {
    await things()
    assert.ok(await signedIn())
    const page = await account()
    assert.match(page.text, /Needs to be reconnected/)
    assert.match(page.text, /action="\/account\/connect\/acme"[\s\S]*Reconnect/)
    assert.match(page.text, /<section[^>]*aria-labelledby="activity"[\s\S]*acme/)
    assert.equal((await ada.open('/')).status, 200)
  })

  test('TK-30 a provider that refused a refresh token is called again after the user has reconnected', async () => {
    await things()
    const page = await reconnect()
    assert.equal(page.url, `${acme.app.origin}/account`)
    assert.doesNotMatch(page.text, /Needs to be reconnected/)
    assert.equal((await things()).result, 200)
    clock += HOUR
    assert.deepEqual([(await things()).result, refreshes().granted], [200, 1])
  })

  test('TK-30 a provider that refused a refresh token is called again after a sign-in in any browser', async () => {
    await things()
    await signIn(acme, acme.newVisitor())
    assert.equal((await things()).result, 200)
  })

  test('the profile comes from our own table after a refused refresh token, with a button to connect again', async () => {
    const page = await ada.open('/profile')
    assert.equal(page.status, 200)
    assert.match(page.text, /acme needs to be reconnected/)
    assert.match(page.text, /action="\/account\/connect\/acme"[\s\S]*Reconnect <bdi>acme/)
    assert.match(page.text, /Ada Lovelace/)
    await reconnect()
    assert.match((await ada.open('/profile')).text, /Read just now from/)
  })
})

describe('A provider that refuses a refresh token in other words than invalid_grant', () => {
  beforeEach(() => {
    clock += HOUR
  })

  test('B-41 a refusal of a refresh token with a known code other than invalid_grant asks the user at once to connect again', async () => {
    acme.far.on('/token', json({ error: { code: 'BAD_REFRESH_TOKEN', message: 'Gone' } }, 400))
    assert.equal((await things()).status, 403)
    assert.match((await account()).text, /Needs to be reconnected/)
  })

  test('B-41 a refusal of a refresh token with an unknown code asks the user to connect again after three refusals', async () => {
    acme.far.on('/token', json({ message: 'Forbidden' }, 403))
    for (const wait of [30 * SECOND, MINUTE]) {
      assert.equal((await things()).status, 502)
      assert.doesNotMatch((await account()).text, /Needs to be reconnected/)
      clock += wait
    }
    assert.equal((await things()).status, 403)
    assert.match((await account()).text, /Needs to be reconnected/)
    acme.reset()
    acme.far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
    await reconnect()
    assert.equal((await things()).result, 200)
  })
})

test('TK-31 a failing provider is called again after 30 seconds, then after twice as long, and the session continues', async () => {
  clock += HOUR
  acme.far.on('/token', json({ error: 'server_error' }, 503))
  const before = acme.far.calls('/token')
  for (const wait of [0, 30, 60, 120, 240, 480, 600, 600]) {
    clock += wait * SECOND - 1
    if (wait > 0) assert.equal((await things()).status, 502)
    const asked = acme.far.calls('/token')
    clock += 1
    const { status, result: reported } = await ask(ada, ctx => ctx.provider('acme').get('/things'))
    assert.deepEqual([status, reported.error, acme.far.calls('/token')], [502, 'provider_error', asked + 1])
  }
  assert.equal(acme.far.calls('/token'), before + 8)
  assert.ok(await signedIn())
  assert.doesNotMatch((await account()).text, /Needs to be reconnected/)
  acme.far.on('/token', acme.far.tokens.token)
  clock += 600 * SECOND
  assert.equal((await things()).result, 200)
})

test('TK-31 a failing provider does not matter as long as the old token is valid', async () => {
  clock += HOUR - MINUTE
  acme.far.tokens.failNext('error')
  assert.equal((await things()).result, 200)
  assert.deepEqual(refreshes(), { asked: 1, granted: 0 })
  clock += 30 * SECOND
  assert.deepEqual([(await things()).result, refreshes().granted], [200, 1])
})

test('TK-31 the profile comes from our own table while the provider fails, and says so', async () => {
  clock += HOUR
  acme.far.tokens.failNext('error')
  const page = await ada.open('/profile')
  assert.match(page.text, /acme could not answer just now/)
  assert.match(page.text, /Ada Lovelace/)
})

test('TK-32 a provider that refreshed the tokens and never responded is called once more, and then the user must connect again', async () => {
  clock += HOUR
  acme.far.tokens.failNext('lost')
  assert.equal((await things()).status, 502)
  clock += 10 * MINUTE
  assert.equal((await things()).status, 403)
  assert.match((await account()).text, /Needs to be reconnected/)
  await reconnect()
  assert.equal((await things()).result, 200)
})

test('the profile page is read live after the access token has expired, with a new one', async () => {
  clock += HOUR
  assert.match((await ada.open('/profile')).text, /Read just now from/)
  assert.deepEqual(refreshes(), { asked: 1, granted: 1 })
})

test('the profile page is read live after a token was refused before its time', async () => {
  acme.far.tokens.expireAccess()
  assert.match((await ada.open('/profile')).text, /Read just now from/)
  assert.deepEqual(refreshes(), { asked: 1, granted: 1 })
})

test('the profile page of somebody else than who signed in is not shown', async () => {
  acme.far.on('/user', json({ id: 2, login: 'eve', name: 'Eve' }))
  const page = await ada.open('/profile')
  assert.match(page.text, /acme gave no useful answer/)
  assert.doesNotMatch(page.text, /Eve/)
})
