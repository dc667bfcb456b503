import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { PER_MINUTE } from '../../../src/web/guards/rate-limit-counters.js'
import { createBarrier } from '../../support/barrier.js'
import { type FakeOidc, type OidcSession, startFakeOidc } from '../../support/fake-oidc.js'
import { type LogoutTokenOverrides, makeLogoutToken, postLogoutToken } from '../../support/fake-oidc-logout.js'
import { badlySigned } from '../../support/fake-oidc-refresh.js'
import { json } from '../../support/fake-provider.js'
import {
  isSignedIn,
  openForLogout,
  openSignedInBrowser,
  type SignedInBrowser,
  startLogoutSite,
} from '../../support/logout-app.js'
import type { OidcApp } from '../../support/oidc-app.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const CLIENT = 'client-at-op'

/** Each test begins with a minute. */
let clock = Math.floor(Date.now() / MINUTE) * MINUTE
let site: OidcApp

const start = (settings: Record<string, string> = {}) =>
  startLogoutSite({ TRUSTED_PROXIES: '127.0.0.1', RATE_LIMITS: 'on', ...settings }, { now: () => clock })

before(async () => {
  site = await start()
})
after(() => site.stop())
beforeEach(() => openForLogout(site))
afterEach(() => {
  clock = (Math.floor(clock / MINUTE) + 1) * MINUTE
})

let addresses = 0
const newAddress = () => `198.51.100.${++addresses}`

/** Nobody has to have signed in for a token to be made about them. */
const userSession: OidcSession = {
  clientId: CLIENT,
  sub: 'somebody',
  sid: 'some session',
  params: new URLSearchParams(),
}

/** @param at from which address */
async function post(token: string, at: string, to = site): Promise<Response> {
  const body = new URLSearchParams({ logout_token: token })
  return fetch(`${to.app.origin}/oauth/op/backchannel-logout`, {
    method: 'POST',
    body,
    headers: { 'X-Forwarded-For': at },
  })
}

const make = (bend: LogoutTokenOverrides, session = userSession, by = site) => makeLogoutToken(by.far, session, bend)

/** The statuses of so many, one after the other. */
async function flood(times: number, at: string, bend: LogoutTokenOverrides): Promise<number[]> {
  const statuses: number[] = []
  for (let time = 0; time < times; time++) statuses.push((await post(await make(bend), at)).status)
  return [...new Set(statuses)]
}

describe('DS-07 A flood of logout tokens', () => {
  const cheap: Record<string, LogoutTokenOverrides> = {
    'for somebody else': { claims: { aud: `${CLIENT}INVALID` } },
    'from nobody we know': { claims: { iss: 'https://op.invalid' } },
    'of no event': { claims: { events: undefined } },
    'that are over': { claims: { iat: 1_000_000_000, exp: 1_000_000_120 } },
    'with a nonce': { claims: { nonce: 'n' } },
    'about nobody': { claims: { sub: undefined, sid: undefined } },
    'of another type': { header: { typ: 'at+jwt' } },
    'that are not signed': { token: () => 'eyJhbGciOiJub25lIn0.e30.' },
    'that are no tokens': { token: () => 'x'.repeat(60_000) },
  }
  let unasked: OidcApp
  before(async () => {
    // Nobody signs in there, so nothing is ever known of its provider.
    unasked = await start()
  })
  after(() => unasked.stop())

  for (const [what, bend] of Object.entries(cheap)) {
    test(`DS-07 many logout tokens ${what} cause no request to the provider, not even the first one`, async () => {
      for (let time = 0; time < 20; time++) {
        assert.equal((await post(await make(bend, userSession, unasked), newAddress(), unasked)).status, 400)
      }
      assert.deepEqual(unasked.far.requests, [])
    })
  }

  test('DS-07 many logout tokens with unknown keys cause one fetch of the keys a minute', async () => {
    await openSignedInBrowser(site)
    const before = site.far.calls('/jwks')
    const strange = { header: { kid: 'nobody knows' } }
    assert.deepEqual(await flood(PER_MINUTE.address, newAddress(), strange), [400])
    assert.ok(site.far.calls('/jwks') <= before + 1, String(site.far.calls('/jwks')))
    clock += MINUTE
    const asked = site.far.calls('/jwks')
    assert.deepEqual(await flood(5, newAddress(), strange), [400])
    assert.equal(site.far.calls('/jwks'), asked + 1)
  })

  test('DS-07 too many logout tokens of one address get 429 before they are read, and valid ones of other addresses pass', async () => {
    const ada: SignedInBrowser = await openSignedInBrowser(site)
    const address = newAddress()
    assert.deepEqual(await flood(PER_MINUTE.address, address, { token: badlySigned(site.far.keys.rsa) }), [400])
    const good = await make({}, ada.session)
    const late = await post(good, address)
    assert.equal(late.status, 429)
    assert.match(String(late.headers.get('retry-after')), /^([1-9]|[1-5]\d|60)$/)
    assert.equal(late.headers.get('cache-control'), 'no-store')
    assert.equal(await isSignedIn(ada), true)

    assert.equal((await post(good, newAddress())).status, 200)
    assert.equal(await isSignedIn(ada), false)
  })

  test('DS-07 a logout token that got 429 is accepted a minute later', async () => {
    const ada = await openSignedInBrowser(site)
    const address = newAddress()
    await flood(PER_MINUTE.address, address, { claims: { aud: 'another' } })
    const good = await make({}, ada.session)
    assert.equal((await post(good, address)).status, 429)
    clock += MINUTE
    assert.equal((await post(good, address)).status, 200)
    assert.equal(await isSignedIn(ada), false)
  })

  test('DS-07 valid logout tokens are never too many, because a provider may sign all users out at once', async () => {
    await openSignedInBrowser(site)
    assert.deepEqual(await flood(2 * PER_MINUTE.address, newAddress(), {}), [200])
  })

  test('DS-07 A6 logout tokens that come at the same time are counted while the keys are fetched', async () => {
    await openSignedInBrowser(site)
    clock += 2 * MINUTE
    const gate = createBarrier()
    const published = await (await fetch(`${site.far.origin}/jwks`)).json()
    site.far.on('/jwks', async (seen, response) => {
      await gate.pass()
      json(published)(seen, response)
    })
    const address = newAddress()
    const token = await make({ header: { kid: 'nobody knows' } })
    const posted = Array.from({ length: 4 * PER_MINUTE.address }, () => post(token, address))
    await gate.arrived(1)
    // By then the others have arrived too, most likely; the rule holds for those that come later as well.
    for (let round = 0; round < 50; round++) await fetch(`${site.app.origin}/health/live`)
    gate.open()
    const statuses = (await Promise.all(posted)).map(({ status }) => status)
    const read = statuses.filter(status => status === 400).length
    // Eight of them can be at it when the last one that counts fails.
    assert.ok(read >= PER_MINUTE.address && read < PER_MINUTE.address + 8, String(read))
    assert.equal(statuses.filter(status => status === 429).length, statuses.length - read)
  })

  test('DS-07 valid logout tokens that come at the same time are all accepted', async () => {
    await openSignedInBrowser(site)
    const tokens = await Promise.all(Array.from({ length: 2 * PER_MINUTE.address }, () => make({})))
    const address = newAddress()
    const responses = await Promise.all(tokens.map(token => post(token, address)))
    assert.deepEqual([...new Set(responses.map(({ status }) => status))], [200])
  })

  test('DS-07 a logout token that failed through a fault of ours is not counted, so that the provider can try again', async () => {
    const ada = await openSignedInBrowser(site)
    const address = newAddress()
    await site.sql('alter table used_logout_tokens rename to away')
    assert.deepEqual(await flood(PER_MINUTE.address + 1, address, {}), [503])
    await site.sql('alter table away rename to used_logout_tokens')
    assert.equal((await post(await make({}, ada.session), address)).status, 200)
    assert.equal(await isSignedIn(ada), false)
  })

  test('DS-07 many logout tokens do not use up the sign-ins of others', async () => {
    await flood(PER_MINUTE.address, '127.0.0.1', { claims: { aud: 'another' } })
    assert.equal(await isSignedIn(await openSignedInBrowser(site)), true)
  })

  test('DS-07 each logout token leaves one small row, which is deleted when the token has expired', async () => {
    const ada = await openSignedInBrowser(site)
    await site.sql('delete from used_logout_tokens')
    await flood(10, newAddress(), {})
    const token = await make({ claims: { sid: undefined } }, ada.session)
    await post(token, newAddress())
    const rows = await site.sql('select * from used_logout_tokens')
    assert.equal(rows.length, 11)
    assert.ok(!JSON.stringify(rows).includes(token))
    const last = Math.max(...rows.map(row => Number(row.expires_at)))
    // Until the last moment at which it would have been taken, it is known; from then on it is refused by its time.
    clock = last - 1
    const again = await openSignedInBrowser(site)
    assert.equal((await post(token, newAddress())).status, 200)
    assert.equal(await isSignedIn(again), true)
    clock = last
    assert.equal((await post(token, newAddress())).status, 400)
    assert.equal(await isSignedIn(again), true)
  })
})

test('a logout token that is signed with a new key is accepted, after one fetch of the keys', async () => {
  const ada = await openSignedInBrowser(site)
  clock += MINUTE
  await site.far.rotate()
  const before = site.far.calls('/jwks')
  assert.equal((await post(await make({}, ada.session), newAddress())).status, 200)
  assert.equal(await isSignedIn(ada), false)
  assert.equal(site.far.calls('/jwks'), before + 1)
})

test('a logout token that is signed with a new key can be sent again if the keys cannot be fetched', async () => {
  const ada = await openSignedInBrowser(site)
  clock += HOUR
  await site.far.rotate()
  site.far.on('/jwks', (_, response) => void response.writeHead(503).end())
  const token = await make({}, ada.session)
  const reply = await post(token, newAddress())
  assert.ok(reply.status >= 500, String(reply.status))
  assert.equal(await isSignedIn(ada), true)
  openForLogout(site)
  clock += MINUTE
  assert.equal((await post(token, newAddress())).status, 200)
  assert.equal(await isSignedIn(ada), false)
})

describe('A logout token is about one provider', () => {
  let friend: FakeOidc
  let both: OidcApp
  before(async () => {
    friend = await startFakeOidc({ now: () => clock })
    friend.override({ logout: {} })
    const names = { PROVIDERS: 'op,friend,plain', DEFAULT_PROVIDER: 'op' }
    both = await startLogoutSite({ ...friend.settings('friend'), ...PLAIN, ...names }, { now: () => clock })
  })
  after(async () => {
    await both.stop()
    await friend.stop()
  })

  const send = (provider: string, token: string) =>
    postLogoutToken(`${both.app.origin}/oauth/${provider}/backchannel-logout`, token)

  test('a logout token of one provider is refused at another, with any signer and any subject', async () => {
    const ada = await openSignedInBrowser(both)
    const theirs = { ...ada.session, clientId: 'client-at-friend' }
    assert.equal((await send('op', await makeLogoutToken(friend, theirs))).status, 400)
    const inOurName = { claims: { iss: both.far.issuer, aud: CLIENT }, header: { kid: both.far.keys.rsa.kid } }
    assert.equal((await send('op', await makeLogoutToken(friend, theirs, inOurName))).status, 400)
    assert.equal((await send('friend', await makeLogoutToken(both.far, ada.session))).status, 400)
    assert.equal(await isSignedIn(ada), true)
  })

  test('a logout token of one provider ends no session of another with the same sub and sid', async () => {
    const ada = await openSignedInBrowser(both)
    const theirs = { ...ada.session, clientId: 'client-at-friend' }
    for (const claims of [{}, { sid: undefined }, { sub: undefined }]) {
      assert.equal((await send('friend', await makeLogoutToken(friend, theirs, { claims }))).status, 200)
    }
    assert.equal(await isSignedIn(ada), true)
  })

  test('the URL for logout tokens is not found at a provider that sends none', async () => {
    for (const provider of ['plain', 'nobody', 'OP', '__proto__']) {
      const response = await send(provider, 'e30')
      assert.deepEqual([response.status, JSON.parse(response.text).error], [404, 'not_found'], provider)
    }
  })
})

const PLAIN = {
  ...{ PLAIN_PROTOCOL: 'oauth2', PLAIN_CLIENT_ID: 'client', PLAIN_CLIENT_SECRET: 'secret' },
  ...{ PLAIN_AUTHORIZE_URL: 'http://127.0.0.1:1/a', PLAIN_TOKEN_URL: 'http://127.0.0.1:1/t' },
  PLAIN_USER_URL: 'http://127.0.0.1:1/u',
}
