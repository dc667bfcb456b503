// Takes the pictures of the README: `npm run build && node dist/test/browser/pictures.js`. The fonts are the machine's own.
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
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
}
await stage.close()
