import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import { bundledChromium, type Program, runs } from './bundled-chromium.js'
import { sharedInProcess } from './shared.js'

export type { BrowserContext, Page } from 'playwright-core'
export type OpenBrowser = Pick<Browser, 'newContext' | 'newPage' | 'close'>

/** Where a browser may be found, in this order; a test can say what a machine has. */
export interface Places {
  chromePath: string | undefined
  installed: readonly string[]
  bundled: () => Program | undefined
}

const NAMES = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'chrome']
const USUAL_PATHS = [
  '/opt/google/chrome/chrome',
  '/usr/lib/chromium/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
]

const sharedBrowser = sharedInProcess(
  () => launchOwnBrowser(),
  browser => browser.close(),
)

/** The headless Chromium of this process; `close` closes what was opened by this variable. */
export async function openBrowser(): Promise<OpenBrowser> {
  const { shared, release } = await sharedBrowser()
  const contexts: BrowserContext[] = []
  const newContext: Browser['newContext'] = async options => {
    const context = await shared.newContext(options)
    contexts.push(context)
    return context
  }
  return {
    newContext,
    newPage: async options => (await newContext(options)).newPage(),
    async close() {
      await Promise.all(contexts.map(context => context.close()))
      await release()
    },
  }
}

/** A headless Chromium with a profile of its own that `close` removes. It resolves no host but this machine. */
export async function launchOwnBrowser(places?: Partial<Places>): Promise<Browser> {
  const { path, env } = findBrowser({ ...thisMachine(), ...places })
  const launch = (chromiumSandbox: boolean) =>
    chromium.launch({ executablePath: path, env: { ...process.env, ...env }, args: FLAGS, chromiumSandbox })

  if (process.getuid?.() === 0) return launch(false)
  try {
    return await launch(true)
  } catch (error) {
    // Some systems keep user namespaces, which the sandbox is made of, from ordinary people (Ubuntu, most containers).
    if (!/sandbox|namespace/i.test(String(error))) throw error
    return launch(false)
  }
}

export function findBrowser({ chromePath, installed, bundled }: Places): Program {
  if (chromePath) {
    if (isProgram(chromePath) && runs(chromePath)) return { path: chromePath, env: {} }
    throw new Error(`CHROME_PATH is "${chromePath}", which is no browser that starts; correct it or leave it out.`)
  }
  const path = installed.find(candidate => isProgram(candidate) && runs(candidate))
  const found = path === undefined ? bundled() : { path, env: {} }
  if (found) return found
  throw new Error('The browser tests need a browser: install Chrome or Chromium, or set CHROME_PATH to one.')
}

function thisMachine(): Places {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return {
    chromePath: process.env.CHROME_PATH,
    installed: [...NAMES.flatMap(name => folders.map(folder => join(folder, name))), ...USUAL_PATHS],
    bundled: bundledChromium,
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
