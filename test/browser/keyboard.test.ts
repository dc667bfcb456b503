import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from '../support/chromium.js'
import { type BrowserSetup, errorCode, openBrowserSetup } from './setup.js'

let setup: BrowserSetup
before(async () => {
  setup = await openBrowserSetup()
})
after(() => setup.close())

test('the keyboard alone signs in, walks through the pages and signs out, and always shows where it is', async () => {
  const page = await setup.newPage()
  const { origin } = setup.app
  await page.goto(`${origin}/`)
  await tabTo(page, 'Ada Lovelace')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${origin}/`)

  await tabTo(page, 'Profile')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${origin}/profile`)
  await tabTo(page, 'Sign out')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${origin}/logout`)
  // The first one is in the header.
  await tabTo(page, 'Sign out')
  await tabTo(page, 'Sign out')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${origin}/signed-out`)
})

test('denying is one button, by keyboard too', async () => {
  const page = await setup.newPage()
  await page.goto(`${setup.app.origin}/`)
  await tabTo(page, 'Deny')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${setup.app.origin}/oauth/**`)
  assert.equal(await page.textContent('h1'), 'You did not allow the sign-in')
})

test('what goes wrong is chosen by keyboard, too', async () => {
  const page = await setup.newPage()
  await page.goto(`${setup.app.origin}/`)
  await tabTo(page, 'What should go wrong?')
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowDown')
  assert.equal(await page.locator(':focus').getAttribute('value'), 'wrong_state')
  await tabTo(page, 'grace', 'Shift+Tab')
  await page.keyboard.press('Space')
  await page.waitForURL(`${setup.app.origin}/oauth/**`)
  assert.equal(await errorCode(page), 'attempt_missing')
})

test('the first Tab on every page shows a link that leads past the header', async () => {
  const page = await setup.newPage()
  for (const path of ['/login', '/signed-out', '/nowhere', '/']) {
    await page.goto(setup.app.origin + path)
    const skip = page.getByRole('link', { name: 'Skip to the content' })
    assert.ok(((await skip.boundingBox())?.y ?? 0) < 0, 'out of sight at first')
    await page.keyboard.press('Tab')
    assert.ok(((await skip.boundingBox())?.y ?? -1) >= 0, 'in sight once it is reached')
    await page.keyboard.press('Enter')
    assert.equal(await page.locator(':focus').getAttribute('id'), 'main')
  }
})

/** Presses Tab (or Shift and Tab) until the thing of that name is reached; everything on the way must show that it is reached. */
async function tabTo(page: Page, name: string, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 30; presses++) {
    await page.keyboard.press(key)
    const reached = page.locator(':focus')
    const text = (await reached.textContent()) ?? ''
    const { style, width } = await page.evaluate<{ style: string; width: string }>(
      `(({ outlineStyle, outlineWidth }) => ({ style: outlineStyle, width: outlineWidth }))(getComputedStyle(document.activeElement))`,
    )
    assert.deepEqual({ style, width }, { style: 'solid', width: '3px' }, `${text.trim()} shows no focus`)
    assert.ok(((await reached.boundingBox())?.width ?? 0) > 10, `${text.trim()} cannot be seen`)
    if (text.includes(name)) return
  }
  assert.fail(`Tab does not lead to "${name}"`)
}
