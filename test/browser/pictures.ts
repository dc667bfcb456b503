// Takes the pictures of the README: `npm run build && node dist/test/browser/pictures.js`. The fonts are the machine's own.
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from '../support/browser.js'
import { askToSignIn, choose, openStage } from './stage.js'

const folder = fileURLToPath(new URL('../../../.github/', import.meta.url))
await mkdir(folder, { recursive: true })

// As in env/local.
const stage = await openStage({ PROVIDERS: 'dev,dev-oidc,dev-oauth1' })
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await stage.newPage({
    colorScheme,
    viewport: { width: 1100, height: 650 },
    // More makes the glow of the home page weigh more than a README should.
    deviceScaleFactor: 1.25,
    reducedMotion: 'reduce',
  })
  await askToSignIn(page, stage)
  await page.screenshot({ path: `${folder}dev-provider-${colorScheme}.png` })
  await choose(page, stage, 'ada')
  await page.screenshot({ path: `${folder}home-${colorScheme}.png` })

  await page.goto(`${stage.app.origin}/account`)
  await page.getByRole('button', { name: 'Development provider (OpenID Connect)' }).click()
  await page.waitForURL(`${stage.provider}/**`)
  await choose(page, stage, 'ada')
  await page.setViewportSize({ width: 1100, height: 900 })
  await page.screenshot({ path: `${folder}account-${colorScheme}.png` })
  await disconnect(page)
}
await stage.close()

/** So that the next round begins as this one did. */
async function disconnect(page: Page) {
  await page.getByRole('button', { name: 'Disconnect' }).last().click()
  await page.getByRole('status').waitFor()
}
