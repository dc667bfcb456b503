import type { Context, Middleware } from 'koa'
import { InvalidNewUser, newUserForm, readNewUser } from './new-user.js'
import type { Choice, Field, NewUserForm } from './pages.js'
import type { Params } from './params.js'
import { Refusal } from './refusal.js'
import { findUser, TEST_USERS, type User, userDetail } from './users.js'

/** What a fault is called, in the form and on the page. */
export interface Named {
  name: string
  label: string
}

/** Faults that the page shows together. */
export interface FaultGroup<Fault extends Named = Named> {
  title: string
  faults: readonly Fault[]
}

/** What the page of one protocol has of its own. */
type Asking = Pick<Choice, 'client' | 'scopes' | 'action' | 'faultGroups' | 'protocols'>

/**
 * What every page of choice shows, whatever the protocol.
 * @param carried the names of the parameters that the form sends on
 * @throws Refusal if the URL names an unknown fault
 */
export function describeChoice(
  ctx: Context,
  asking: Asking,
  {
    params,
    carried,
    problem,
  }: { params: Params; carried: readonly string[]; problem?: NewUserForm['problem'] | undefined },
): Choice {
  const faults = asking.faultGroups.flatMap(group => group.faults)
  const hidden = carried.map(name => ({ name, value: params.get(name) ?? '' })).filter(({ value }) => value)
  return {
    ...asking,
    faultGroups: asking.faultGroups.map(({ title, faults }) => ({
      title,
      // The button Deny stands for it.
      faults: faults.filter(({ name }) => name !== DENIED).map(({ name, label }) => ({ name, label })),
    })),
    hidden,
    chosen: readFault(params, faults)?.name ?? '',
    deny: [...hidden, { name: 'person', value: TEST_USERS[0]?.login ?? '' }, { name: 'fault', value: DENIED }],
    last: describeLast(ctx, faults, hidden),
    newUser: newUserForm(params, problem),
    users: TEST_USERS.map(user => ({
      login: user.login,
      name: user.name,
      initial: initialOf(user),
      detail: userDetail(user),
      tag: user.tag,
    })),
  }
}

const DENIED = 'denied'
const LAST_FAULT_COOKIE = 'dev-provider-last-fault'
const MONTH_MS = 30 * 24 * 60 * 60 * 1000

/** So that the page offers it once more. It chooses nothing by itself: a fault that nobody chose would mislead. */
export function rememberFault(ctx: Context, fault: Named | undefined, user: User): void {
  if (!fault || fault.name === DENIED) return
  const { login } = findUser(user.login) ?? TEST_USERS[0] ?? user
  ctx.cookies.set(LAST_FAULT_COOKIE, `${fault.name}.${login}`, {
    path: ctx.path, // each protocol has faults of its own
    httpOnly: true,
    sameSite: 'lax',
    maxAge: MONTH_MS,
    overwrite: true,
  })
}

function describeLast(ctx: Context, faults: readonly Named[], hidden: readonly Field[]): Choice['last'] {
  const [name, login = ''] = ctx.cookies.get(LAST_FAULT_COOKIE)?.split('.') ?? []
  const fault = faults.find(known => known.name === name)
  const user = findUser(login)
  if (!fault || !user) return null
  const fields = [...hidden, { name: 'person', value: user.login }, { name: 'fault', value: fault.name }]
  return { label: fault.label, user: user.name ?? user.login, fields }
}

/** Shows the authorize page, for these parameters and with this problem of a new user. */
export type AskWho = (ctx: Context, params: Params, problem?: NewUserForm['problem']) => void

/** The page again, where nobody can be called what was typed. */
export const orAskAgain =
  (ask: AskWho, decide: (ctx: Context) => Promise<void>): Middleware =>
  async ctx => {
    try {
      await decide(ctx)
    } catch (error) {
      if (!(error instanceof InvalidNewUser)) throw error
      ctx.status = 400
      ask(ctx, error.params, error.problem)
    }
  }

function initialOf({ name, login }: User): string {
  const [first] = new Intl.Segmenter().segment(name ?? login)
  return (first?.segment ?? '').toUpperCase()
}

/**
 * Who was chosen, or typed in.
 * @throws Refusal if no user has that login, InvalidNewUser if no user can have what was typed
 */
export function readUser(params: Params): User {
  const login = params.get('person')
  if (login === undefined) return readNewUser(params)
  const user = findUser(login)
  if (user) return user
  throw new Refusal(400, 'Nobody here has this login', 'Go back and choose somebody from the list.', `person=${login}`)
}

/**
 * What was chosen to go wrong.
 * @throws Refusal if this protocol has no such fault
 */
export function readFault<Fault extends Named>(params: Params, faults: readonly Fault[]): Fault | undefined {
  const name = params.get('fault')
  if (name === undefined) return undefined
  const fault = faults.find(known => known.name === name)
  if (fault) return fault
  throw new Refusal(400, 'Nothing can go wrong this way', 'There is no such fault.', `fault=${name}`)
}
