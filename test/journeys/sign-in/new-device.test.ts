import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { Device, firefox, IPHONE, sessionsOn } from '../../support/devices.js'
import type { Page } from '../../support/http-browser.js'
import { eventsOf } from '../../support/logout-app.js'
import { AT_ACME, signInThrough, startTwoProviderApp, type TwoProviderApp } from '../../support/two-provider-app.js'

const MINUTE = 60_000

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

const account = (device: Device) => device.open('/account')

describe('A sign-in', () => {
  const NEW = /first time from this kind of device, and noted on your account page/
  const codes = async () => (await eventsOf(pair, 'signed-in')).map(({ code }) => code)

  test('a sign-in from a new kind of device is shown on that device and in the audit log', async () => {
    await enter()
    const { page, device } = await enter(newDevice(IPHONE))
    assert.match(page.text, NEW)
    assert.deepEqual(await codes(), ['new_account', 'new_device'])
    assert.match((await account(device)).text, /Signed in with acme from a new device: Safari on iPhone/)
    assert.doesNotMatch((await enter(newDevice(IPHONE))).page.text, NEW)
  })

  test('the first sign-in of an account is not shown as one from a new device', async () => {
    assert.doesNotMatch((await enter()).page.text, NEW)
  })

  test('another version of the same browser, or another address, is not a new device', async () => {
    await enter(newDevice(firefox('140.0')))
    assert.doesNotMatch((await enter(newDevice(firefox('141.0')))).page.text, NEW)
    assert.doesNotMatch((await enter(newDevice(firefox('140.0'), '203.0.113.99'))).page.text, NEW)
    assert.deepEqual(await codes(), ['new_account', null, null])
  })

  test('a browser that sends no user agent is a new kind of device once', async () => {
    await enter()
    const { page, device } = await enter(newDevice(''))
    assert.match(page.text, NEW)
    assert.match(sessionsOn(await account(device))[0]?.text ?? '', /An unknown device this one/)
    assert.doesNotMatch((await enter(newDevice(''))).page.text, NEW)
  })

  test('a kind of device that was used long ago is not a new one', async () => {
    await enter()
    for (let times = 0; times < 5; times++) await enter(newDevice(IPHONE))
    assert.doesNotMatch((await enter(newDevice(firefox('141.0')))).page.text, NEW)
  })

  test('a device that one user knows is new for another user', async () => {
    await enter(newDevice(IPHONE))
    await enter(newDevice(), AT_ACME.grace)
    assert.match((await enter(newDevice(IPHONE), AT_ACME.grace)).page.text, NEW)
  })
})
