import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import nunjucks from 'nunjucks'
import { axeViolations } from '../support/axe.js'
import { type OpenBrowser, openBrowser, type Page } from '../support/chromium.js'
import { type AccountLocals, largeAccount } from '../support/sample-account.js'
import { hardNames, sampleViews } from '../support/sample-views.js'
import { tooWide } from './overflowing-elements.js'
import type { PageOptions } from './setup.js'

const VIEWS = fileURLToPath(new URL('../../../views/', import.meta.url))
const COUNT_SHIFTS = `
  shifted = 0
  new PerformanceObserver(list => {
    for (const { value } of list.getEntries()) shifted += value
  }).observe({ type: 'layout-shift', buffered: true })`

const environment = new nunjucks.Environment(new nunjucks.FileSystemLoader(VIEWS), {
  autoescape: true,
  throwOnUndefined: true,
})

let browser: OpenBrowser
before(async () => {
  browser = await openBrowser()
})
after(() => browser.close())

/** The account as its view shows it, without an app behind it. */
async function show(changes: Partial<AccountLocals>, options: PageOptions = {}): Promise<Page> {
  const page = await (await browser.newContext({ reducedMotion: 'reduce', ...options })).newPage()
  const body = environment.render('account.njk', { ...sampleViews['account.njk'], ...changes })
  await page.addInitScript(COUNT_SHIFTS)
  await page.route('**/sample', route => route.fulfill({ contentType: 'text/html', body }))
  await page.route('**/*.css', route => route.fulfill({ path: `${VIEWS}assets/vestibule.css` }))
  await page.route('**/*.svg', route => route.abort())
  await page.goto('http://localhost/sample')
  return page
}

for (const [kind, name] of Object.entries(hardNames)) {
  test(`twelve connections and fifty sessions of ${kind} names fit into 320 pixels, folded and unfolded`, async () => {
    const page = await show(largeAccount(name), { viewport: { width: 320, height: 640 } })
    assert.deepEqual(await tooWide(page), [])
    for (const summary of await page.locator('summary').all()) await summary.click()
    assert.equal(await page.locator('form[action*="/sessions/"][action$="/end"]').count(), 49)
    assert.deepEqual(await tooWide(page), [])
    assert.equal(await page.locator('script, main img').count(), 0)
  })
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on a crowded account in ${colorScheme}`, async () => {
    const page = await show(largeAccount(hardNames.oneLetter), { colorScheme })
    for (const summary of await page.locator('summary').all()) await summary.click()
    // axe judges no text on a gradient.
    await page.addStyleTag({ content: '.layout-app { background: var(--warm) !important }' })
    assert.deepEqual(await axeViolations(page), [])
  })
}

test('the account page does not move while it loads', async () => {
  const page = await show(largeAccount(hardNames.rightToLeft))
  assert.equal(await page.evaluate('shifted'), 0)
})

test('the account page is walked by keyboard, button by button, and each says by its name what it is about', async () => {
  const page = await show({ isWrongConfirmation: false })
  const names: string[] = []
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab')
    const name = await page.evaluate<string>('document.activeElement.innerText ?? ""')
    if (await page.evaluate<boolean>('document.activeElement.matches("button, input, summary")')) {
      names.push(name.replace(/\s+/g, ' ').trim())
      assert.equal(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'solid', name)
    }
    if (name === 'Delete my account') break
  }
  assert.deepEqual(names, [
    ...['Disconnect GitHub ada', 'Reconnect GitLab', 'Disconnect GitLab ada.lovelace'],
    ...['G Connect GitHub', 'G Connect GitLab', 'G Connect Google'],
    ...['End the session of Safari on iPhone', 'End the session of A script (curl)', '1 more', 'End all others'],
    ...['1 more', '', 'Delete my account'],
  ])
})

test('the account page has every line and every button in forced colours, too', async () => {
  const page = await show({}, { forcedColors: 'active' })
  const lines = await page.evaluate<string[]>(
    `[...document.querySelectorAll('main .button, main input[name=confirm], main .initial, main .card')]
        .map(element => getComputedStyle(element).borderTopStyle)`,
  )
  assert.ok(lines.length > 15)
  assert.deepEqual([...new Set(lines)], ['solid'])
})
