import type { ParsedArgs } from './arguments.js'
import type { CommandOutput } from './subcommands.js'
import { json } from './terminal.js'

const OK = 0
const USAGE = 64

/** Options of a command that cannot be undone. */
export const CONFIRMING = ['yes', 'dry-run'] as const
export const CONFIRMING_HELP =
  'Without --yes it says what it would do, does nothing and exits with 64; with --dry-run it exits with 0.'

/** What a command would do, in words and for machines. */
interface Plan {
  sentence: string
  forMachines: object
}

/** Says what would be done, where nothing is to be done yet; undefined where the command is to go on. */
export function onlyPlanned(
  { flags, json: asJson }: ParsedArgs,
  output: CommandOutput,
  plan: Plan,
): number | undefined {
  const isDry = flags.has('dry-run')
  if (flags.has('yes') && !isDry) return undefined
  output.print(asJson ? json({ ...plan.forMachines, done: false }) : plan.sentence)
  if (isDry) return OK
  output.printError('Nothing was changed. Add --yes to do it.')
  return USAGE
}
