import type { ListedUser } from '../../store/types.js'
import { type CommandContext, withStore } from '../command-line/context.js'
import { EXIT } from '../command-line/process.js'
import type { CommandOutput, Subcommand } from '../command-line/subcommands.js'
import { printable, toJson } from '../command-line/terminal.js'
import { formatUsers, userToJson } from './user-table.js'

const MAX_MATCHES_SHOWN = 20

export const USER_OPERAND = '<id, login or e-mail>'
export const DELAY_NOTE = 'A running app notices within five seconds.'

/** Prints the result: the sentence, or the data as JSON. */
export type PrintResult = (sentence: string, asJson: unknown) => void

/** Makes a command about one user. It does not run where the argument matches no user or several users. */
export function withUser(
  command: (context: CommandContext, user: ListedUser, printResult: PrintResult) => Promise<void>,
): Subcommand['run'] {
  return ({ operand, json: asJson }, output) =>
    withStore(output.printError, async context => {
      const user = await findOneUser(context, operand, asJson, output)
      if (!user) return EXIT.failed
      await command(context, user, (sentence, data) => output.print(asJson ? toJson(data) : sentence))
      return EXIT.ok
    })
}

/**
 * The user that the argument of a command means; where it matches none or several, prints that and returns undefined.
 */
export async function findOneUser(
  context: CommandContext,
  operand: string,
  asJson: boolean,
  output: CommandOutput,
): Promise<ListedUser | undefined> {
  const found = await findUsers(context, operand)
  const [user, ...others] = found
  if (user && others.length === 0) return user
  printNotOneUser(operand, found, asJson, output)
  return undefined
}

/** An id has priority, because other users can choose a login that is equal to it. */
async function findUsers({ store }: CommandContext, operand: string): Promise<ListedUser[]> {
  const byId = await store.users.findListed(operand)
  return byId ? [byId] : store.users.findByLoginOrEmail(operand, MAX_MATCHES_SHOWN)
}

function printNotOneUser(operand: string, found: readonly ListedUser[], asJson: boolean, output: CommandOutput): void {
  const isUnknown = found.length === 0
  const error = isUnknown ? 'nobody_found' : 'several_found'
  if (asJson) output.print(toJson({ error, users: found.map(userToJson) }))
  else if (!isUnknown) output.print(formatUsers(found).join('\n'))
  output.printError(
    isUnknown
      ? `No user has the id, login or e-mail "${printable(operand)}".`
      : `"${printable(operand)}" matches several users, so nothing was done. Name one by its id.`,
  )
}

export const userLabel = ({ name, login, id }: Pick<ListedUser, 'name' | 'login' | 'id'>): string =>
  `${printable(name ?? login ?? '', 60)} (${id})`.trim()

/** `1 session`, `2 sessions` */
export const countOf = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`

export const describeEndedSessions = (ended: number): string =>
  ended === 0 ? 'There was no session to end.' : `${countOf(ended, 'session')} ended.`
