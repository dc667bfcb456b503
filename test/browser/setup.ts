import { type Settings, startApp, type TestApp } from '../support/app.js'
import { type OpenBrowser, openBrowser, type Page } from '../support/chromium.js'

import { bySignal } from '../support/signal-deadline.js'

export type PageOptions = Parameters<OpenBrowser['newContext']>[0]

/** A whole app with its development provider, and a real browser before it. */
export interface BrowserSetup {
  app: TestApp
  /** The origin of the development provider. */
  provider: string
  /** While true, every call of the app to the provider runs out of time at once. */
  providerSleeps: boolean
  /** A page in a fresh browser profile. */
  newPage(options?: PageOptions): Promise<Page>
  close(): Promise<void>
}

/** Sets one up, on free ports; the file that asks for it closes it. */
export async function openBrowserSetup(settings: Settings = {}): Promise<BrowserSetup> {
  const deadline = bySignal(ms => (stage.providerSleeps ? AbortSignal.abort() : AbortSignal.timeout(ms)))
  const [app, browser] = await Promise.all([startApp(settings, { deadline }), openBrowser()])
  const stage: BrowserSetup = {
    app,
    provider: app.devProviderUrl ?? '',
    providerSleeps: false,
    async newPage(options) {
      // Not browser.newPage, whose profile can have one page only.
      const context = await browser.newContext(options)
      return context.newPage()
    },
    async close() {
      await browser.close()
      await app.stop()
    },
  }
  return stage
}

/** Opens a page of the app that leads to the development provider, and stays there. */
export async function askToSignIn(page: Page, { app, provider }: BrowserSetup, path = '/'): Promise<void> {
  await page.goto(app.origin + path)
  await page.waitForURL(`${provider}/**`)
}

/** Clicks a person of the development provider, and what is to go wrong before; ends at the app. */
export async function choose(page: Page, { app }: BrowserSetup, person: string, fault?: string): Promise<void> {
  if (fault === 'denied') {
    await page.getByRole('button', { name: 'Deny' }).click()
    return page.waitForURL(`${app.origin}/**`)
  }
  if (fault) {
    await page.click('summary')
    await page.check(`input[name=fault][value=${fault}]`)
  }
  await page.click(`button[name=person][value="${person}"]`)
  await page.waitForURL(`${app.origin}/**`)
}

export async function signIn(page: Page, stage: BrowserSetup, person = 'ada', path = '/'): Promise<void> {
  await askToSignIn(page, stage, path)
  await choose(page, stage, person)
}

/** The code that an error page shows. */
export const errorCode = (page: Page): Promise<string | null> => page.locator('.trace code').first().textContent()
