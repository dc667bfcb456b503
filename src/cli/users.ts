import { letBackIn, shutOut, signOutEverywhere } from '../accounts/standing.js'
import type { ListedUser } from '../store/types.js'
import type { ParsedArgs } from './arguments.js'
import { aboutOne, endedInWords, nameOf, PERSON, SOON, type Tell } from './one-person.js'
import { operatorName } from './operator.js'
import {
  identityForMachines,
  type KnownIdentity,
  linesOfPerson,
  linesOfUsers,
  sessionForMachines,
  userForMachines,
} from './people.js'
import type { CommandOutput, Subcommands } from './subcommands.js'
import { json } from './terminal.js'
import { deleteCommand } from './users-delete.js'
import { mergeCommand } from './users-merge.js'
import { type CommandContext, withStore } from './with-store.js'

const OK = 0
const PAGE = 100
const MOST = 1_000
const SESSIONS_SHOWN = 50

/** `vestibule users ...` */
export const users: Subcommands = {
  list: {
    operands: '',
    options: { limit: '<number>', after: '<id>' },
    summary: 'everybody who has signed in, a page at a time',
    help:
      'Lists people by their ids, 100 at a time or --limit (1,000 at most), beginning after an id.\n' +
      'A ✓ behind an address: the provider has verified it.',
    run: list,
  },
  show: {
    operands: PERSON,
    summary: 'one person, with their identities and live sessions',
    help:
      'Shows a person, the accounts they sign in with, what they may do with each, whether one has to be reconnected,\n' +
      'and where they are signed in now.',
    run: aboutOne(show),
  },
  disable: {
    operands: PERSON,
    summary: 'shut somebody out, and end their sessions',
    help: `Ends all sessions of a person, who is refused at the next sign-in (account_disabled). ${SOON}`,
    run: aboutOne(async ({ store, now }, user, tell) => {
      const ended = await shutOut(store, user.id, operatorName(), now)
      const disabled = { ...user, disabledAt: user.disabledAt ?? now }
      tell(`${nameOf(user)} is disabled. ${endedInWords(ended)} ${SOON}`, {
        user: userForMachines(disabled),
        sessions_ended: ended,
      })
    }),
  },
  enable: {
    operands: PERSON,
    summary: 'let somebody in again',
    help: 'Undoes disable: the person can sign in again. Sessions that have ended stay ended.',
    run: aboutOne(async ({ store, now }, user, tell) => {
      await letBackIn(store, user.id, operatorName(), now)
      tell(`${nameOf(user)} can sign in again.`, { user: userForMachines({ ...user, disabledAt: null }) })
    }),
  },
  'end-sessions': {
    operands: PERSON,
    summary: 'sign somebody out everywhere',
    help: `Ends all sessions of a person, who may sign in again. ${SOON}`,
    run: aboutOne(async ({ store, now }, user, tell) => {
      const ended = await signOutEverywhere(store, user.id, operatorName(), now)
      tell(`${nameOf(user)}: ${endedInWords(ended)} ${SOON}`, { user: userForMachines(user), sessions_ended: ended })
    }),
  },
  merge: mergeCommand,
  delete: deleteCommand,
}

function list({ json: forMachines, values }: ParsedArgs, output: CommandOutput): Promise<number> | string {
  const limit = Number(values.get('limit') ?? PAGE)
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) return `--limit is a number from 1 to ${MOST}.`
  return withStore(output.printError, async ({ store }) => {
    const found = await store.users.list(values.get('after') ?? '', limit + 1)
    const page = found.slice(0, limit)
    const next = found.length > limit ? page.at(-1)?.id : undefined
    if (forMachines) output.print(json({ users: page.map(userForMachines), next: next ?? null }))
    else if (page.length === 0) output.print('There is nobody.')
    else output.print(linesOfUsers(page).join('\n'))
    if (next && !forMachines)
      output.print(`\nThere are more: npx vestibule users list --limit ${limit} --after=${next}`)
    return OK
  })
}

async function show({ store, sessions, now }: CommandContext, user: ListedUser, tell: Tell): Promise<void> {
  const identities: KnownIdentity[] = []
  for (const identity of await store.identities.ofUser(user.id))
    identities.push({ ...identity, roles: await store.roles.ofIdentity(identity.id) })
  const live = await store.sessions.liveOfUser(user.id, now, sessions.seenBefore(now), SESSIONS_SHOWN + 1)
  const shown = live.slice(0, SESSIONS_SHOWN)
  const more = live.length > shown.length
  tell(linesOfPerson(user, identities, shown, more).join('\n'), {
    user: userForMachines(user),
    identities: identities.map(identityForMachines),
    sessions: shown.map(sessionForMachines),
    more_sessions: more,
  })
}
