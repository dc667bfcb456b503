import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startApp, type TestApp } from '../support/app.js'
import { type OpenBrowser, openBrowser, type Page } from '../support/chromium.js'
import { type FakeOidc, startFakeOidc } from '../support/fake-oidc.js'

let op: FakeOidc
let app: TestApp
let browser: OpenBrowser

before(async () => {
  op = await startFakeOidc()
  const [started, launched] = await Promise.all([
    startApp({ ...op.settings('acme'), ACME_RESPONSE_MODE: 'form_post' }),
    openBrowser(),
  ])
  app = started
  browser = launched
})
after(async () => {
  await browser.close()
  await app.stop()
  await op.stop()
})

/** Everything that the address bar showed or would show again by the back button, and what the page asked for. */
async function watch(page: Page) {
  const asked: { method: string; url: string; headers: () => Promise<Record<string, string>> }[] = []
  page.on('request', request => {
    asked.push({ method: request.method(), url: request.url(), headers: () => request.allHeaders() })
  })
  const shown: string[] = []
  page.on('framenavigated', frame => shown.push(frame.url()))
  const devtools = await page.context().newCDPSession(page)
  const history = async () => (await devtools.send('Page.getNavigationHistory')).entries.map(({ url }) => url)
  return { asked, shown, history }
}

test('a form that another site sends by itself signs in, with cookies that stay Lax and no code in any address', async () => {
  op.override({ back: { user: 'Ada' } })
  const page = await (await browser.newContext()).newPage()
  const { asked, shown, history } = await watch(page)
  await page.goto(`${app.origin}/profile`)
  await page.waitForURL(`${app.origin}/profile`)
  assert.equal(await page.getByText('ada', { exact: true }).first().isVisible(), true)

  const way = asked.filter(({ url }) => url.startsWith(`${app.origin}/oauth/`))
  assert.deepEqual(
    way.map(({ method }) => method),
    ['POST', 'GET'],
  )
  const [posted, opened] = await Promise.all(way.map(({ headers }) => headers()))
  assert.equal(posted?.['sec-fetch-site'], 'cross-site')
  assert.equal(posted?.cookie, undefined)
  assert.match(opened?.cookie ?? '', /^vestibule-attempt-[0-7]=/)

  const state = new URL(asked.find(({ url }) => url.startsWith(op.origin))?.url ?? '').searchParams.get('state') ?? ''
  assert.ok(state.length > 20)
  const ours = [...asked.map(({ url }) => url), ...shown, ...(await history())].filter(url =>
    url.startsWith(app.origin),
  )
  assert.ok(ours.length > 4)
  assert.deepEqual(
    ours.filter(url => url.includes('code=') || url.includes(state)),
    [],
  )
  assert.deepEqual(
    (await history()).filter(url => url.includes('/oauth/')),
    [],
  )
})

test('a refusal that another site posts is told to the person, and the retry leads back to it', async () => {
  op.override({ back: { code: undefined, error: 'access_denied' } })
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${app.origin}/profile`)
  await page.waitForURL(`${app.origin}/oauth/acme/callback?answer=*`)
  assert.equal(await page.textContent('h1'), 'You did not allow the sign-in')

  op.override({ back: {} })
  await page.getByRole('link', { name: 'Sign in again' }).click()
  await page.waitForURL(`${app.origin}/profile`)
})
