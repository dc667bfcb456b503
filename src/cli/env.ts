import { providerVariables } from '../config/provider-variables.js'
import type { Variable } from '../config/variable.js'
import { globalVariables, settingOf, works } from '../config/variables.js'
import type { Out } from './secrets.js'

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
export function env(args: readonly string[], out: Out): number {
  if (args.length > 0) {
    out.write(USAGE)
    return args.length === 1 && args[0] === '--help' ? 0 : 64
  }
  const ours = globalVariables.filter(works).map(variable => entry(variable.name, variable))
  const each = providerVariables.filter(works).map(variable => entry(settingOf('github', variable.name), variable))
  out.write([HEAD, ...ours, PROVIDER_HEAD, ...each].join('\n'))
  return 0
}

function entry(name: string, { meaning, default: standard, secret }: Variable): string {
  const facts = [standard && `default: ${standard}`, secret && 'secret: keep it in .env.secret'].filter(Boolean)
  const remark = [meaning, ...facts].join('; ').replaceAll('`', '')
  const value = /^`([^`<>]+)`$/.exec(standard)?.[1] ?? ''
  return `# ${remark}\n# ${name}=${value}\n`
}
