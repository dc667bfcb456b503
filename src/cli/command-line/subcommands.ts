import { didYouMean, type ParsedArgs, parseArguments } from './arguments.js'
import { EXIT } from './process.js'
import { toJson } from './terminal.js'

/** The options of a command that cannot be undone. */
export const CONFIRMATION_FLAGS = ['yes', 'dry-run'] as const

export const CONFIRMATION_HELP =
  'Without --yes it says what it would do, does nothing and exits with 64; with --dry-run it exits with 0.'

/** A command of a group, such as `list` of `users`. */
export interface Subcommand {
  /** The arguments after its name, for the usage line: `<id, login or e-mail>`. */
  operands: string
  /** The options with a value: its description by the name of the option. Every subcommand also has `--json`. */
  options?: Readonly<Record<string, string>>
  /** Options whose value may be empty. */
  mayBeEmpty?: readonly string[]
  /** Options without a value. */
  flags?: readonly string[]
  summary: string
  help: string
  /** Returns an exit code, or a text that says what is wrong with the arguments. */
  run(parsed: ParsedArgs, output: CommandOutput): Promise<number | string> | number | string
}

export type Subcommands = Readonly<Record<string, Subcommand>>

/** Where commands print results and errors. */
export interface CommandOutput {
  print(line: string): void
  printError(line: string): void
}

/** Runs `vestibule <group> <subcommand> ...`. Returns the exit code. */
export async function runSubcommand(
  group: string,
  subcommands: Subcommands,
  [name = '', ...args]: readonly string[],
  output: CommandOutput,
): Promise<number> {
  const wantsHelp = (argument: string) => argument === '--help' || argument === '-h'
  const usageError = (sentence: string, usage: string) => {
    output.printError(`${sentence}\n\n${usage}`)
    return EXIT.usage
  }
  if (wantsHelp(name)) {
    output.print(helpText(group, subcommands))
    return EXIT.ok
  }
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
  if (!subcommand) {
    const sentence = name ? `vestibule ${group} has no "${name}".` : `Which command of vestibule ${group}?`
    return usageError(sentence + didYouMean(name, Object.keys(subcommands)), helpText(group, subcommands))
  }
  const usage = `Usage: ${usageLine(group, name, subcommand)}`
  if (args.some(wantsHelp)) {
    output.print(`${usage}\n\n${subcommand.help}\n--json prints the result as JSON.`)
    return EXIT.ok
  }
  const parsed = parseArguments(args, subcommand)
  const outcome = typeof parsed === 'string' ? parsed : await subcommand.run(parsed, output)
  return typeof outcome === 'string' ? usageError(outcome, usage) : outcome
}

function helpText(group: string, subcommands: Subcommands): string {
  const lines = Object.entries(subcommands).map(
    ([name, subcommand]) => `  ${usageLine(group, name, subcommand)}\n      ${subcommand.summary}`,
  )
  return `Usage:\n\n${lines.join('\n')}\n\nAdd --help to any of them for more.`
}

const usageLine = (group: string, name: string, { operands, options = {}, flags = [] }: Subcommand): string =>
  [
    `vestibule ${group} ${name}`,
    ...(operands ? [operands] : []),
    ...Object.entries(options).map(([option, value]) => `[--${option} ${value}]`),
    ...flags.map(flag => `[--${flag}]`),
    '[--json]',
  ].join(' ')

/** What a command would do, as a sentence and as data. */
interface Plan {
  sentence: string
  data: object
}

/** Without --yes, prints what the command would do and returns the exit code; with it returns undefined. */
export function stopUnlessConfirmed(
  { flags, json: asJson }: ParsedArgs,
  output: CommandOutput,
  plan: Plan,
): number | undefined {
  const isDry = flags.has('dry-run')
  if (flags.has('yes') && !isDry) return undefined
  output.print(asJson ? toJson({ ...plan.data, done: false }) : plan.sentence)
  if (isDry) return EXIT.ok
  output.printError('Nothing was changed. Add --yes to do it.')
  return EXIT.usage
}
