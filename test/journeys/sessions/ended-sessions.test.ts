import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { Device, IPHONE, pressAccount, sessionsOn } from '../../support/devices.js'
import { AS_A_PAGE, type HttpBrowser, hiddenFields, type Page } from '../../support/http-browser.js'
import { eventsOf } from '../../support/logout-app.js'
import { AT_ACME, signInThrough, startTwoProviderApp, type TwoProviderApp } from '../../support/two-provider-app.js'

const MINUTE = 60_000
const CACHE = 5_000

let clock = Date.now()
let pair: TwoProviderApp

before(async () => {
  pair = await startTwoProviderApp({ TRUSTED_PROXIES: '127.0.0.1' }, { now: () => clock })
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
const present = (...devices: Device[]) => Promise.all(devices.map(isIn))
const account = (device: Device) => device.open('/account')

/** The form that ends a device's session, as another one of that person shows it. */
async function endOf(device: Device): Promise<string> {
  const [row] = await pair.sql('select id from sessions order by created_at desc limit 1')
  const { end } = sessionsOn(await account(device)).find(({ end }) => end?.includes(String(row?.id))) ?? {}
  return end ?? assert.fail('There is no such session on the page')
}

test('the list of sessions tells each by its device in words, address, provider, times, and which one this is', async () => {
  const here = await signedIn()
  clock += 60 * MINUTE
  const there = await signedIn(newDevice(IPHONE, '203.0.113.9'))
  const [own, other, ...more] = sessionsOn(await account(here))
  assert.deepEqual(more, [])
  assert.match(own?.text ?? '', /Firefox on Linux this one 198\.51\.100\.7 · Acme · since .* · seen /i)
  assert.match(other?.text ?? '', /Safari on iPhone 203\.0\.113\.9 · Acme · since .* · seen /i)
  assert.ok(!other?.text.includes('this one'))
  assert.equal(own?.end, undefined)
  assert.match((await account(there)).text, /Safari on iPhone<\/bdi><\/b> <span class="tag good">this one/)
})

test('the list of sessions shows nobody else’s, none that is over, and no handle', async () => {
  const here = await signedIn()
  await signedIn(newDevice(IPHONE), AT_ACME.grace)
  await signedIn(newDevice(IPHONE))
  await pair.sql(`update sessions set expires_at = ${clock} where user_agent like '%iPhone%'`)
  const page = await account(here)
  assert.equal(sessionsOn(page).length, 1)
  assert.ok(!page.text.includes(here.sessionCookie ?? ''))
})

test('SE-28 ending one session ends it at once and no other, with an event', async () => {
  const [here, third, there] = [await signedIn(), await signedIn(), await signedIn()]
  assert.deepEqual(await present(here, third, there), [true, true, true])
  const page = await pressAccount(here, await endOf(here))
  assert.equal(page.location, `${pair.app.origin}/account`)
  assert.deepEqual(await present(here, third, there), [true, true, false])
  assert.deepEqual(
    (await eventsOf(pair, 'session-ended')).map(({ code, provider }) => [code, provider]),
    [['person', 'acme']],
  )
})

test('SE-28 all others: every one, of whichever provider, and not this one', async () => {
  const here = await signedIn()
  const others = [await signedIn(), await signedIn(newDevice(IPHONE))]
  const grace = await signedIn(newDevice(), AT_ACME.grace)
  await pressAccount(here, '/account/sessions/end-others')
  assert.deepEqual(await present(here, ...others, grace), [true, false, false, true])
  assert.equal((await pair.sql('select * from sessions')).length, 2)
  // Where there is none, it does nothing and says nothing in the trail.
  const before = (await eventsOf(pair, 'session-ended')).length
  assert.equal((await pressAccount(here, '/account/sessions/end-others')).status, 303)
  assert.equal((await eventsOf(pair, 'session-ended')).length, before)
})

test('SE-28 ending a session of another user, or one that does not exist, is not found and changes nothing', async () => {
  const [ada, grace] = [await signedIn(), await signedIn(newDevice(), AT_ACME.grace)]
  const [{ id } = { id: '' }] = await pair.sql('select id from sessions order by created_at desc limit 1')
  const before = await pair.sql('select id from sessions order by id')
  for (const wanted of [String(id), 'nothing', '__proto__', '%27%20or%201=1', 'x'.repeat(2_000)]) {
    assertRefused(await pressAccount(ada, `/account/sessions/${wanted}/end`), 404, 'not_found')
  }
  assert.deepEqual(await present(ada, grace), [true, true])
  assert.deepEqual(await pair.sql('select id from sessions order by id'), before)
  assert.deepEqual(await eventsOf(pair, 'session-ended'), [])
})

test('SE-28 ending a session takes a POST from a page of this session', async () => {
  const [here, there] = [await signedIn(), await signedIn()]
  const theirs = hiddenFields((await account(await signedIn(newDevice(), AT_ACME.grace))).text)
  const end = sessionsOn(await account(here)).find(({ end }) => end)?.end ?? ''
  for (const path of [end, '/account/sessions/end-others']) {
    for (const method of ['GET', 'HEAD']) {
      const page = await here.ask(path, { method })
      assert.deepEqual([page.status, page.headers.allow], [405, 'POST'], path)
    }
    for (const form of [{}, { csrf: 'made up' }, { csrf: theirs.csrf ?? '' }]) {
      assertRefused(await here.ask(path, { method: 'POST', form, headers: AS_A_PAGE }), 403, 'csrf')
    }
    const right = hiddenFields((await account(here)).text)
    const headers = { ...AS_A_PAGE, 'Sec-Fetch-Site': 'cross-site' }
    assertRefused(await here.ask(path, { method: 'POST', form: right, headers }), 403, 'csrf')
  }
  assert.deepEqual(await present(here, there), [true, true])
})

test('SE-28 the one that asks, by its own id, signs out', async () => {
  const here = await signedIn()
  const [{ id } = { id: '' }] = await pair.sql('select id from sessions')
  const page = await pressAccount(here, `/account/sessions/${String(id)}/end`)
  assert.equal(page.location, `${pair.app.origin}/signed-out`)
  assert.deepEqual([here.sessionCookie, await isIn(here)], [undefined, false])
})

test('SE-28 disabling a user in the table alone ends all of their sessions', async () => {
  const devices = [await signedIn(), await signedIn(newDevice(IPHONE))]
  assert.deepEqual(await present(...devices), [true, true])
  await pair.sql(`update users set disabled_at = ${clock}`)
  clock += CACHE
  assert.deepEqual(await present(...devices), [false, false])
  for (const device of devices) assert.equal((await device.ask('/account')).status, 401)
})

test('SE-28 ending a session signs out a user whose account was deleted elsewhere a moment ago', async () => {
  const here = await signedIn()
  const page = await here.open('/logout')
  await pair.sql('delete from users')
  assert.equal((await here.submit(page, '/logout')).location, `${pair.app.origin}/signed-out`)
  assert.equal(await isIn(here), false)
})
