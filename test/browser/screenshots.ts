// Takes the pictures of the pages: `npm run build && node dist/test/browser/screenshots.js`. The fonts are the machine's
// own: Inter as system-ui and sans-serif, and JetBrains Mono as monospace (Debian: fonts-inter, fonts-jetbrains-mono).
// Make them smaller afterwards: `pngquant --quality 85-100 --speed 1 --ext .png --force .github/*.png`.
import { fileURLToPath } from 'node:url'
import type { Page } from '../support/chromium.js'
import { askToSignIn, type BrowserSetup, choose, openBrowserSetup } from './setup.js'

const folder = fileURLToPath(new URL('../../../.github/', import.meta.url))
const SCHEMES = ['light', 'dark'] as const
type Scheme = (typeof SCHEMES)[number]

const openPage = (setup: BrowserSetup, colorScheme: Scheme, height: number) =>
  setup.newPage({
    colorScheme,
    viewport: { width: 1100, height },
    // With 2 the glow of the pages makes files of a megabyte.
    deviceScaleFactor: 1.25,
    reducedMotion: 'reduce',
  })

await takeSignIn()
await takeRest()

async function takeSignIn() {
  const named = ['github', 'google', 'microsoft', 'keycloak']
  const clients = named.flatMap(name => [
    [`${name.toUpperCase()}_CLIENT_ID`, 'client'],
    [`${name.toUpperCase()}_CLIENT_SECRET`, 'given-by-the-provider'],
  ])
  const setup = await openBrowserSetup({
    ...Object.fromEntries(clients),
    PROVIDERS: named.join(','),
    DEFAULT_PROVIDER: '',
    KEYCLOAK_BASE_URL: 'https://id.example.org/realms/main',
    KEYCLOAK_LABEL: 'Example Ltd.',
  })
  for (const scheme of SCHEMES) {
    const page = await openPage(setup, scheme, 720)
    await page.goto(`${setup.app.origin}/login`)
    await page.screenshot({ path: `${folder}sign-in-${scheme}.png` })
  }
  await setup.close()
}

/** As in env/local. */
async function takeRest() {
  const setup = await openBrowserSetup({ PROVIDERS: 'dev,dev-oidc,dev-oauth1' })
  for (const scheme of SCHEMES) {
    const page = await openPage(setup, scheme, 650)
    await askToSignIn(page, setup)
    await page.screenshot({ path: `${folder}dev-provider-${scheme}.png` })
    await choose(page, setup, 'ada')

    await page.goto(`${setup.app.origin}/account`)
    await page.getByRole('button', { name: 'Development provider (OpenID Connect)' }).click()
    await page.waitForURL(`${setup.provider}/**`)
    await choose(page, setup, 'ada')
    await page.setViewportSize({ width: 1100, height: 900 })
    await page.screenshot({ path: `${folder}account-${scheme}.png` })
    await disconnect(page)
  }
  await setup.close()
}

/** So that the next round begins as this one did. */
async function disconnect(page: Page) {
  await page.getByRole('button', { name: 'Disconnect' }).last().click()
  await page.getByRole('status').waitFor()
}
