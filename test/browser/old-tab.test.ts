import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from '../support/chromium.js'
import { type BrowserSetup, choose, errorCode, openBrowserSetup, signIn } from './setup.js'

let setup: BrowserSetup
before(async () => {
  setup = await openBrowserSetup({ PROVIDERS: 'dev,dev-oidc', ACCOUNT_LINKING: 'never' })
})
after(() => setup.close())

/** Two tabs on the account, of which one has signed out; with another session, so that there is something to end. */
async function oldTab(): Promise<Page> {
  await signIn(await setup.newPage(), setup)
  const page = await setup.newPage()
  await signIn(page, setup, 'ada', '/account')
  const other = await page.context().newPage()
  await other.goto(`${setup.app.origin}/logout`)
  await other.getByRole('button', { name: 'Sign out' }).click()
  await other.waitForURL(`${setup.app.origin}/signed-out`)
  await other.close()
  return page
}

const PRESSES: Record<string, (page: Page) => Promise<void>> = {
  'End all others': page => page.getByRole('button', { name: 'End all others' }).click(),
  End: page =>
    page
      .getByRole('button', { name: /^End the session/ })
      .first()
      .click(),
  Connect: page => page.getByRole('button', { name: /OpenID Connect/ }).click(),
  async 'Delete my account'(page) {
    await page.getByLabel(/To be sure/).fill('ada')
    await page.getByRole('button', { name: 'Delete my account' }).click()
  },
}

for (const [button, press] of Object.entries(PRESSES)) {
  test(`W1 "${button}" of an old tab shows a page that leads back to the account, and changes nothing`, async () => {
    const page = await oldTab()
    await press(page)
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    assert.equal(await errorCode(page), 'sign_in_required')
    assert.equal(await page.getByText('Nothing was changed.').isVisible(), true)
    await page.getByRole('article').getByRole('link', { name: 'Sign in' }).click()
    await page.waitForURL(`${setup.provider}/**`)
    await choose(page, setup, 'ada')
    assert.equal(page.url(), `${setup.app.origin}/account`)
    await page.getByRole('heading', { name: 'Account', exact: true }).waitFor()
  })
}

test('B-26 "Sign out" of an old tab says that there is nothing left to do', async () => {
  const page = await setup.newPage()
  await signIn(page, setup, 'ada', '/profile')
  await page.goto(`${setup.app.origin}/logout`)
  const other = await page.context().newPage()
  await other.goto(`${setup.app.origin}/logout`)
  await other.getByRole('button', { name: 'Sign out' }).click()
  await other.waitForURL(`${setup.app.origin}/signed-out`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
  assert.equal(await page.getByText('There is nothing left to do.').isVisible(), true)
})

test('W1 a form of a tab that was open over a new sign-in leads back to its page, where it works', async () => {
  const page = await oldTab()
  const other = await page.context().newPage()
  await signIn(other, setup)
  await page.getByRole('button', { name: 'End all others' }).click()
  await page.getByRole('heading', { name: 'This page was open too long' }).waitFor()
  await page.getByRole('link', { name: 'Open the page again' }).click()
  await page.getByRole('button', { name: 'End all others' }).click()
  await page.getByText('All other sessions have ended.').waitFor()
})

test('W5 after a wrong word the field to delete the account is in focus, and described by what was wrong', async () => {
  const page = await setup.newPage({ viewport: { width: 390, height: 800 } })
  await signIn(page, setup, 'ada', '/account')
  await page.getByLabel(/To be sure/).fill('eve')
  await page.getByRole('button', { name: 'Delete my account' }).click()
  const field = page.locator('#confirm')
  await field.waitFor()
  assert.equal(await page.locator('#confirm:focus').count(), 1)
  assert.equal(await field.getAttribute('aria-describedby'), 'wrong-word')
  assert.equal(await page.getByText('That is not ada. Your account is still there.').isVisible(), true)
})

test('a browser whose session was ended elsewhere reads so before it signs in again', async () => {
  const page = await setup.newPage()
  await signIn(page, setup, 'bobby', '/profile')
  const other = await setup.newPage()
  await signIn(other, setup, 'bobby', '/account')
  await other.getByRole('button', { name: 'End all others' }).click()
  await other.getByText('All other sessions have ended.').waitFor()
  await page.reload()
  await page.getByText('You have been signed out. Sign in again to go on.').waitFor()
  await page.getByRole('link', { name: /^Continue with Development provider(?! \()/ }).click()
  await page.waitForURL(`${setup.provider}/**`)
  await choose(page, setup, 'bobby')
  assert.equal(page.url(), `${setup.app.origin}/profile`)
})
