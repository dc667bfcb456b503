import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { presetCatalog } from '../providers/catalog.js'
import { didYouMean } from './command-line/arguments.js'
import { APP_ROOT, withAppUrl, withConfig } from './command-line/context.js'
import { EXIT, watchStandardStreams } from './command-line/process.js'
import { type CommandOutput, runSubcommand, type Subcommands } from './command-line/subcommands.js'
import { printProviderEnv, printSettings } from './commands/env.js'
import { keyCommands } from './commands/keys.js'
import { migrateDatabase } from './commands/migrate.js'
import { printSecretKey } from './commands/secrets.js'
import { sessionCommands } from './commands/sessions.js'
import { identityCommands } from './identities/identities.js'
import { userCommands } from './users/users.js'

interface Command {
  summary: string
  help: string
  /** The command parses its arguments itself. */
  takesArguments?: true
  run(args: readonly string[]): Promise<number> | number
}

/** A command with subcommands. */
interface CommandGroup {
  summary: string
  subcommands: Subcommands
}

const print = (line: string) => void process.stdout.write(`${line}\n`)
const printError = (line: string) => void process.stderr.write(`${line}\n`)
const output: CommandOutput = { print, printError }

const COMMANDS: Record<string, Command | CommandGroup> = {
  serve: {
    summary: 'serve the app',
    help: 'Serves the app with the settings of ENVIRONMENT (default local), until SIGINT or SIGTERM.',
    // Loaded only here: no other command needs the web, and loading it takes longer than most commands.
    run: () => withConfig(printError, async config => (await import('./commands/serve.js')).serveUntilSignal(config)),
  },
  migrate: {
    summary: 'bring the database up to date',
    help: 'Runs the missing migrations on the database of ENVIRONMENT. In local, serve does it by itself.',
    run: () => withConfig(printError, config => migrateDatabase(config, print)),
  },
  secrets: {
    summary: 'make a key for SECRET_KEYS',
    help: 'Prints a SECRET_KEYS line with 32 new random bytes. Keep it out of the repository.',
    run: () => printSecretKey(process.stdout),
  },
  env: {
    summary: 'print every setting, as a commented file',
    help:
      'Prints all settings with their defaults and meanings, to be used as an env file. It shows no value in use.\n' +
      'With --provider github it prints what that preset needs, and the URLs to register there; for a provider\n' +
      'of your own add its protocol: --provider acme --protocol oidc (or oauth2, oauth1).',
    takesArguments: true,
    run: args => (args[0]?.startsWith('--p') ? providerEnv(args) : printSettings(args, process.stdout)),
  },
  users: {
    summary: 'list users, show one, disable, enable, merge, delete, end sessions',
    subcommands: userCommands,
  },
  identities: { summary: 'move them to another issuer or provider', subcommands: identityCommands },
  sessions: { summary: 'delete those that have expired', subcommands: sessionCommands },
  keys: {
    summary: 'count the tokens that each key encrypts, and encrypt them again with the newest',
    subcommands: keyCommands,
  },
}

const PLANNED_COMMANDS = ['check', 'doctor', 'tokens', 'events', 'backup', 'restore', 'copy']

/** Runs the command line of this process, and sets its exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const streams = watchStandardStreams()
  const code = await run(args)
  if (args[0] === 'serve') await streams.endService(code)
  else streams.endCommand(code)
}

/** Runs one command line. Returns the exit code. */
function run([name = 'help', ...args]: readonly string[]): Promise<number> | number {
  if (['help', '--help', '-h'].includes(name)) return help(print)
  if (name === '--version' || name === '-v') return printVersion(print)
  if (PLANNED_COMMANDS.includes(name)) return usageError(`vestibule ${name} is not available yet.`)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) return usageError(`There is no command "${name}".${suggestCommand(name)}`)
  if ('subcommands' in command) return runSubcommand(name, command.subcommands, args, output)
  if (args.includes('--help') || args.includes('-h')) {
    print(`vestibule ${name}: ${command.summary}\n\n${command.help}`)
    return EXIT.ok
  }
  if (args.length > 0 && !command.takesArguments) return usageError(`vestibule ${name} takes no arguments.`)
  return command.run(args)
}

/** Also suggests the group of a subcommand that was written without it. */
function suggestCommand(name: string): string {
  const [group] =
    Object.entries(COMMANDS).find(([, each]) => 'subcommands' in each && Object.hasOwn(each.subcommands, name)) ?? []
  return group ? ` Did you mean ${group} ${name}?` : didYouMean(name, [...Object.keys(COMMANDS), 'help'])
}

const providerEnv = (args: readonly string[]): Promise<number> | number =>
  printProviderEnv(args, {
    catalog: presetCatalog(),
    withAppUrl: (provider, command) => withAppUrl(printError, provider, command),
    stdout: process.stdout,
    stderr: process.stderr,
  })

function help(printLine: (line: string) => void): number {
  printLine('Usage: vestibule <command>\n')
  for (const [name, { summary }] of Object.entries(COMMANDS)) printLine(`  ${name.padEnd(12)}${summary}`)
  printLine('\nAdd --help to any command for more; --version prints the version.')
  printLine('ENVIRONMENT names the folder of env/ whose settings are used (default: local).')
  return EXIT.ok
}

function usageError(sentence: string): number {
  printError(`${sentence}\n`)
  help(printError)
  return EXIT.usage
}

/** `vestibule --version`: the version of package.json. */
function printVersion(print: (line: string) => void): number {
  const manifest: { version: string } = JSON.parse(readFileSync(join(APP_ROOT, 'package.json'), 'utf8'))
  print(manifest.version)
  return EXIT.ok
}
