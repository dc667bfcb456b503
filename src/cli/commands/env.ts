import { providerSettings } from '../../config/provider/provider-settings.js'
import { globalSettings, isAvailable, settingOf } from '../../config/settings.js'
import type { Setting } from '../../config/types.js'
import type { TextOutput } from './secrets.js'

const USAGE = `Usage: vestibule env [--provider <name> [--protocol oauth2|oidc|oauth1]]

Prints every setting with its meaning and default, as a commented .env file.
It shows nothing of your own settings. With --provider it prints what one provider needs,
and the URLs to register there.
`
const HEAD = `# Every setting of Vestibule. First wins: the process environment, then env/<ENVIRONMENT>/.env.secret,
# then env/<ENVIRONMENT>/.env. NAME_FILE=/path reads a setting from a file. Put values with a # in single quotes.
`
const PROVIDER_HEAD = `# Each provider of PROVIDERS has these, under its name in upper case with _ for -. Here it is github.
`

/** `vestibule env`: prints the table of settings, never their values. Returns the exit code. */
export function printSettings(args: readonly string[], out: TextOutput): number {
  if (args.length > 0) {
    out.write(USAGE)
    return args.length === 1 && args[0] === '--help' ? 0 : 64
  }
  const globalEntries = globalSettings.filter(isAvailable).map(setting => formatSetting(setting.name, setting))
  const providerEntries = providerSettings
    .filter(isAvailable)
    .map(setting => formatSetting(settingOf('github', setting.name), setting))
  out.write([HEAD, ...globalEntries, PROVIDER_HEAD, ...providerEntries].join('\n'))
  return 0
}

function formatSetting(name: string, { meaning, default: standard, secret }: Setting): string {
  const notes = [standard && `default: ${standard}`, secret && 'secret: keep it in .env.secret'].filter(Boolean)
  const comment = [meaning, ...notes].join('; ').replaceAll('`', '')
  const value = /^`([^`<>]+)`$/.exec(standard)?.[1] ?? ''
  return `# ${comment}\n# ${name}=${value}\n`
}
