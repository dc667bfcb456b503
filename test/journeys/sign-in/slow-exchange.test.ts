import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { EXCHANGE_TIMEOUT_MS } from '../../../src/accounts/provider-calls.js'
import type { HttpClient } from '../../../src/net/http-client.js'
import type { Store } from '../../../src/store/types.js'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { createBarrier } from '../../support/barrier.js'
import { type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

const PLACES = 64

let acme: FakeProvider
let app: WatchedApp
let outbound: HttpClient
/** The deadlines that run, each with its length. */
const running = new Map<() => void, number>()
/** What the store has to wait for before it tells whether an attempt was used. */
let looking: () => Promise<void> = async () => {}

const asGithub = () => ({
  ...{ PROVIDERS: 'github', DEFAULT_PROVIDER: 'github', GITHUB_CLIENT_ID: 'us', GITHUB_CLIENT_SECRET: 'ours' },
  ...{ GITHUB_TOKEN_URL: `${acme.origin}/token`, GITHUB_USER_URL: `${acme.origin}/user` },
  GITHUB_API_BASE_URL: acme.origin,
  ALLOWED_USERS: 'group:github:staff/all',
})

const slowLooks = (store: Store): Store => ({
  ...store,
  usedAttempts: {
    ...store.usedAttempts,
    has: async mark => {
      await looking()
      return store.usedAttempts.has(mark)
    },
  },
})

before(async () => {
  acme = await startFakeProvider()
  app = await startWatchedApp(asGithub(), {
    store: slowLooks,
    httpClient: given => {
      outbound = given
      return given
    },
    deadline(ms, act) {
      const own = () => act()
      running.set(own, ms)
      return () => running.delete(own)
    },
  })
})
after(async () => {
  await app.stop()
  await acme.stop()
})
afterEach(() => {
  acme.reset()
  looking = async () => {}
})

const newBrowser = () => new AcmeBrowser(app.origin)

function letPass(milliseconds: number): void {
  for (const [act, ms] of running) if (ms === milliseconds) act()
}

/** How many places are left for sign-ins. */
function free(): number {
  const slots: { release(): void }[] = []
  try {
    while (slots.length <= PLACES) slots.push(outbound.takeSlot('github'))
  } catch {}
  for (const slot of slots) slot.release()
  return slots.length
}

// The time limits are for what would wait for ever.
describe('A sign-in whose provider is slow in each single call', { timeout: 60_000 }, () => {
  test('A5 a sign-in whose provider is slow in each single call ends as a whole, with no session, no account and no call after it, and its place is free', async () => {
    const gate = createBarrier()
    let pages = 0
    acme.on('/user', json({ id: 1, login: 'ada' }))
    acme.on('/user/emails', json([]))
    acme.on('/user/orgs', async (seen, response) => {
      pages += 1
      if (pages === 3) await gate.pass()
      json(Array.from({ length: 100 }, (_, index) => ({ login: `org-${pages}-${index}` })))(seen, response)
    })
    const visitor = newBrowser()
    const callback = await visitor.startSignIn('/login/github')
    const reply = visitor.open(callback)
    await gate.arrived(1)
    assert.equal(free(), PLACES - 1)
    letPass(EXCHANGE_TIMEOUT_MS)
    assertRefused(await reply, 502, 'provider_slow')
    assert.equal(free(), PLACES)
    const { length } = acme.requests
    gate.open()
    await visitor.open('/login')
    assert.deepEqual([acme.requests.length, app.count('sessions'), app.count('users')], [length, 0, 0])
    assert.equal(await visitor.login(), undefined)
    assertRefused(await visitor.open(callback), 400, 'attempt_used')
  })
})

describe('While our own store keeps sign-ins waiting', { timeout: 60_000 }, () => {
  test('A6 while our own store keeps sign-ins waiting they take no place at the provider', async () => {
    const gate = createBarrier()
    looking = gate.pass
    const waiting = Array.from({ length: PLACES + 6 }, async () => {
      const visitor = newBrowser()
      return visitor.open(await visitor.startSignIn('/login/github'))
    })
    await gate.arrived(PLACES + 6)
    assert.equal(free(), PLACES)
    gate.open()
    await Promise.all(waiting)
    assert.equal(free(), PLACES)
  })
})
