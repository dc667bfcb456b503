import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { choose, openStage, type Stage, signIn } from './stage.js'

let stage: Stage
before(async () => {
  stage = await openStage()
})
after(() => stage.close())

test('the button signs out, and the back button then shows no page that was private', async () => {
  const page = await stage.newPage()
  const { origin } = stage.app
  await signIn(page, stage, 'ada', '/profile')
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
    assert.equal(new URL(page.url()).origin, stage.provider)
  }
})

test('signing out in one tab signs out the other, which comes back to its page after a new sign-in', async () => {
  const page = await stage.newPage()
  await signIn(page, stage)
  const other = await page.context().newPage()
  await other.goto(`${stage.app.origin}/profile`)
  await page.goto(`${stage.app.origin}/logout`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(`${stage.app.origin}/signed-out`)

  await other.reload()
  assert.equal(new URL(other.url()).origin, stage.provider)
  await choose(other, stage, 'grace')
  assert.equal(other.url(), `${stage.app.origin}/profile`)
})

test('everything works with scripts switched off', async () => {
  const page = await stage.newPage({ javaScriptEnabled: false })
  const { origin } = stage.app
  await page.goto(`${origin}/login`)
  await page.getByRole('link', { name: 'Continue with Development provider' }).click()
  await page.waitForURL(`${stage.provider}/**`)
  await choose(page, stage, 'ada', 'denied')
  await page.getByRole('link', { name: 'Sign in again' }).click()
  await page.waitForURL(`${stage.provider}/**`)
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
