import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from '../support/chromium.js'
import { type BrowserSetup, choose, openBrowserSetup, signIn } from './setup.js'

let setup: BrowserSetup
before(async () => {
  setup = await openBrowserSetup({ PROVIDERS: 'dev,dev-oidc', DEV_OIDC_LABEL: 'Second door' })
})
after(() => setup.close())

const message = (page: Page) => page.locator('[role=status]').textContent()
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

async function connect(page: Page, person: string): Promise<void> {
  await button(page, 'Connect Second door').click()
  // Not by a redirect: form-action would stop that one here.
  await page.waitForURL(`${setup.provider}/**`)
  await choose(page, setup, person)
}

for (const javaScriptEnabled of [true, false]) {
  test(`a second provider is connected and taken off again by its buttons, ${javaScriptEnabled ? 'with' : 'without'} scripts`, async () => {
    const page = await setup.newPage({ javaScriptEnabled })
    await signIn(page, setup, 'ada', '/account')
    await connect(page, 'ada')
    assert.equal(page.url(), `${setup.app.origin}/account`)
    assert.match((await message(page)) ?? '', /^Second door is connected\./)
    await page.getByRole('button', { name: /^Disconnect Second door/ }).click()
    await page.waitForURL(`${setup.app.origin}/account`)
    assert.equal(await message(page), 'Disconnected Second door.')
    assert.equal(await page.getByRole('button', { name: /^Disconnect/ }).count(), 0)
  })
}

test('what somebody else signs in with is not taken from them, and the page leads back to the account', async () => {
  const [page, other] = [await setup.newPage(), await setup.newPage()]
  await signIn(other, setup, 'grace', '/account')
  await connect(other, 'grace')
  await signIn(page, setup, 'bobby', '/account')
  await connect(page, 'grace')
  assert.equal(await page.textContent('h1'), 'That Second door account is taken')
  await page.getByRole('link', { name: 'Go to your account' }).click()
  await page.getByText('Your only way in').waitFor()
})

test('a session is ended from another browser', async () => {
  const [page, other] = [await setup.newPage(), await setup.newPage()]
  await signIn(other, setup, 'turing')
  await signIn(page, setup, 'turing', '/account')
  await page.getByRole('button', { name: /^End the session of/ }).click()
  await page.waitForURL(`${setup.app.origin}/account`)
  assert.equal(await message(page), 'That session has ended.')
  await other.goto(`${setup.app.origin}/account`)
  assert.equal(other.url(), `${setup.app.origin}/login?return_to=%2Faccount`)
  assert.equal(await message(other), 'You have been signed out. Sign in again to go on.')
})

test('an account is deleted by typing what it goes by, and the next sign-in is that of a stranger', async () => {
  const page = await setup.newPage()
  await signIn(page, setup, 'k', '/account')
  await page.getByLabel('To be sure').fill('k')
  await page.getByLabel('To be sure').press('Enter')
  await page.waitForURL(`${setup.app.origin}/signed-out`)
  assert.equal(await message(page), 'Your account is deleted.')
  await signIn(page, setup, 'k', '/account')
  assert.equal(await page.getByText('Came here for the first time').count(), 1)
})
