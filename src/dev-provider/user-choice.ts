import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import { PageError } from './errors.js'
import type { Field, NewUserForm, UserChoice } from './pages.js'
import type { RequestParams } from './params.js'
import { describeTestUser, findTestUser, TEST_USERS, type TestUser } from './users.js'

/** The name of a fault in the form, and its label on the page. */
export interface FaultOption {
  name: string
  label: string
}

/** Faults that the page shows together. */
export interface FaultGroup<Fault extends FaultOption = FaultOption> {
  title: string
  faults: readonly Fault[]
}

/** What is different on the page of each protocol. */
type PageOptions = Pick<UserChoice, 'client' | 'scopes' | 'action' | 'faultGroups' | 'protocols'>

/**
 * The locals of the authorize page, for every protocol.
 * @param carried the names of the parameters that the form sends on
 * @throws PageError if the URL names an unknown fault
 */
export function describeUserChoice(
  ctx: Context,
  options: PageOptions,
  {
    params,
    carried,
    problem,
  }: { params: RequestParams; carried: readonly string[]; problem?: NewUserForm['problem'] | undefined },
): UserChoice {
  const faults = options.faultGroups.flatMap(group => group.faults)
  const hidden = carried.map(name => ({ name, value: params.get(name) ?? '' })).filter(({ value }) => value)
  return {
    ...options,
    faultGroups: options.faultGroups.map(({ title, faults }) => ({
      title,
      // The button Deny is this fault.
      faults: faults.filter(({ name }) => name !== DENIED_FAULT).map(({ name, label }) => ({ name, label })),
    })),
    hidden,
    chosen: readChosenFault(params, faults)?.name ?? '',
    deny: [...hidden, { name: 'person', value: TEST_USERS[0]?.login ?? '' }, { name: 'fault', value: DENIED_FAULT }],
    last: describeLastFault(ctx, faults, hidden),
    newUser: newUserForm(params, problem),
    users: TEST_USERS.map(user => ({
      login: user.login,
      name: user.name,
      initial: initialOf(user),
      detail: describeTestUser(user),
      tag: user.tag,
    })),
  }
}

const DENIED_FAULT = 'denied'
const LAST_FAULT_COOKIE = 'dev-provider-last-fault'
const MONTH_MS = 30 * 24 * 60 * 60 * 1000

/** Lets the page offer the fault again. It does not select it: a fault that the user did not choose would mislead. */
export function rememberFault(ctx: Context, fault: FaultOption | undefined, user: TestUser): void {
  if (!fault || fault.name === DENIED_FAULT) return
  const { login } = findTestUser(user.login) ?? TEST_USERS[0] ?? user
  ctx.cookies.set(LAST_FAULT_COOKIE, `${fault.name}.${login}`, {
    path: ctx.path, // each protocol has its own faults
    httpOnly: true,
    sameSite: 'lax',
    maxAge: MONTH_MS,
    overwrite: true,
  })
}

function describeLastFault(ctx: Context, faults: readonly FaultOption[], hidden: readonly Field[]): UserChoice['last'] {
  const [name, login = ''] = ctx.cookies.get(LAST_FAULT_COOKIE)?.split('.') ?? []
  const fault = faults.find(known => known.name === name)
  const user = findTestUser(login)
  if (!fault || !user) return null
  const fields = [...hidden, { name: 'person', value: user.login }, { name: 'fault', value: fault.name }]
  return { label: fault.label, user: user.name ?? user.login, fields }
}

function initialOf({ name, login }: TestUser): string {
  const [first] = new Intl.Segmenter().segment(name ?? login)
  return (first?.segment ?? '').toUpperCase()
}

/**
 * The user who was chosen, or typed in.
 * @throws PageError if no user has that login, InvalidNewUser if no user can have what was typed
 */
export function readChosenUser(params: RequestParams): TestUser {
  const login = params.get('person')
  if (login === undefined) return readNewUser(params)
  const user = findTestUser(login)
  if (user) return user
  throw new PageError(
    400,
    'There is no user with this login',
    'Go back and choose a user from the list.',
    `person=${login}`,
  )
}

/**
 * The fault that was chosen.
 * @throws PageError if this protocol has no such fault
 */
export function readChosenFault<Fault extends FaultOption>(
  params: RequestParams,
  faults: readonly Fault[],
): Fault | undefined {
  const name = params.get('fault')
  if (name === undefined) return undefined
  const fault = faults.find(known => known.name === name)
  if (fault) return fault
  throw new PageError(400, 'This fault does not exist', 'This protocol has no fault of that name.', `fault=${name}`)
}

/** What was typed makes no user: the page is shown again, with the problem at its field. */
export class InvalidNewUser extends Error {
  override readonly name = 'InvalidNewUser'
  constructor(readonly problem: NonNullable<NewUserForm['problem']>) {
    super(problem.text)
  }
}

const newUserForm = (params: RequestParams, problem: NewUserForm['problem'] = null): NewUserForm => ({
  login: params.get('new_login') ?? '',
  name: params.get('new_name') ?? '',
  email: params.get('new_email') ?? '',
  problem,
})

/**
 * The user typed into "Somebody new".
 * @throws InvalidNewUser if the login is malformed or taken, the name too long or the e-mail not one
 */
export function readNewUser(params: RequestParams): TestUser {
  const invalid = (field: 'login' | 'name' | 'email', text: string) => new InvalidNewUser({ field, text })
  const login = params.get('new_login')?.trim() ?? ''
  const name = params.get('new_name')?.trim() || null
  const email = params.get('new_email')?.trim()
  if (!/^[a-z0-9-]{1,39}$/i.test(login))
    throw invalid('login', 'A login has 1 to 39 letters (a to z), digits and hyphens.')
  if (findTestUser(login.toLowerCase()))
    throw invalid('login', 'A person in the list has this login. Choose that person, or another login.')
  if (name && name.length > 256) throw invalid('name', 'A name has 256 characters at most.')
  if (email && !/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(email))
    throw invalid('email', 'An e-mail address looks like zoe@example.org.')
  return {
    id: userId(login),
    login,
    name,
    emails: email ? [{ email, primary: true, verified: true, visibility: 'public' }] : [],
    repositories: [],
    memberships: [],
    tag: 'new',
  }
}

/** Always the same for a login, in upper or lower case: 2^30 to 2^31 - 1, where no built-in user has an id. */
function userId(login: string): bigint {
  const hash = createHash('sha256').update(login.toLowerCase()).digest().readUInt32BE()
  return BigInt(2 ** 30 + (hash % 2 ** 30))
}
