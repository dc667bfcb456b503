// A real browser behind a real nginx with its defaults, which takes no line of a request that is longer than 8 kB.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { AcmeBrowser } from '../support/acme-browser.js'
import { startApp } from '../support/app.js'
import { type BrowserContext, openBrowser, type Page } from '../support/chromium.js'
import { callbackUrl, startFakeProvider } from '../support/fake-provider.js'
import { findNginx, freePort, startNginx, WITHOUT_NGINX } from '../support/nginx.js'

const TABS = 20

/** The app behind nginx, and a provider that shows a link instead of sending the browser straight back. */
async function startBehindNginx(t: TestContext): Promise<string | undefined> {
  const program = findNginx()
  if (program === undefined) {
    t.skip(WITHOUT_NGINX)
    return undefined
  }
  const far = await startFakeProvider()
  t.after(() => far.stop())
  far.on('/authorize', ({ query }, response) => {
    const back = callbackUrl(`${far.origin}/authorize?${query}`).replaceAll('&', '&amp;')
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<h1>Acme</h1><a href="${back}">Go on</a>`)
  })
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const app = await startApp({ ...far.settings(), PUBLIC_URL: origin })
  t.after(() => app.stop())
  const nginx = await startNginx(program, port, app.port ?? 0)
  t.after(() => nginx.stop())
  return origin
}

async function newContext(t: TestContext): Promise<BrowserContext> {
  const browser = await openBrowser()
  t.after(() => browser.close())
  return browser.newContext()
}

/** Clicks the provider's link; says what came of it. */
async function goOn(page: Page): Promise<{ url: string; heading: string | null }> {
  await Promise.all([page.waitForURL(url => url.hostname === 'localhost'), page.click('a')])
  return { url: page.url(), heading: await page.textContent('h1') }
}

test('B-01 twenty tabs at the same moment behind nginx: four sign in, the others say why not and lead on, no page is lost', async t => {
  const origin = await startBehindNginx(t)
  if (origin === undefined) return
  const context = await newContext(t)
  const refused: string[] = []
  context.on('response', response => {
    const isOurs = response.headers()['content-security-policy'] !== undefined
    if (response.url().startsWith(origin) && response.status() >= 400 && !isOurs) refused.push(response.url())
  })

  const paths = Array.from({ length: TABS }, (_, tab) => `/account?filter=${'x'.repeat(600)}&tab=${tab}`)
  const pages = await Promise.all(paths.map(() => context.newPage()))
  await Promise.all(pages.map((page, tab) => page.goto(origin + paths[tab])))

  const reported: [Page, string][] = []
  for (const [tab, page] of pages.entries()) {
    const { url, heading } = await goOn(page)
    if (url === `${origin}${paths[tab]}`) continue
    assert.equal(heading, 'Another sign-in was started in this browser since')
    reported.push([page, `${origin}${paths[tab]}`])
  }
  assert.equal(reported.length, TABS - 4)

  for (const [page, wanted] of reported) {
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await page.getByRole('heading', { name: 'Acme' }).waitFor()
    assert.equal((await goOn(page)).url, wanted)
  }
  const page = await context.newPage()
  assert.equal((await page.goto(`${origin}/signed-out`))?.status(), 200)
  assert.deepEqual(refused, [])
})

test('B-01 the start of a sign-in with the longest return path passes nginx, and so does its end', async t => {
  const origin = await startBehindNginx(t)
  if (origin === undefined) return
  const visitor = new AcmeBrowser(origin)
  const path = `/${'a'.repeat(1_023)}`
  const { status, location = '' } = await visitor.open(`/login/acme?return_to=${path}`)
  assert.equal(status, 303)
  assert.equal((await visitor.open(callbackUrl(location))).location, origin + path)
})

test('B-01 a browser whose cookies are too large for the app itself opens the page again, and it is there', async t => {
  const far = await startFakeProvider()
  t.after(() => far.stop())
  const app = await startApp(far.settings())
  t.after(() => app.stop())
  const context = await newContext(t)
  const names = Array.from({ length: 8 }, (_, slot) => `vestibule-attempt-${slot}`)
  await context.addCookies(names.map(name => ({ name, value: 'x'.repeat(3_000), url: app.origin })))
  const page = await context.newPage()
  assert.equal((await page.goto(`${app.origin}/signed-out`))?.status(), 431)
  assert.equal(await page.textContent('h1'), 'Your browser sent too much')
  assert.deepEqual(await context.cookies(app.origin), [])
  assert.equal((await page.reload())?.status(), 200)
})
