import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startApp, type TestApp } from '../support/app.js'
import { type CertifiedProvider, startCertifiedProvider } from '../support/certified-provider.js'
import { type OpenBrowser, openBrowser, type Page } from '../support/chromium.js'

const SECRET = 'the secret of the client, which is long'

let certified: CertifiedProvider
let app: TestApp
let browser: OpenBrowser
before(async () => {
  certified = await startCertifiedProvider({ choosesAccounts: true })
  const started = startApp({
    ...{ PROVIDERS: 'acme', DEFAULT_PROVIDER: 'acme', ACME_PROTOCOL: 'oidc', ACME_ISSUER: certified.issuer },
    ...{ ACME_CLIENT_ID: 'client', ACME_CLIENT_SECRET: SECRET, ACME_LABEL: 'Acme' },
    ALLOWED_USERS: 'email:grace@example.org',
  })
  ;[app, browser] = await Promise.all([started, openBrowser()])
  const redirectUri = `${app.origin}/oauth/acme/callback`
  certified.register({ client_id: 'client', client_secret: SECRET, redirect_uris: [redirectUri] })
})
after(async () => {
  await browser.close()
  await app.stop()
  await certified.stop()
})

const choose = (page: Page, person: string) => page.getByRole('button', { name: person, exact: true }).click()

test('W2 who was refused chooses another account at a provider that knows the first one still', async () => {
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${app.origin}/profile`)
  await choose(page, 'ada')
  const refused = page.locator('.trace code', { hasText: 'not_admitted' })
  await refused.waitFor()

  // A plain sign-in brings the same account again, without a word.
  await page.goto(`${app.origin}/login/acme?return_to=/profile`)
  await refused.waitFor()

  await page.getByRole('link', { name: 'Use another account' }).click()
  await page.waitForURL(`${certified.issuer}/**`)
  await choose(page, 'grace')
  await page.waitForURL(`${app.origin}/profile`)
  assert.equal(await page.getByText('Grace Hopper').first().isVisible(), true)
})
