import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BrowserSetup, choose, openBrowserSetup, signIn } from './setup.js'

let setup: BrowserSetup
before(async () => {
  setup = await openBrowserSetup()
})
after(() => setup.close())

test('the button signs out, and the back button then shows no page that was private', async () => {
  const page = await setup.newPage()
  const { origin } = setup.app
  await signIn(page, setup, 'ada', '/profile')
  await page.goto(`${origin}/`)
  await page.getByRole('link', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(`${origin}/signed-out`)
  assert.equal(await page.textContent('h1'), 'You are signed out')

  // The question, the home page, the profile.
  await page.goBack()
  assert.equal(page.url(), `${origin}/signed-out`)
  for (let pages = 0; pages < 2; pages++) {
    await page.goBack()
    assert.equal(new URL(page.url()).origin, setup.provider)
  }
})

test('signing out in one tab signs out the other, which comes back to its page after a new sign-in', async () => {
  const page = await setup.newPage()
  await signIn(page, setup)
  const other = await page.context().newPage()
  await other.goto(`${setup.app.origin}/profile`)
  await page.goto(`${setup.app.origin}/logout`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(`${setup.app.origin}/signed-out`)

  await other.reload()
  assert.equal(new URL(other.url()).origin, setup.provider)
  await choose(other, setup, 'grace')
  assert.equal(other.url(), `${setup.app.origin}/profile`)
})

test('everything works with scripts switched off', async () => {
  const page = await setup.newPage({ javaScriptEnabled: false })
  const { origin } = setup.app
  await page.goto(`${origin}/login`)
  await page.getByRole('link', { name: 'Continue with Development provider' }).click()
  await page.waitForURL(`${setup.provider}/**`)
  await choose(page, setup, 'ada', 'denied')
  await page.getByRole('link', { name: 'Sign in again' }).click()
  await page.waitForURL(`${setup.provider}/**`)
  await page.getByLabel('Login').fill('plain')
  await page.getByLabel('Login').press('Enter')
  await page.waitForURL(`${origin}/`)
  assert.equal(await page.textContent('h1'), 'Hello, plain')

  await page.getByRole('link', { name: 'Profile' }).click()
  await page.waitForURL(`${origin}/profile`)
  await page.getByRole('link', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(`${origin}/signed-out`)
  await page.getByRole('link', { name: 'Sign in again' }).click()
  assert.equal(await page.textContent('h1'), 'Sign in')
})
