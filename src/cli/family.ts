import { type Given, readArguments } from './arguments.js'
import { didYouMean } from './nearest.js'

const OK = 0
const USAGE = 64

/** One command of a family, like `list` of `users`. */
export interface Verb {
  /** What stands behind its name: `<id, login or e-mail>`. */
  operands: string
  /** Beside `--json`, which each has: what a value is, by the option's name. */
  options?: Readonly<Record<string, string>>
  /** Options whose value may be empty. */
  mayBeEmpty?: readonly string[]
  /** Options without a value. */
  flags?: readonly string[]
  summary: string
  help: string
  /** Answers with an exit code, or with what is wrong with the arguments. */
  run(given: Given, screen: Screen): Promise<number | string> | number | string
}

export type Verbs = Readonly<Record<string, Verb>>

/** Where commands speak: results, and what went wrong. */
export interface Screen {
  print(line: string): void
  complain(line: string): void
}

/** Runs `vestibule <family> <verb> ...`; the answer is the exit code. */
export async function runFamily(
  family: string,
  verbs: Verbs,
  [name = '', ...args]: readonly string[],
  screen: Screen,
): Promise<number> {
  const wantsHelp = (argument: string) => argument === '--help' || argument === '-h'
  const refuse = (sentence: string, usage: string) => {
    screen.complain(`${sentence}\n\n${usage}`)
    return USAGE
  }
  if (wantsHelp(name)) {
    screen.print(helpOf(family, verbs))
    return OK
  }
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (!verb) {
    const sentence = name ? `vestibule ${family} has no "${name}".` : `Which command of vestibule ${family}?`
    return refuse(sentence + didYouMean(name, Object.keys(verbs)), helpOf(family, verbs))
  }
  const usage = `Usage: ${lineOf(family, name, verb)}`
  if (args.some(wantsHelp)) {
    screen.print(`${usage}\n\n${verb.help}\n--json prints the result as JSON.`)
    return OK
  }
  const given = readArguments(args, verb)
  const outcome = typeof given === 'string' ? given : await verb.run(given, screen)
  return typeof outcome === 'string' ? refuse(outcome, usage) : outcome
}

function helpOf(family: string, verbs: Verbs): string {
  const lines = Object.entries(verbs).map(([name, verb]) => `  ${lineOf(family, name, verb)}\n      ${verb.summary}`)
  return `Usage:\n\n${lines.join('\n')}\n\nAdd --help to any of them for more.`
}

const lineOf = (family: string, name: string, { operands, options = {}, flags = [] }: Verb): string =>
  [
    `vestibule ${family} ${name}`,
    ...(operands ? [operands] : []),
    ...Object.entries(options).map(([option, value]) => `[--${option} ${value}]`),
    ...flags.map(flag => `[--${flag}]`),
    '[--json]',
  ].join(' ')
