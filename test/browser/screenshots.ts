// Takes the pictures of the README: `npm run build && node dist/test/browser/screenshots.js`. The fonts are the machine's own.
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from '../support/chromium.js'
import { askToSignIn, choose, openBrowserSetup } from './setup.js'

const folder = fileURLToPath(new URL('../../../.github/', import.meta.url))
await mkdir(folder, { recursive: true })

// As in env/local.
const setup = await openBrowserSetup({ PROVIDERS: 'dev,dev-oidc,dev-oauth1' })
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await setup.newPage({
    colorScheme,
    viewport: { width: 1100, height: 650 },
    // More makes the glow of the home page weigh more than a README should.
    deviceScaleFactor: 1.25,
    reducedMotion: 'reduce',
  })
  await askToSignIn(page, setup)
  await page.screenshot({ path: `${folder}dev-provider-${colorScheme}.png` })
  await choose(page, setup, 'ada')
  await page.screenshot({ path: `${folder}home-${colorScheme}.png` })

  await page.goto(`${setup.app.origin}/account`)
  await page.getByRole('button', { name: 'Development provider (OpenID Connect)' }).click()
  await page.waitForURL(`${setup.provider}/**`)
  await choose(page, setup, 'ada')
  await page.setViewportSize({ width: 1100, height: 900 })
  await page.screenshot({ path: `${folder}account-${colorScheme}.png` })
  await disconnect(page)
}
await setup.close()

/** So that the next round begins as this one did. */
async function disconnect(page: Page) {
  await page.getByRole('button', { name: 'Disconnect' }).last().click()
  await page.getByRole('status').waitFor()
}
