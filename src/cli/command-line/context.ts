import { fileURLToPath } from 'node:url'
import { createSessions, type Sessions } from '../../accounts/sessions/sessions.js'
import { ConfigError } from '../../config/errors.js'
import { type AppUrl, type KnownProviderSettings, load, loadAppUrl } from '../../config/load.js'
import type { Config } from '../../config/types.js'
import { createKeyring } from '../../crypto/keys.js'
import { randomToken } from '../../crypto/random.js'
import { presetCatalog } from '../../providers/catalog.js'
import { requireCurrentSchema } from '../../store/db/migrations.js'
import { createStore } from '../../store/store.js'
import type { Store } from '../../store/types.js'
import { EXIT } from './process.js'

/** Where the app is installed. */
export const APP_ROOT = fileURLToPath(new URL('../../../../', import.meta.url))

/** Commands do not open or read sessions, so they need no roles. */
const NO_ROLES: ReadonlySet<string> = new Set()

/** Loads the settings for a command and runs it. Prints errors; returns the exit code. */
export async function withConfig(
  printError: (line: string) => void,
  command: (config: Config) => Promise<number>,
): Promise<number> {
  try {
    const { config, warnings } = load(APP_ROOT, presetCatalog())
    for (const { setting, text } of warnings) printError(`Warning: ${setting} ${text}`)
    return await command(config)
  } catch (error) {
    return reportError(error, printError)
  }
}

/** The same for a command that only has to know where the app is: the other settings may be missing or wrong. */
export function withAppUrl(
  printError: (line: string) => void,
  provider: string,
  command: (app: AppUrl & KnownProviderSettings) => number,
): number {
  try {
    return command(loadAppUrl(APP_ROOT, provider))
  } catch (error) {
    return reportError(error, printError)
  }
}

function reportError(error: unknown, printError: (line: string) => void): number {
  printError(error instanceof Error ? describeError(error) : String(error))
  return error instanceof ConfigError ? EXIT.badConfiguration : EXIT.failed
}

function describeError(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `The port is taken: ${error.message}. Set PORT to another one.`
  const isBug = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  return isBug && error.stack ? error.stack : error.message
}

/** What the commands on the database work with. */
export interface CommandContext {
  config: Config
  store: Store
  sessions: Sessions
  now: number
}

/** Runs a command on the database of ENVIRONMENT, whose tables must be those of this build. */
export function withStore(
  printError: (line: string) => void,
  command: (context: CommandContext) => Promise<number>,
): Promise<number> {
  return withConfig(printError, async config => {
    const store = createStore(config.databaseUrl, createKeyring(config.secretKeys).sealer('provider-token'))
    const clocks = { now: Date.now, monotonic: () => performance.now() }
    const parts = { table: store.sessions, limits: config.session, roles: NO_ROLES, ...clocks, random: randomToken }
    try {
      await requireCurrentSchema(store)
      return await command({ config, store, sessions: createSessions(parts), now: Date.now() })
    } finally {
      await store.close()
    }
  })
}
