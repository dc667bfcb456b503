import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { PER_MINUTE } from '../../../src/web/guards/rate-limit-counters.js'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { startApp, type TestApp } from '../../support/app.js'
import { type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import type { Page } from '../../support/http-browser.js'

const MINUTE = 60_000

/** Each test begins with a minute. */
let clock = Math.floor(Date.now() / MINUTE) * MINUTE
let acme: FakeProvider
let app: TestApp

before(async () => {
  acme = await startFakeProvider()
  app = await startApp({ ...acme.settings(), RATE_LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.1' }, { now: () => clock })
})
after(async () => {
  await app.stop()
  await acme.stop()
})
afterEach(() => {
  acme.reset()
  clock = (Math.floor(clock / MINUTE) + 1) * MINUTE
})

let addresses = 0
const newAddress = () => `198.51.100.${++addresses}`

/** What a script can write into its headers to look like something that is not counted. */
const DISGUISES: Record<string, Record<string, string>> = {
  'a script': { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' },
  'an image': { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' },
  'a frame': { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' },
  'a page': { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
  'a header nobody knows': { 'Sec-Fetch-Mode': 'x', 'Sec-Fetch-Dest': 'y' },
}

/** Begins so many sign-ins in as many browsers; returns each callback with its cookies. */
async function startSignIn(times: number, address: string) {
  return Promise.all(
    Array.from({ length: times }, async () => {
      const visitor = new AcmeBrowser(app.origin)
      const start = await visitor.open('/login/acme', { 'X-Forwarded-For': address })
      const state = new URL(start.location ?? '').searchParams.get('state') ?? ''
      const cookies = [...visitor.cookies()].map(([name, value]) => `${name}=${value}`).join('; ')
      return { path: `/oauth/acme/callback?state=${state}&error=x`, cookies }
    }),
  )
}

const comeBack = (path: string, cookies: string, headers: Record<string, string>): Promise<Page> =>
  new AcmeBrowser(app.origin).open(path, { Cookie: cookies, ...headers })

const passed = (pages: readonly Page[]) => pages.filter(({ status }) => status !== 429).length

for (const [what, headers] of Object.entries(DISGUISES)) {
  test(`A2 a visitor whose cookie looks like ${what} is counted by the address`, async () => {
    const address = newAddress()
    const begun = await startSignIn(50, address)
    const pages: Page[] = []
    for (let time = 0; time < 200; time++) {
      const { path, cookies } = begun[time % begun.length] ?? assert.fail()
      pages.push(await comeBack(path, cookies, { ...headers, 'X-Forwarded-For': address }))
    }
    assert.equal(passed(pages), PER_MINUTE.address)
    assertRefused(pages.at(-1) ?? assert.fail(), 429, 'too_many_requests')
  })
}

test('A2 a visitor with a session cookie is counted by the address', async () => {
  const ada = new AcmeBrowser(app.origin)
  await ada.signInAs()
  for (const name of ada.attempts) ada.cookies().delete(name)
  const address = newAddress()
  clock += MINUTE
  const headers = { ...DISGUISES['a script'], 'X-Forwarded-For': address }
  for (let time = 0; time < PER_MINUTE.browser; time++) await ada.open('/oauth/acme/callback?code=a', headers)
  const neighbours = await startSignIn(PER_MINUTE.address, newAddress())
  const pages = await Promise.all(
    neighbours.map(({ path, cookies }) => comeBack(path, cookies, { 'X-Forwarded-For': address })),
  )
  assert.equal(passed(pages), PER_MINUTE.address - PER_MINUTE.browser)
})

test('A2 a visitor gains nothing by sending the cookie only every other time', async () => {
  const address = newAddress()
  const begun = await startSignIn(PER_MINUTE.address, address)
  const pages: Page[] = []
  for (const { path, cookies } of begun) {
    pages.push(await comeBack(path, cookies, { 'X-Forwarded-For': address }))
    pages.push(await comeBack(path, '', { 'X-Forwarded-For': address }))
  }
  assert.equal(passed(pages), PER_MINUTE.address)
})

test('B-46 RATE_LIMITS says how many of each may come from one address', async t => {
  const settings = { ...acme.settings(), RATE_LIMITS: 'starts=3,callbacks=2', TRUSTED_PROXIES: '127.0.0.1' }
  const strict = await startApp(settings, { now: () => clock })
  t.after(() => strict.stop())
  const from = { 'X-Forwarded-For': newAddress() }
  const statuses = async (path: string) => {
    const pages: Page[] = []
    for (let time = 0; time < 5; time++) pages.push(await new AcmeBrowser(strict.origin).open(path, from))
    return pages.map(({ status }) => status)
  }
  assert.deepEqual(await statuses('/login/acme'), [303, 303, 303, 429, 429])
  assert.deepEqual(await statuses('/oauth/acme/callback?code=a'), [400, 400, 429, 429, 429])
})
