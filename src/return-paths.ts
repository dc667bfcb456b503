import { createReturnPaths, type ReturnPathOptions, type ReturnPaths } from './accounts/return-path.js'
import { ConfigError, quoted } from './config/errors.js'

/**
 * Where the configuration lets people be sent.
 * @throws ConfigError where HOME_PATH is no such place: only the judge of return paths knows all that speaks against one
 */
export function createAppReturnPaths(options: ReturnPathOptions): ReturnPaths {
  try {
    return createReturnPaths(options)
  } catch {
    const text = `is ${quoted(options.homePath)}, where nobody can be sent; write a page outside of all callback paths`
    throw new ConfigError([{ setting: 'HOME_PATH', text }], ['all sources together'])
  }
}
