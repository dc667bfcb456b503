import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from '../support/chromium.js'
import { askToSignIn, type BrowserSetup, choose, errorCode, openBrowserSetup, signIn } from './setup.js'

let setup: BrowserSetup
before(async () => {
  setup = await openBrowserSetup()
})
after(() => setup.close())

const here = (page: Page): string => page.url().replace(setup.app.origin, '')

test('one click on a person signs in and greets by name', async () => {
  const page = await setup.newPage()
  await page.goto(`${setup.app.origin}/`)
  assert.equal(new URL(page.url()).origin, setup.provider)
  await page.getByRole('button', { name: 'Ada Lovelace' }).click()
  await page.waitForURL(`${setup.app.origin}/`)
  assert.equal(await page.textContent('h1'), 'Hello, Ada Lovelace')
  assert.equal(await page.textContent('[role=status]'), 'Signed in with Development provider.')
  await page.reload()
  assert.equal(await page.locator('[role=status]').count(), 0)
})

test('the return path is kept through the sign-in', async () => {
  const page = await setup.newPage()
  await signIn(page, setup, 'ada', '/profile?tab=1')
  assert.equal(here(page), '/profile?tab=1')
  assert.equal(await page.textContent('h1'), 'Profile')
})

test('whoever says no is told so, and trying again still leads to where they wanted to go', async () => {
  const page = await setup.newPage()
  await askToSignIn(page, setup, '/profile')
  await choose(page, setup, 'ada', 'denied')
  assert.equal(await page.textContent('h1'), 'You did not allow the sign-in')
  assert.equal(await errorCode(page), 'provider_denied')
  assert.deepEqual(await page.context().cookies(setup.app.origin), [])

  await page.getByRole('link', { name: 'Sign in again' }).click()
  await page.waitForURL(`${setup.provider}/**`)
  await choose(page, setup, 'ada')
  assert.equal(here(page), '/profile')
})

test('an error of the token endpoint ends on a page that says whose it is, and the next try succeeds', async () => {
  const page = await setup.newPage()
  await askToSignIn(page, setup)
  await choose(page, setup, 'grace', 'token_error')
  assert.equal(await page.textContent('h1'), 'Development provider could not finish the sign-in')
  assert.equal(await errorCode(page), 'provider_error')

  await page.getByRole('link', { name: 'Sign in again' }).click()
  await page.waitForURL(`${setup.provider}/**`)
  await choose(page, setup, 'grace')
  assert.equal(await page.textContent('h1'), 'Hello, grace')
})

for (const order of [
  [0, 1],
  [1, 0],
]) {
  test(`of two tabs that sign in at once, both arrive when number ${order.map(n => n + 1).join(' and then ')} finishes`, async () => {
    const first = await setup.newPage()
    const second = await first.context().newPage()
    const tabs = [
      { page: first, path: '/profile' },
      { page: second, path: '/?second' },
    ]
    for (const { page, path } of tabs) await askToSignIn(page, setup, path)
    for (const { page, path } of order.map(n => tabs[n] ?? assert.fail())) {
      await choose(page, setup, 'ada')
      assert.equal(here(page), path)
      assert.equal(await page.locator('nav a[aria-current]').count(), 1)
    }
    for (const { page, path } of tabs) {
      await page.reload()
      assert.equal(here(page), path)
    }
  })
}

test('the back button after a sign-in leads to the provider, and choosing there again back to the app', async () => {
  const page = await setup.newPage()
  await signIn(page, setup, 'ada', '/profile')
  await page.goBack()
  assert.equal(new URL(page.url()).origin, setup.provider)
  await choose(page, setup, 'ada')
  assert.equal(here(page), '/profile')
  assert.equal(await page.textContent('[role=status]'), 'You are already signed in.')
})

test('a callback opened again leads a signed-in person on, and tells a signed-out one to start again', async () => {
  const page = await setup.newPage()
  const callback = page.waitForRequest(request => request.url().includes('/oauth/dev/callback?'))
  await signIn(page, setup, 'ada', '/profile')
  const url = (await callback).url()

  await page.goto(url)
  assert.equal(here(page), '/profile')
  assert.equal(await page.textContent('[role=status]'), 'You are already signed in.')

  await page.context().clearCookies({ name: 'vestibule-session' })
  await page.goto(url)
  assert.equal(await errorCode(page), 'attempt_used')
  await page.getByRole('link', { name: 'Sign in again' }).click()
  await page.waitForURL(`${setup.provider}/**`)
  await choose(page, setup, 'ada')
  assert.equal(here(page), '/profile')
})

test('somebody new is typed in and greeted', async () => {
  const page = await setup.newPage()
  await askToSignIn(page, setup)
  await page.getByLabel('Login').fill('zoe')
  await page.getByLabel('Name').fill('Zoë Ångström')
  await page.getByRole('textbox', { name: 'E-mail' }).fill('zoe@example.org')
  await page.getByRole('button', { name: 'Continue as somebody new' }).click()
  await page.waitForURL(`${setup.app.origin}/`)
  assert.equal(await page.textContent('h1'), 'Hello, Zoë Ångström')
  assert.match((await page.textContent('.hello p')) ?? '', /zoe · zoe@example\.org verified/)
})

test('Enter in a field of somebody new signs in them and not the first person of the list', async () => {
  for (const [login, field] of Object.entries({ yan: 'Login', tan: 'Name', tethera: 'E-mail' })) {
    const page = await setup.newPage()
    await askToSignIn(page, setup)
    await page.getByLabel('Login').fill(login)
    await page.getByRole('textbox', { name: field }).press('Enter')
    await page.waitForURL(`${setup.app.origin}/`)
    assert.equal(await page.textContent('h1'), `Hello, ${login}`)
  }
})
