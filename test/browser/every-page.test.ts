import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { axeViolations } from '../support/axe.js'
import type { Page } from '../support/chromium.js'
import { everyPage, SETTINGS } from './every-page.js'
import { tooWide } from './overflowing-elements.js'
import { type BrowserSetup, openBrowserSetup } from './setup.js'

let setup: BrowserSetup
before(async () => {
  setup = await openBrowserSetup(SETTINGS)
})
after(() => setup.close())

const BACKGROUNDS = { light: 'rgb(247, 243, 236)', dark: 'rgb(18, 21, 29)' }

// axe judges no text on a gradient, so each becomes the tone in it that is hardest to read on.
const FLATTEN = `document.styleSheets[0].insertRule(
  '.layout-app, .layout-centered, .card-narrow, .layout-dev { background: var(--warm) !important }',
  document.styleSheets[0].cssRules.length,
)`

for (const [name, way] of Object.entries(everyPage)) {
  describe(`${name.charAt(0).toUpperCase()}${name.slice(1)}`, () => {
    const reported: string[] = []
    const asked: string[] = []
    let page: Page

    before(async () => {
      page = await setup.newPage({ reducedMotion: 'reduce' })
      page.on('console', message => reported.push(message.text()))
      page.on('request', request => asked.push(request.url()))
      await way(page, setup)
    })
    after(() => page.context().close())

    test(`${name.charAt(0).toUpperCase()}${name.slice(1)} asks for nothing outside of this machine`, () => {
      const known = new Set([setup.app.origin, setup.provider])
      assert.ok(asked.some(url => url.endsWith('.css')))
      assert.deepEqual(
        asked.filter(url => !known.has(new URL(url).origin)),
        [],
      )
    })

    test(`HD-01 ${name.charAt(0).toUpperCase()}${name.slice(1)} keeps to its content security policy, which lets no script run`, async () => {
      assert.deepEqual(reported.filter(isViolation), [])
      // So the console does tell of a violation.
      const error = page.waitForEvent('console', message => isViolation(message.text()))
      await page.evaluate('document.body.append(Object.assign(document.createElement("script"), { text: "ran = 1" }))')
      await error
      assert.equal(await page.evaluate('typeof ran'), 'undefined')
    })

    for (const colorScheme of ['light', 'dark'] as const) {
      test(`${name.charAt(0).toUpperCase()}${name.slice(1)} is ${colorScheme} where that is wanted, and axe finds nothing`, async () => {
        await page.emulateMedia({ colorScheme })
        const background = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
        assert.equal(background, BACKGROUNDS[colorScheme])
        await page.evaluate(FLATTEN)
        assert.deepEqual(await axeViolations(page), [])
      })
    }

    test(`${name.charAt(0).toUpperCase()}${name.slice(1)} fits into a window of 320 pixels`, async () => {
      await page.setViewportSize({ width: 320, height: 640 })
      assert.deepEqual(await tooWide(page), [])
    })
  })
}

const isViolation = (text: string): boolean => /content security policy/i.test(text)
