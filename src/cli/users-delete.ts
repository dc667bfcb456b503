import { deleteAccount } from '../accounts/removal.js'
import type { ListedUser } from '../store/types.js'
import type { ParsedArgs } from './arguments.js'
import { CONFIRMING, CONFIRMING_HELP, onlyPlanned } from './confirmed.js'
import { counted, findOne, nameOf, PERSON, SOON } from './one-person.js'
import { operatorName } from './operator.js'
import { userForMachines } from './people.js'
import type { CommandOutput, Subcommand } from './subcommands.js'
import { json, plain } from './terminal.js'
import { type CommandContext, withStore } from './with-store.js'

const OK = 0
const FAILED = 1
const MOST_COUNTED = 1_000

/** `vestibule users delete` */
export const deleteCommand: Subcommand = {
  operands: PERSON,
  flags: CONFIRMING,
  summary: 'delete an account with everything that belongs to it',
  help:
    'Deletes an account as its person can do: connections, tokens, sessions, roles, and the events that name the person.\n' +
    'Tokens are given back to the providers that take them. What is left is one event that names only you.\n' +
    'Who is admitted by ALLOWED_USERS can sign in again, to a new account; to shut somebody out: vestibule users disable.\n' +
    CONFIRMING_HELP,
  run: (parsed, output) =>
    withStore(output.printError, async context => {
      const user = await findOne(context, parsed.operand, parsed.json, output)
      if (!user) return FAILED
      return (
        onlyPlanned(parsed, output, await planOf(context, user)) ?? (await removeThem(context, user, parsed, output))
      )
    }),
}

async function planOf({ store, sessions, now }: CommandContext, user: ListedUser) {
  const identities = await store.identities.ofUser(user.id)
  const live = await store.sessions.liveOfUser(user.id, now, sessions.seenBefore(now), MOST_COUNTED)
  const providers = user.providers.length > 0 ? ` (${plain(user.providers.join(', '))})` : ''
  return {
    sentence:
      `${nameOf(user)} would be deleted, with ${counted(identities.length, 'connection')}${providers} ` +
      `and ${counted(live.length, 'live session')}.`,
    forMachines: { user: userForMachines(user), connections: identities.length, sessions: live.length },
  }
}

async function removeThem(
  context: CommandContext,
  user: ListedUser,
  parsed: ParsedArgs,
  output: CommandOutput,
): Promise<number> {
  // Loaded here alone: the other commands call no provider.
  const { withProviders } = await import('./with-providers.js')
  const { result: removed, failures } = await withProviders(context, deps =>
    deleteAccount(deps, user.id, operatorName(), context.now),
  )
  if (!removed) {
    output.printError(`${nameOf(user)} was deleted by somebody else meanwhile.`)
    return FAILED
  }
  const { connections, sessions } = removed
  const givenBack = removed.given.length - failures.length
  const machines = { user: userForMachines(user), connections, sessions, tokens_given_back: givenBack, done: true }
  const parts = [counted(connections, 'connection'), counted(sessions, 'session')]
  const tokens = givenBack > 0 ? ` The tokens of ${counted(givenBack, 'connection')} were given back.` : ''
  output.print(
    parsed.json ? json(machines) : `${nameOf(user)} is deleted, with ${parts.join(' and ')}.${tokens} ${SOON}`,
  )
  for (const { provider, cause } of failures)
    output.printError(`Tokens could not be given back to ${provider}: ${plain(cause)} They end there by themselves.`)
  return OK
}
