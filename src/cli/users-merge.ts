import { type Merged, MergeRefused, mergeAccounts, requireMergeable } from '../accounts/merge.js'
import type { ListedUser } from '../store/types.js'
import type { ParsedArgs } from './arguments.js'
import { CONFIRMING, CONFIRMING_HELP, onlyPlanned } from './confirmed.js'
import { counted, findOne, nameOf, SOON } from './one-person.js'
import { operatorName } from './operator.js'
import { userForMachines } from './people.js'
import type { CommandOutput, Subcommand } from './subcommands.js'
import { json, plain } from './terminal.js'
import { type CommandContext, withStore } from './with-store.js'

const OK = 0
const FAILED = 1

/** `vestibule users merge` */
export const mergeCommand: Subcommand = {
  operands: '<account that stays> <account that goes>',
  flags: CONFIRMING,
  summary: 'move the connections of one account to another, and remove the first',
  help:
    'Both accounts are named by id, login or e-mail. The connections of the second one go to the first, with their tokens\n' +
    'and roles, and so do its events; its sessions end, and it is removed. What your own tables hold for its id stays\n' +
    'under that id. An account is called what its oldest connection is called. A disabled account is not merged.\n' +
    CONFIRMING_HELP,
  run: (parsed, output) =>
    withStore(output.printError, async context => {
      const [into, from] = [await findOf(context, 0, parsed, output), await findOf(context, 1, parsed, output)]
      if (!into || !from) return FAILED
      try {
        requireMergeable(into, from)
        return (
          onlyPlanned(parsed, output, await planOf(context, into, from)) ??
          (await merge(context, into, from, parsed, output))
        )
      } catch (error) {
        if (!(error instanceof MergeRefused)) throw error
        if (parsed.json) output.print(json({ error: error.code, users: [into, from].map(userForMachines) }))
        output.printError(error.message)
        return FAILED
      }
    }),
}

const findOf = (
  context: CommandContext,
  at: number,
  { operands, json: forMachines }: ParsedArgs,
  output: CommandOutput,
) => findOne(context, operands[at] ?? '', forMachines, output)

async function planOf({ store }: CommandContext, into: ListedUser, from: ListedUser) {
  const moving = await store.identities.ofUser(from.id)
  const names = moving.length > 0 ? ` (${plain(moving.map(({ provider }) => provider).join(', '))})` : ''
  return {
    sentence: `${nameOf(into)} would get ${counted(moving.length, 'connection')}${names} of ${nameOf(from)}, which would be removed.`,
    forMachines: { user: userForMachines(into), removed: userForMachines(from), connections: moving.length },
  }
}

async function merge(
  context: CommandContext,
  into: ListedUser,
  from: ListedUser,
  parsed: ParsedArgs,
  output: CommandOutput,
): Promise<number> {
  const merged = await mergeAccounts(context.store, { into: into.id, from: from.id }, operatorName(), context.now)
  const after = (await context.store.users.findListed(into.id)) ?? into
  const { connections, sessions } = merged
  const machines = { user: userForMachines(after), removed: userForMachines(from), connections, sessions, done: true }
  output.print(parsed.json ? json(machines) : inWords(merged, into, from))
  return OK
}

function inWords({ connections, sessions, user }: Merged, into: ListedUser, from: ListedUser): string {
  const renamed = nameOf(user) === nameOf(into) ? '' : ` It is called ${plain(user.name ?? user.login ?? '', 60)} now.`
  const ended = sessions > 0 ? ` ${counted(sessions, 'session')} ended.` : ''
  return `${nameOf(into)} has ${counted(connections, 'connection')} of ${nameOf(from)} now, which is removed.${ended}${renamed} ${SOON}`
}
