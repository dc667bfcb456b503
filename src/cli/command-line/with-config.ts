import { fileURLToPath } from 'node:url'
import { ConfigError } from '../../config/errors.js'
import { type AppUrl, type KnownProviderSettings, load, loadAppUrl } from '../../config/load.js'
import type { Config } from '../../config/types.js'
import { presetCatalog } from '../../providers/catalog.js'

/** Where the app is installed. */
export const APP_ROOT = fileURLToPath(new URL('../../../..', import.meta.url))
const EXIT_FAILED = 1
const EXIT_BAD_CONFIGURATION = 78

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
  return error instanceof ConfigError ? EXIT_BAD_CONFIGURATION : EXIT_FAILED
}

function describeError(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `The port is taken: ${error.message}. Set PORT to another one.`
  const isBug = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  return isBug && error.stack ? error.stack : error.message
}
