import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { TEST_USERS } from '../../src/dev-provider/users.js'
import type { Page } from '../support/chromium.js'
import { tooWide } from './overflowing-elements.js'
import { type BrowserSetup, openBrowserSetup, signIn } from './setup.js'

let setup: BrowserSetup
before(async () => {
  setup = await openBrowserSetup()
})
after(() => setup.close())

const narrow = { viewport: { width: 320, height: 640 } }

for (const { login, name, tag } of TEST_USERS) {
  test(`${login} (${tag}) is greeted by name, as plain text that fits into 320 pixels`, async () => {
    const page = await setup.newPage(narrow)
    await signIn(page, setup, login)
    assert.equal(await page.textContent('h1'), `Hello, ${name ?? login}`)
    assert.equal(await page.locator('h1 *').count(), 0)
    assert.deepEqual(await tooWide(page), [])
    assert.equal(await largestText(page), 'H1')

    await page.goto(`${setup.app.origin}/profile`)
    assert.equal(await page.locator('.profile dd').first().textContent(), name ?? 'not public')
    assert.equal(await page.locator('script, main img, main b').count(), 0)
    assert.deepEqual(await tooWide(page), [])
  })
}

test('a name without a place to break fits into 320 pixels', async () => {
  const page = await setup.newPage(narrow)
  await page.goto(`${setup.app.origin}/`)
  await page.getByLabel('Login').fill('l-'.repeat(19))
  await page.getByLabel('Name').fill('Ä'.repeat(80))
  await page.getByRole('textbox', { name: 'E-mail' }).fill(`${'e'.repeat(64)}@${'d'.repeat(63)}.example`)
  await page.getByLabel('Name').press('Enter')
  for (const path of ['/', '/profile', '/logout']) {
    await page.goto(setup.app.origin + path)
    assert.match((await page.textContent('body')) ?? '', /Ä{80}/)
    assert.deepEqual(await tooWide(page), [])
  }
})

test('a name from right to left keeps its direction to itself, and its last sign on its own left', async () => {
  const page = await setup.newPage()
  await page.goto(`${setup.app.origin}/`)
  await page.getByLabel('Login').fill('rtl')
  await page.getByLabel('Name').fill('سلام!')
  await page.getByLabel('Name').press('Enter')
  await page.waitForURL(`${setup.app.origin}/`)
  await page.goto(`${setup.app.origin}/profile`)
  assert.ok((await leftOf(page, '!')) < (await leftOf(page, 'سلام')))

  await page.goto(`${setup.app.origin}/logout`)
  const order = await Promise.all(['as ', '!', 'سلام', '. Signing'].map(text => leftOf(page, text)))
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  )
})

/** The name of the element with the largest letters that are there to be read. */
const largestText = (page: Page): Promise<string> =>
  page.evaluate<string>(`[...document.querySelectorAll('main :not([aria-hidden] *)')]
    .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .map(element => ({ name: element.tagName, size: parseFloat(getComputedStyle(element).fontSize) }))
    .reduce((largest, element) => element.size > largest.size ? element : largest).name`)

/** Where the first letter of a text is drawn, in pixels from the left. */
const leftOf = (page: Page, text: string): Promise<number> =>
  page.evaluate<number>(`(text => {
    const words = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
    while (!words.nextNode().data.includes(text)) {}
    const range = document.createRange()
    range.setStart(words.currentNode, words.currentNode.data.indexOf(text))
    range.setEnd(words.currentNode, range.startOffset + 1)
    return range.getBoundingClientRect().left
  })(${JSON.stringify(text)})`)
