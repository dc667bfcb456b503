import { deleteAccountAsOperator } from '../../accounts/users/delete-account.js'
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
import { countOf, DELAY_NOTE, findOneUser, USER_OPERAND, userLabel } from './user-argument.js'
import { userToJson } from './user-table.js'

const MAX_SESSIONS_COUNTED = 1_000

/** `vestibule users delete` */
export const deleteCommand: Subcommand = {
  operands: USER_OPERAND,
  flags: CONFIRMATION_FLAGS,
  summary: 'delete an account with everything that belongs to it',
  help:
    'Deletes an account as its user can: connections, tokens, sessions, roles, and the events that name the user.\n' +
    'Tokens are revoked at the providers that support it. One event remains, which names only you.\n' +
    'A user whom ALLOWED_USERS admits can sign in again, to a new account; to prevent that: vestibule users disable.\n' +
    CONFIRMATION_HELP,
  run: (parsed, output) =>
    withStore(output.printError, async context => {
      const user = await findOneUser(context, parsed.operand, parsed.json, output)
      if (!user) return EXIT.failed
      return (
        stopUnlessConfirmed(parsed, output, await planDeletion(context, user)) ??
        (await deleteAndReport(context, user, parsed, output))
      )
    }),
}

async function planDeletion({ store, sessions, now }: CommandContext, user: ListedUser) {
  const identities = await store.identities.listOfUser(user.id)
  const live = await store.sessions.listActiveOfUser(user.id, now, sessions.seenBefore(now), MAX_SESSIONS_COUNTED)
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
    deleteAccountAsOperator(deps, user.id, operatorName(), context.now),
  )
  if (!removed) {
    output.printError(`${userLabel(user)} was deleted by another process meanwhile.`)
    return EXIT.failed
  }
  const { connections, sessions } = removed
  const revoked = removed.tokensToRevoke.length - failures.length
  const data = { user: userToJson(user), connections, sessions, tokens_given_back: revoked, done: true }
  const parts = [countOf(connections, 'connection'), countOf(sessions, 'session')]
  const tokens = revoked > 0 ? ` The tokens of ${countOf(revoked, 'connection')} were revoked.` : ''
  output.print(
    parsed.json ? toJson(data) : `${userLabel(user)} is deleted, with ${parts.join(' and ')}.${tokens} ${DELAY_NOTE}`,
  )
  for (const { provider, cause } of failures)
    output.printError(`Tokens could not be revoked at ${provider}: ${printable(cause)} They end there by themselves.`)
  return EXIT.ok
}
