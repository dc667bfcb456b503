import { disableUser, enableUser, signOutEverywhere } from '../../accounts/users/user-status.js'
import type { ListedUser } from '../../store/types.js'
import type { ParsedArgs } from '../command-line/arguments.js'
import { type CommandContext, withStore } from '../command-line/context.js'
import { EXIT, operatorName } from '../command-line/process.js'
import type { CommandOutput, Subcommands } from '../command-line/subcommands.js'
import { toJson } from '../command-line/terminal.js'
import {
  DELAY_NOTE,
  describeEndedSessions,
  type PrintResult,
  USER_OPERAND,
  userLabel,
  withUser,
} from './user-argument.js'
import {
  formatUser,
  formatUsers,
  type IdentityWithRoles,
  identityToJson,
  sessionToJson,
  userToJson,
} from './user-table.js'
import { deleteCommand } from './users-delete.js'
import { mergeCommand } from './users-merge.js'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000
const SESSIONS_SHOWN = 50

/** `vestibule users ...` */
export const userCommands: Subcommands = {
  list: {
    operands: '',
    options: { limit: '<number>', after: '<id>' },
    summary: 'all users, a page at a time',
    help:
      'Lists users by their ids, 100 at a time or --limit (1,000 at most), beginning after an id.\n' +
      'A ✓ after an address: the provider has verified it.',
    run: listUsers,
  },
  show: {
    operands: USER_OPERAND,
    summary: 'one user, with their identities and live sessions',
    help:
      'Shows a user, the accounts they sign in with, the roles that each gives, whether one has to be reconnected,\n' +
      'and where they are signed in now.',
    run: withUser(showUserDetails),
  },
  disable: {
    operands: USER_OPERAND,
    summary: 'prevent a user from signing in, and end their sessions',
    help: `Ends all sessions of a user, whose next sign-in is refused (account_disabled). ${DELAY_NOTE}`,
    run: withUser(async ({ store, now }, user, printResult) => {
      const ended = await disableUser(store, user.id, operatorName(), now)
      const disabled = { ...user, disabledAt: user.disabledAt ?? now }
      printResult(`${userLabel(user)} is disabled. ${describeEndedSessions(ended)} ${DELAY_NOTE}`, {
        user: userToJson(disabled),
        sessions_ended: ended,
      })
    }),
  },
  enable: {
    operands: USER_OPERAND,
    summary: 'let a disabled user sign in again',
    help: 'Undoes disable: the user can sign in again. Sessions that have ended stay ended.',
    run: withUser(async ({ store, now }, user, printResult) => {
      await enableUser(store, user.id, operatorName(), now)
      printResult(`${userLabel(user)} can sign in again.`, { user: userToJson({ ...user, disabledAt: null }) })
    }),
  },
  'end-sessions': {
    operands: USER_OPERAND,
    summary: 'sign a user out everywhere',
    help: `Ends all sessions of a user, who may sign in again. ${DELAY_NOTE}`,
    run: withUser(async ({ store, now }, user, printResult) => {
      const ended = await signOutEverywhere(store, user.id, operatorName(), now)
      printResult(`${userLabel(user)}: ${describeEndedSessions(ended)} ${DELAY_NOTE}`, {
        user: userToJson(user),
        sessions_ended: ended,
      })
    }),
  },
  merge: mergeCommand,
  delete: deleteCommand,
}

function listUsers({ json: asJson, values }: ParsedArgs, output: CommandOutput): Promise<number> | string {
  const limit = Number(values.get('limit') ?? DEFAULT_LIMIT)
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) return `--limit is a number from 1 to ${MAX_LIMIT}.`
  return withStore(output.printError, async ({ store }) => {
    const found = await store.users.list(values.get('after') ?? '', limit + 1)
    const page = found.slice(0, limit)
    const next = found.length > limit ? page.at(-1)?.id : undefined
    if (asJson) output.print(toJson({ users: page.map(userToJson), next: next ?? null }))
    else if (page.length === 0) output.print('There are no users.')
    else output.print(formatUsers(page).join('\n'))
    if (next && !asJson) output.print(`\nThere are more: npx vestibule users list --limit ${limit} --after=${next}`)
    return EXIT.ok
  })
}

async function showUserDetails(
  { store, sessions, now }: CommandContext,
  user: ListedUser,
  printResult: PrintResult,
): Promise<void> {
  const identities: IdentityWithRoles[] = []
  for (const identity of await store.identities.listOfUser(user.id))
    identities.push({ ...identity, roles: await store.roles.listOfIdentity(identity.id) })
  const live = await store.sessions.listActiveOfUser(user.id, now, sessions.seenBefore(now), SESSIONS_SHOWN + 1)
  const shown = live.slice(0, SESSIONS_SHOWN)
  const more = live.length > shown.length
  printResult(formatUser(user, identities, shown, more).join('\n'), {
    user: userToJson(user),
    identities: identities.map(identityToJson),
    sessions: shown.map(sessionToJson),
    more_sessions: more,
  })
}
