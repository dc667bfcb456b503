import { letBackIn, shutOut, signOutEverywhere } from '../accounts/standing.js'
import type { ListedUser } from '../store/types.js'
import type { Given } from './arguments.js'
import type { Screen, Verb, Verbs } from './family.js'
import {
  identityForMachines,
  type KnownIdentity,
  linesOfPerson,
  linesOfUsers,
  sessionForMachines,
  userForMachines,
} from './people.js'
import { json, plain } from './terminal.js'
import { type Desk, withStore } from './with-store.js'

const OK = 0
const NOT_ONE = 1
const PAGE = 100
const MOST = 1_000
const SESSIONS_SHOWN = 50
const SAME_NAME_SHOWN = 20
const PERSON = '<id, login or e-mail>'
const SOON = 'A running app notices within five seconds.'

/** `vestibule users ...` */
export const users: Verbs = {
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
      const ended = await shutOut(store, user.id, now)
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
      await letBackIn(store, user.id, now)
      tell(`${nameOf(user)} can sign in again.`, { user: userForMachines({ ...user, disabledAt: null }) })
    }),
  },
  'end-sessions': {
    operands: PERSON,
    summary: 'sign somebody out everywhere',
    help: `Ends all sessions of a person, who may sign in again. ${SOON}`,
    run: aboutOne(async ({ store, now }, user, tell) => {
      const ended = await signOutEverywhere(store, user.id, now)
      tell(`${nameOf(user)}: ${endedInWords(ended)} ${SOON}`, { user: userForMachines(user), sessions_ended: ended })
    }),
  },
}

function list({ json: forMachines, values }: Given, screen: Screen): Promise<number> | string {
  const limit = Number(values.get('limit') ?? PAGE)
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) return `--limit is a number from 1 to ${MOST}.`
  return withStore(screen.complain, async ({ store }) => {
    const found = await store.users.list(values.get('after') ?? '', limit + 1)
    const page = found.slice(0, limit)
    const next = found.length > limit ? page.at(-1)?.id : undefined
    if (forMachines) screen.print(json({ users: page.map(userForMachines), next: next ?? null }))
    else if (page.length === 0) screen.print('There is nobody.')
    else screen.print(linesOfUsers(page).join('\n'))
    if (next && !forMachines)
      screen.print(`\nThere are more: npx vestibule users list --limit ${limit} --after=${next}`)
    return OK
  })
}

/** Says the outcome: a sentence for people, or the same for machines. */
type Tell = (sentence: string, forMachines: unknown) => void

/** A command about exactly one person: where a name fits nobody or several, it is not run. */
function aboutOne(act: (desk: Desk, user: ListedUser, tell: Tell) => Promise<void>): Verb['run'] {
  return ({ person, json: forMachines }, screen) =>
    withStore(screen.complain, async desk => {
      const found = await findPerson(desk, person)
      const [user, ...others] = found
      if (!user || others.length > 0) return notOne(person, found, forMachines, screen)
      await act(desk, user, (sentence, machines) => screen.print(forMachines ? json(machines) : sentence))
      return OK
    })
}

/** An id is decisive, whatever logins others give themselves. */
async function findPerson({ store }: Desk, person: string): Promise<ListedUser[]> {
  const byId = await store.users.findListed(person)
  return byId ? [byId] : store.users.findByName(person, SAME_NAME_SHOWN)
}

function notOne(person: string, found: readonly ListedUser[], forMachines: boolean, screen: Screen): number {
  const nobody = found.length === 0
  const error = nobody ? 'nobody_found' : 'several_found'
  if (forMachines) screen.print(json({ error, users: found.map(userForMachines) }))
  else if (!nobody) screen.print(linesOfUsers(found).join('\n'))
  screen.complain(
    nobody
      ? `Nobody has the id, login or e-mail "${plain(person)}".`
      : `"${plain(person)}" fits several people, so nothing was done. Say which one by the id.`,
  )
  return NOT_ONE
}

async function show({ store, sessions, now }: Desk, user: ListedUser, tell: Tell): Promise<void> {
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

const nameOf = ({ name, login, id }: ListedUser): string => `${plain(name ?? login ?? '', 60)} (${id})`.trim()

const endedInWords = (ended: number): string =>
  ended === 0 ? 'There was no session to end.' : `${ended} ${ended === 1 ? 'session' : 'sessions'} ended.`
