import type { ParsedArgs } from './arguments.js'
import type { CommandOutput } from './subcommands.js'
import { toJson } from './terminal.js'

const OK = 0
const USAGE = 64

/** The options of a command that cannot be undone. */
export const CONFIRMATION_FLAGS = ['yes', 'dry-run'] as const
export const CONFIRMATION_HELP =
  'Without --yes it says what it would do, does nothing and exits with 64; with --dry-run it exits with 0.'

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
  if (isDry) return OK
  output.printError('Nothing was changed. Add --yes to do it.')
  return USAGE
}
