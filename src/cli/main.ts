import { presetCatalog } from '../providers/catalog.js'
import { env } from './env.js'
import { envOfProvider } from './env-provider.js'
import { runFamily, type Screen, type Verbs } from './family.js'
import { identities } from './identities.js'
import { keys } from './keys.js'
import { migrate } from './migrate.js'
import { didYouMean } from './nearest.js'
import { secrets } from './secrets.js'
import { sessions } from './sessions.js'
import { watchStandardStreams } from './standard-streams.js'
import { users } from './users.js'
import { version } from './version.js'
import { withAppUrl, withConfig } from './with-config.js'

const OK = 0
const USAGE = 64

interface Command {
  summary: string
  help: string
  /** It looks at its arguments itself. */
  takesArguments?: true
  run(args: readonly string[]): Promise<number> | number
}

/** Commands of commands. */
interface Family {
  summary: string
  verbs: Verbs
}

const print = (line: string) => void process.stdout.write(`${line}\n`)
const complain = (line: string) => void process.stderr.write(`${line}\n`)
const screen: Screen = { print, complain }

const COMMANDS: Record<string, Command | Family> = {
  serve: {
    summary: 'serve the app',
    help: 'Serves the app with the settings of ENVIRONMENT (default local), until SIGINT or SIGTERM.',
    // Loaded here alone: no other command needs the web, and to load it takes longer than most of them.
    run: () => withConfig(complain, async config => (await import('./serve.js')).serveUntilSignal(config)),
  },
  migrate: {
    summary: 'bring the database up to date',
    help: 'Runs the missing migrations on the database of ENVIRONMENT. In local, serve does it by itself.',
    run: () => withConfig(complain, config => migrate(config, print)),
  },
  secrets: {
    summary: 'make a key for SECRET_KEYS',
    help: 'Prints a SECRET_KEYS line with 32 new random bytes. Keep it out of the repository.',
    run: () => secrets(process.stdout),
  },
  env: {
    summary: 'print every setting, as a commented file',
    help:
      'Prints all settings with their defaults and meanings, to be used as an env file. It shows no value in use.\n' +
      'With --provider github it prints what that preset needs, and the URLs to register there; for a provider\n' +
      'of your own add its protocol: --provider acme --protocol oidc (or oauth2, oauth1).',
    takesArguments: true,
    run: args => (args[0]?.startsWith('--p') ? providerLines(args) : env(args, process.stdout)),
  },
  users: { summary: 'list people, see one, shut out, let in again, merge, delete, end sessions', verbs: users },
  identities: { summary: 'move them to another issuer or provider', verbs: identities },
  sessions: { summary: 'delete those that have expired', verbs: sessions },
  keys: { summary: 'count the tokens under each key, and seal them anew under the newest', verbs: keys },
}

const NOT_YET = ['check', 'doctor', 'tokens', 'events', 'backup', 'restore', 'copy']

/** Runs the command line of this process, and sets its exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const streams = watchStandardStreams()
  const code = await run(args)
  if (args[0] === 'serve') await streams.endService(code)
  else streams.endCommand(code)
}

/** Runs one command line; the answer is the exit code. */
function run([name = 'help', ...args]: readonly string[]): Promise<number> | number {
  if (['help', '--help', '-h'].includes(name)) return help(print)
  if (name === '--version' || name === '-v') return version(print)
  if (NOT_YET.includes(name)) return refuse(`vestibule ${name} is not available yet.`)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) return refuse(`There is no command "${name}".${rightCommand(name)}`)
  if ('verbs' in command) return runFamily(name, command.verbs, args, screen)
  if (args.includes('--help') || args.includes('-h')) {
    print(`vestibule ${name}: ${command.summary}\n\n${command.help}`)
    return OK
  }
  if (args.length > 0 && !command.takesArguments) return refuse(`vestibule ${name} takes no arguments.`)
  return command.run(args)
}

/** Also where somebody writes a command of a family without the family. */
function rightCommand(name: string): string {
  const [family] = Object.entries(COMMANDS).find(([, each]) => 'verbs' in each && Object.hasOwn(each.verbs, name)) ?? []
  return family ? ` Did you mean ${family} ${name}?` : didYouMean(name, [...Object.keys(COMMANDS), 'help'])
}

const providerLines = (args: readonly string[]): Promise<number> | number =>
  envOfProvider(args, {
    catalog: presetCatalog(),
    withAppUrl: (provider, command) => withAppUrl(complain, provider, command),
    out: process.stdout,
    complain: process.stderr,
  })

function help(out: (line: string) => void): number {
  out('Usage: vestibule <command>\n')
  for (const [name, { summary }] of Object.entries(COMMANDS)) out(`  ${name.padEnd(12)}${summary}`)
  out('\nAdd --help to any command for more; --version prints the version.')
  out('ENVIRONMENT names the folder of env/ whose settings count (default: local).')
  return OK
}

function refuse(sentence: string): number {
  complain(`${sentence}\n`)
  help(complain)
  return USAGE
}
