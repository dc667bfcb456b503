import type { ListedUser } from '../store/types.js'
import { linesOfUsers, userForMachines } from './people.js'
import type { CommandOutput, Subcommand } from './subcommands.js'
import { json, plain } from './terminal.js'
import { type CommandContext, withStore } from './with-store.js'

const OK = 0
const NOT_ONE = 1
const SAME_NAME_SHOWN = 20

export const PERSON = '<id, login or e-mail>'
export const SOON = 'A running app notices within five seconds.'

/** Says the outcome: a sentence for people, or the same for machines. */
export type Tell = (sentence: string, forMachines: unknown) => void

/** A command about exactly one person: where a name fits nobody or several, it is not run. */
export function aboutOne(
  act: (context: CommandContext, user: ListedUser, tell: Tell) => Promise<void>,
): Subcommand['run'] {
  return ({ operand, json: forMachines }, output) =>
    withStore(output.printError, async context => {
      const user = await findOne(context, operand, forMachines, output)
      if (!user) return NOT_ONE
      await act(context, user, (sentence, machines) => output.print(forMachines ? json(machines) : sentence))
      return OK
    })
}

/** The person of a command; undefined where there is none or several, which it has said by then. */
export async function findOne(
  context: CommandContext,
  operand: string,
  forMachines: boolean,
  output: CommandOutput,
): Promise<ListedUser | undefined> {
  const found = await findPerson(context, operand)
  const [user, ...others] = found
  if (user && others.length === 0) return user
  sayNotOne(operand, found, forMachines, output)
  return undefined
}

/** An id is decisive, whatever logins others give themselves. */
async function findPerson({ store }: CommandContext, operand: string): Promise<ListedUser[]> {
  const byId = await store.users.findListed(operand)
  return byId ? [byId] : store.users.findByName(operand, SAME_NAME_SHOWN)
}

function sayNotOne(operand: string, found: readonly ListedUser[], forMachines: boolean, output: CommandOutput): void {
  const nobody = found.length === 0
  const error = nobody ? 'nobody_found' : 'several_found'
  if (forMachines) output.print(json({ error, users: found.map(userForMachines) }))
  else if (!nobody) output.print(linesOfUsers(found).join('\n'))
  output.printError(
    nobody
      ? `Nobody has the id, login or e-mail "${plain(operand)}".`
      : `"${plain(operand)}" fits several people, so nothing was done. Say which one by the id.`,
  )
}

export const nameOf = ({ name, login, id }: Pick<ListedUser, 'name' | 'login' | 'id'>): string =>
  `${plain(name ?? login ?? '', 60)} (${id})`.trim()

/** `1 session`, `2 sessions` */
export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`

export const endedInWords = (ended: number): string =>
  ended === 0 ? 'There was no session to end.' : `${counted(ended, 'session')} ended.`
