import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from '../../src/config/load.js'
import { presetCatalog } from '../../src/providers/catalog.js'
import { type Running, serve } from '../../src/serve.js'
import type { Overrides } from '../../src/server.js'
import type { Store } from '../../src/store/types.js'
import { assertCausesReadable } from './assert-causes.js'
import { createSecretWatch } from './leaked-secrets.js'
import './no-unhandled-rejections.js'

export type Settings = Record<string, string>

export interface TestApp extends Running {
  /** The origin without a trailing slash. */
  origin: string
  /** Everything that was logged, as one text. */
  logged(): string
}

/** Quiet settings for an app on free ports, with the development provider and a database in memory. */
export const DEFAULTS: Settings = {
  PORT: '0',
  DEV_PROVIDER_URL: 'http://127.0.0.1:0',
  DATABASE_URL: 'sqlite::memory:',
  DEFAULT_PROVIDER: 'dev',
  // By itself the port would stand in each name.
  COOKIE_PREFIX: 'vestibule',
}

/**
 * Starts a whole app the way `npm start` does, in a folder of its own that is removed when it stops. Then its log is
 * searched for its secrets, and every cause in it is checked, so that this is asked of every test.
 */
export async function startApp(settings: Settings = {}, overrides: Overrides = {}): Promise<TestApp> {
  const root = mkdtempSync(join(tmpdir(), 'vestibule-app-'))
  const environment = settings.ENVIRONMENT ?? 'local'
  mkdirSync(join(root, 'env', environment), { recursive: true })
  writeFileSync(join(root, 'env', environment, '.env'), '')
  const lines: string[] = []
  const logDestination = { write: (line: string) => void lines.push(line) }

  const clearUp = () => rmSync(root, { recursive: true, force: true })
  try {
    const { config } = load(root, presetCatalog(), { ...DEFAULTS, ...settings })
    const secrets = createSecretWatch(config, overrides.random)
    const { random } = secrets
    const store = (database: Store) => overrides.store?.(secrets.store(database)) ?? secrets.store(database)
    const running = await serve(config, { logDestination, ...overrides, random, store })
    return {
      ...running,
      origin: new URL(running.url).origin,
      logged: () => lines.join(''),
      async stop() {
        await running.stop()
        clearUp()
        secrets.assertNoneIn(lines)
        assertCausesReadable(lines)
      },
    }
  } catch (error) {
    clearUp()
    throw error
  }
}
