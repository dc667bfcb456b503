import { MergeError, type MergeResult, mergeUsers, requireMergeable } from '../../accounts/users/merge-users.js'
import type { ListedUser } from '../../store/types.js'
import type { ParsedArgs } from '../command-line/arguments.js'
import { type CommandContext, withStore } from '../command-line/context.js'
import { EXIT, operatorName } from '../command-line/process.js'
import {
  CONFIRMATION_FLAGS,
  CONFIRMATION_HELP,
  type CommandOutput,
  type Subcommand,
  stopUnlessConfirmed,
} from '../command-line/subcommands.js'
import { printable, toJson } from '../command-line/terminal.js'
import { countOf, DELAY_NOTE, findOneUser, userLabel } from './user-argument.js'
import { userToJson } from './user-table.js'

/** `vestibule users merge` */
export const mergeCommand: Subcommand = {
  operands: '<account that stays> <account that goes>',
  flags: CONFIRMATION_FLAGS,
  summary: 'move the connections of one account to another, and delete the first',
  help:
    'Both accounts are named by id, login or e-mail. The connections of the second one go to the first, with their tokens\n' +
    'and roles, and so do its events; its sessions end, and it is deleted. What your own tables hold for its id stays\n' +
    'under that id. An account has the name of its oldest connection. A disabled account is not merged.\n' +
    CONFIRMATION_HELP,
  run: (parsed, output) =>
    withStore(output.printError, async context => {
      const [into, from] = [
        await findOperandUser(context, 0, parsed, output),
        await findOperandUser(context, 1, parsed, output),
      ]
      if (!into || !from) return EXIT.failed
      try {
        requireMergeable(into, from)
        return (
          stopUnlessConfirmed(parsed, output, await planMerge(context, into, from)) ??
          (await mergeAndReport(context, into, from, parsed, output))
        )
      } catch (error) {
        if (!(error instanceof MergeError)) throw error
        if (parsed.json) output.print(toJson({ error: error.code, users: [into, from].map(userToJson) }))
        output.printError(error.message)
        return EXIT.failed
      }
    }),
}

const findOperandUser = (
  context: CommandContext,
  at: number,
  { operands, json: asJson }: ParsedArgs,
  output: CommandOutput,
) => findOneUser(context, operands[at] ?? '', asJson, output)

async function planMerge({ store }: CommandContext, into: ListedUser, from: ListedUser) {
  const moving = await store.identities.listOfUser(from.id)
  const names = moving.length > 0 ? ` (${printable(moving.map(({ provider }) => provider).join(', '))})` : ''
  return {
    sentence: `${userLabel(into)} would get ${countOf(moving.length, 'connection')}${names} of ${userLabel(from)}, which would be deleted.`,
    data: { user: userToJson(into), removed: userToJson(from), connections: moving.length },
  }
}

async function mergeAndReport(
  context: CommandContext,
  into: ListedUser,
  from: ListedUser,
  parsed: ParsedArgs,
  output: CommandOutput,
): Promise<number> {
  const merged = await mergeUsers(context.store, { into: into.id, from: from.id }, operatorName(), context.now)
  const after = (await context.store.users.findListed(into.id)) ?? into
  const { connections, sessions } = merged
  const data = { user: userToJson(after), removed: userToJson(from), connections, sessions, done: true }
  output.print(parsed.json ? toJson(data) : describeMerge(merged, into, from))
  return EXIT.ok
}

function describeMerge({ connections, sessions, user }: MergeResult, into: ListedUser, from: ListedUser): string {
  const renamed =
    userLabel(user) === userLabel(into) ? '' : ` Its name is ${printable(user.name ?? user.login ?? '', 60)} now.`
  const ended = sessions > 0 ? ` ${countOf(sessions, 'session')} ended.` : ''
  return `${userLabel(into)} has ${countOf(connections, 'connection')} of ${userLabel(from)} now, which is deleted.${ended}${renamed} ${DELAY_NOTE}`
}
