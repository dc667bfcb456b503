import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { disableUser, signOutEverywhere } from '../../../src/accounts/users/user-status.js'
import type { Store } from '../../../src/store/types.js'
import { sessionOf } from '../../support/acme-app.js'
import { createBarrier } from '../../support/barrier.js'
import { Device, IPHONE, pressAccount } from '../../support/devices.js'
import { sendLogoutToken } from '../../support/fake-oidc-logout.js'
import type { HttpBrowser, Page } from '../../support/http-browser.js'
import { isSignedIn, openSignedInBrowser, pressSignOut, startLogoutSite } from '../../support/logout-app.js'
import {
  AT_ACME,
  AT_BOLT,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

const MINUTE = 60_000
const CACHE = 5_000

let clock = Date.now()
let pair: TwoProviderApp
let held: ReturnType<typeof createBarrier> | undefined

/** Lookups of sessions can be held after they were made, as of a request that takes long. */
const holding = (real: Store): Store => ({
  ...real,
  sessions: {
    ...real.sessions,
    async find(handleHash) {
      const found = await real.sessions.find(handleHash)
      await held?.pass()
      return found
    },
  },
})

before(async () => {
  pair = await startTwoProviderApp({ TRUSTED_PROXIES: '127.0.0.1' }, { now: () => clock, store: holding })
})
after(() => pair.stop())
beforeEach(async () => {
  clock += MINUTE
  pair.reset()
  for (const table of ['users', 'events']) await pair.sql(`delete from ${table}`)
})

const newDevice = (...kind: [userAgent?: string, address?: string]) => new Device(pair.app.origin, ...kind)

async function enter(device = newDevice(), person = AT_ACME.ada): Promise<{ device: Device; page: Page }> {
  clock += 1
  const page = await signInThrough('acme', pair, device, person)
  assert.equal(page.status, 200, page.text)
  return { device, page }
}
const signedIn = async (device?: Device, person?: typeof AT_ACME.ada) => (await enter(device, person)).device

const isIn = async (visitor: HttpBrowser): Promise<boolean> => (await sessionOf(visitor)).signed_in

describe('SE-06 A request that was on its way while its session ended', () => {
  const ways: Record<string, (other: Device, session: string) => Promise<unknown>> = {
    'by another session of the person': (other, id) => pressAccount(other, `/account/sessions/${id}/end`),
    'with all others': other => pressAccount(other, '/account/sessions/end-others'),
    'with the account': other => pressAccount(other, '/account/delete', { confirm: 'ada' }),
    'by the operator': async () => {
      const [{ user_id: id } = { user_id: '' }] = await pair.sql('select user_id from sessions')
      await signOutEverywhere(pair.app.vestibule.store, String(id), 'root', clock)
      clock += CACHE
    },
    'by being shut out': async () => {
      const [{ user_id: id } = { user_id: '' }] = await pair.sql('select user_id from sessions')
      await disableUser(pair.app.vestibule.store, String(id), 'root', clock)
      clock += CACHE
    },
    async 'with its connection'(other) {
      pair.bolt.useBrowser(other, AT_BOLT.ada)
      const departing = await pressAccount(other, '/account/connect/bolt')
      await other.follow(String(departing.headers.refresh).replace('0;url=', ''))
      const [{ id } = { id: '' }] = await pair.sql("select id from identities where provider = 'acme'")
      await pressAccount(other, `/account/connections/${String(id)}/disconnect`)
    },
    'by its own button in another tab': async (_, id) => {
      assert.ok(id)
      await pressSignOut(slow.duplicate())
    },
  }
  let slow: Device

  for (const [how, end] of Object.entries(ways)) {
    test(`SE-06 a request that was on its way while its session ended ${how}, brings it not back`, async () => {
      const other = await signedIn(newDevice(IPHONE))
      slow = await signedIn()
      const [{ id } = { id: '' }] = await pair.sql('select id from sessions order by created_at desc limit 1')
      clock += MINUTE // past the cache, and time to note that it was seen
      await isIn(other)
      held = createBarrier()
      const late = slow.open('/')
      await held.arrived(1)
      const gate = held
      held = undefined
      await end(other, String(id))
      gate.open()
      // It was let in before, and may be answered; what it writes must find nothing.
      await late
      assert.equal(await isIn(slow.duplicate()), false)
      assert.equal(await isIn(slow), false)
      assert.deepEqual(await pair.sql(`select id from sessions where id = '${String(id)}'`), [])
    })
  }
})

test('SE-06 A request on its way while the provider ends its session brings it not back', async () => {
  const site = await startLogoutSite({}, { now: () => clock, store: holding })
  try {
    const ada = await openSignedInBrowser(site)
    clock += MINUTE
    held = createBarrier()
    const late = ada.visitor.open('/')
    await held.arrived(1)
    const { open } = held
    held = undefined
    const { status } = await sendLogoutToken(site.far, `${site.app.origin}/oauth/op/backchannel-logout`)
    assert.equal(status, 200)
    open()
    await late
    assert.equal(await isSignedIn(ada), false)
    assert.deepEqual(await site.sql('select * from sessions'), [])
  } finally {
    await site.stop()
  }
})
