import { deleteAccount } from '../accounts/removal.js'
import type { ListedUser } from '../store/types.js'
import type { ParsedArgs } from './arguments.js'
import { CONFIRMATION_FLAGS, CONFIRMATION_HELP, stopUnlessConfirmed } from './confirmation.js'
import { operatorName } from './operator.js'
import type { CommandOutput, Subcommand } from './subcommands.js'
import { json, printable } from './terminal.js'
import { countOf, findUser, NOTICED_SOON, USER_OPERAND, userLabel } from './user-argument.js'
import { userToJson } from './user-table.js'
import { type CommandContext, withStore } from './with-store.js'

const OK = 0
const FAILED = 1
const MAX_SESSIONS_COUNTED = 1_000

/** `vestibule users delete` */
export const deleteCommand: Subcommand = {
  operands: USER_OPERAND,
  flags: CONFIRMATION_FLAGS,
  summary: 'delete an account with everything that belongs to it',
  help:
    'Deletes an account as its person can do: connections, tokens, sessions, roles, and the events that name the person.\n' +
    'Tokens are given back to the providers that take them. What is left is one event that names only you.\n' +
    'Who is admitted by ALLOWED_USERS can sign in again, to a new account; to shut somebody out: vestibule users disable.\n' +
    CONFIRMATION_HELP,
  run: (parsed, output) =>
    withStore(output.printError, async context => {
      const user = await findUser(context, parsed.operand, parsed.json, output)
      if (!user) return FAILED
      return (
        stopUnlessConfirmed(parsed, output, await planOf(context, user)) ??
        (await deleteAndReport(context, user, parsed, output))
      )
    }),
}

async function planOf({ store, sessions, now }: CommandContext, user: ListedUser) {
  const identities = await store.identities.ofUser(user.id)
  const live = await store.sessions.liveOfUser(user.id, now, sessions.seenBefore(now), MAX_SESSIONS_COUNTED)
  const providers = user.providers.length > 0 ? ` (${printable(user.providers.join(', '))})` : ''
  return {
    sentence:
      `${userLabel(user)} would be deleted, with ${countOf(identities.length, 'connection')}${providers} ` +
      `and ${countOf(live.length, 'live session')}.`,
    data: { user: userToJson(user), connections: identities.length, sessions: live.length },
  }
}

async function deleteAndReport(
  context: CommandContext,
  user: ListedUser,
  parsed: ParsedArgs,
  output: CommandOutput,
): Promise<number> {
  // Loaded only here: the other commands call no provider.
  const { withProviders } = await import('./with-providers.js')
  const { result: removed, failures } = await withProviders(context, deps =>
    deleteAccount(deps, user.id, operatorName(), context.now),
  )
  if (!removed) {
    output.printError(`${userLabel(user)} was deleted by somebody else meanwhile.`)
    return FAILED
  }
  const { connections, sessions } = removed
  const givenBack = removed.given.length - failures.length
  const data = { user: userToJson(user), connections, sessions, tokens_given_back: givenBack, done: true }
  const parts = [countOf(connections, 'connection'), countOf(sessions, 'session')]
  const tokens = givenBack > 0 ? ` The tokens of ${countOf(givenBack, 'connection')} were given back.` : ''
  output.print(
    parsed.json ? json(data) : `${userLabel(user)} is deleted, with ${parts.join(' and ')}.${tokens} ${NOTICED_SOON}`,
  )
  for (const { provider, cause } of failures)
    output.printError(
      `Tokens could not be given back to ${provider}: ${printable(cause)} They end there by themselves.`,
    )
  return OK
}
