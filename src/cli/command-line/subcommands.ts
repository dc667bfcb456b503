import { type ParsedArgs, parseArguments } from './arguments.js'
import { didYouMean } from './did-you-mean.js'

const OK = 0
const USAGE = 64

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
    return USAGE
  }
  if (wantsHelp(name)) {
    output.print(helpText(group, subcommands))
    return OK
  }
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
  if (!subcommand) {
    const sentence = name ? `vestibule ${group} has no "${name}".` : `Which command of vestibule ${group}?`
    return usageError(sentence + didYouMean(name, Object.keys(subcommands)), helpText(group, subcommands))
  }
  const usage = `Usage: ${usageLine(group, name, subcommand)}`
  if (args.some(wantsHelp)) {
    output.print(`${usage}\n\n${subcommand.help}\n--json prints the result as JSON.`)
    return OK
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
