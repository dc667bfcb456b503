import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { axeViolations } from '../support/axe.js'
import type { Page } from '../support/chromium.js'
import { tooWide } from './overflowing-elements.js'
import { askToSignIn, type BrowserSetup, choose, errorCode, openBrowserSetup } from './setup.js'

/** The protocols of the development provider: what its page calls them, and what the app does. */
const PROTOCOLS = [
  { name: 'dev', label: 'OAuth 2.0', title: 'Development provider' },
  { name: 'dev-oidc', label: 'OpenID Connect', title: 'Development provider (OpenID Connect)' },
  { name: 'dev-oauth1', label: 'OAuth 1.0a', title: 'Development provider (OAuth 1.0a)' },
] as const

let setup: BrowserSetup
before(async () => {
  setup = await openBrowserSetup({ PROVIDERS: PROTOCOLS.map(({ name }) => name).join(), ACCOUNT_LINKING: 'never' })
})
after(() => setup.close())

const currentProtocol = (page: Page) => page.locator('[aria-current]').innerText()

test('/ leads straight to the first protocol, whose page links to the others and back', async () => {
  const page = await setup.newPage()
  await askToSignIn(page, setup)
  assert.equal(await currentProtocol(page), 'OAuth 2.0')
  for (const { label } of [...PROTOCOLS].reverse()) {
    if ((await currentProtocol(page)) !== label) await page.getByRole('link', { name: label, exact: true }).click()
    await page.waitForURL(`${setup.provider}/**`)
    assert.equal(await currentProtocol(page), label)
  }
})

test('/login lists the three protocols', async () => {
  const page = await setup.newPage()
  await page.goto(`${setup.app.origin}/login`)
  assert.deepEqual(
    await page.locator('.choices a bdi').allInnerTexts(),
    PROTOCOLS.map(({ title }) => title),
  )
})

for (const { name, label, title } of PROTOCOLS) {
  test(`a person gets from the first protocol to their greeting with one click on a link and one on a person`, async () => {
    const page = await setup.newPage()
    await askToSignIn(page, setup)
    if (name !== 'dev') await page.getByRole('link', { name: label, exact: true }).click()
    await page.waitForURL(`${setup.provider}/**`)
    await page.getByRole('button', { name: 'Ada Lovelace' }).click()
    await page.waitForURL(`${setup.app.origin}/`)
    assert.equal(await page.textContent('h1'), 'Hello, Ada Lovelace')
    assert.equal(await page.textContent('[role=status]'), `Signed in with ${title}.`)
  })

  test(`the return path is kept, and the profile shows what the provider tells now`, async () => {
    const page = await setup.newPage()
    await askToSignIn(page, setup, `/login/${name}?return_to=/profile`)
    await choose(page, setup, 'ada')
    assert.equal(page.url(), `${setup.app.origin}/profile`)
    assert.match((await page.textContent('main')) ?? '', /Read just now[\s\S]*ada@example\.org/)
  })

  test(`somebody new is typed in and greeted`, async () => {
    const page = await setup.newPage()
    await askToSignIn(page, setup, `/login/${name}`)
    await page.getByLabel('Login').fill('zoe')
    await page.getByLabel('Name').fill('Zoë Ångström')
    await page.getByRole('button', { name: 'Continue as somebody new' }).click()
    await page.waitForURL(`${setup.app.origin}/`)
    assert.equal(await page.textContent('h1'), 'Hello, Zoë Ångström')
  })

  test(`whoever says no is told so, and trying again leads to where they wanted to go`, async () => {
    const page = await setup.newPage()
    await askToSignIn(page, setup, `/login/${name}?return_to=/profile`)
    await choose(page, setup, 'ada', 'denied')
    assert.equal(await page.textContent('h1'), 'You did not allow the sign-in')
    assert.equal(await errorCode(page), 'provider_denied')
    assert.deepEqual(await page.context().cookies(setup.app.origin), [])
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await page.waitForURL(`${setup.provider}/**`)
    assert.equal(await currentProtocol(page), label)
    await choose(page, setup, 'ada')
    assert.equal(page.url(), `${setup.app.origin}/profile`)
  })

  test(`the page with its faults open fits into 320 pixels, and axe finds nothing in either tone`, async () => {
    const page = await setup.newPage({ viewport: { width: 320, height: 640 }, reducedMotion: 'reduce' })
    await askToSignIn(page, setup, `/login/${name}`)
    await page.click('summary')
    assert.deepEqual(await tooWide(page), [])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      assert.deepEqual(await axeViolations(page), [])
    }
  })
}

test('a sign-in through another protocol is another account, because an equal login links no accounts', async () => {
  const ids = new Set<string>()
  const page = await setup.newPage()
  for (const { name } of PROTOCOLS) {
    await askToSignIn(page, setup, `/login/${name}`)
    await choose(page, setup, 'ada')
    await page.goto(`${setup.app.origin}/api/session`)
    ids.add(JSON.parse((await page.textContent('body')) ?? '').user.id)
  }
  assert.equal(ids.size, 3)
})
