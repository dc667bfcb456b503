import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import nunjucks from 'nunjucks'
import type { Page } from '../support/chromium.js'
import { sampleUser, sampleViews } from '../support/sample-views.js'
import { type BrowserSetup, openBrowserSetup, signIn } from './setup.js'

const VIEWS = fileURLToPath(new URL('../../../views/', import.meta.url))
const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"/>'
const COUNT_SHIFTS = `
  shifted = 0
  new PerformanceObserver(list => {
    for (const { value } of list.getEntries()) shifted += value
  }).observe({ type: 'layout-shift', buffered: true })`

let setup: BrowserSetup
before(async () => {
  setup = await openBrowserSetup()
})
after(() => setup.close())

test('nothing moves while the home page and the profile load', async () => {
  const page = await watchedPage()
  await signIn(page, setup)
  assert.equal(await shifted(page), 0)
  await page.goto(`${setup.app.origin}/profile`)
  assert.equal(await shifted(page), 0)

  // So it would have been seen.
  await page.evaluate('document.querySelector("main").prepend(Object.assign(new Image(), { height: 300 }))')
  assert.notEqual(await shifted(page), 0)
})

for (const view of ['home.njk', 'profile.njk'] as const) {
  test(`nothing moves in ${view} when a picture comes late, and the letter stands there until then`, async () => {
    const page = await watchedPage()
    let sendPicture = () => {}
    const allowed = new Promise<void>(resolve => {
      sendPicture = resolve
    })
    await showSample(page, view, allowed)
    assert.equal(await page.locator('main .avatar > span').innerText(), 'A')
    assert.equal(await shifted(page), 0)
    sendPicture()
    await page.waitForFunction('document.querySelector("main .avatar img").naturalWidth === 400')
    assert.equal(await shifted(page), 0)
  })
}

async function watchedPage(): Promise<Page> {
  const page = await setup.newPage()
  await page.addInitScript(COUNT_SHIFTS)
  return page
}

/** How far things moved without anybody's doing, once what is there has been drawn. */
const shifted = (page: Page): Promise<number> =>
  page.evaluate<number>(
    'new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(shifted)))))',
  )

/** A view with a picture, which comes when it may. */
async function showSample(page: Page, view: 'home.njk' | 'profile.njk', allowed: Promise<void>): Promise<void> {
  const html = new nunjucks.Environment(new nunjucks.FileSystemLoader(VIEWS)).render(view, sampleViews[view])
  await page.route('**/sample', route => route.fulfill({ contentType: 'text/html', body: html }))
  await page.route('**/*.css', route => route.fulfill({ path: `${VIEWS}assets/vestibule.css` }))
  await page.route(sampleUser.picture ?? '', async route => {
    await allowed
    await route.fulfill({ contentType: 'image/svg+xml', body: PICTURE })
  })
  await page.goto(`${setup.app.origin}/sample`, { waitUntil: 'domcontentloaded' })
}
