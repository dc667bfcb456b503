import type { AccountLinking } from '../config/types.js'
import type { Tables } from '../store/types.js'
import { admit, rolesOf, withTrustedEmail } from './access.js'
import type { Attempt } from './attempt.js'
import type { Deps } from './deps.js'
import { deviceInWords } from './device.js'
import { AccountExists, type Answered, keyOf, type Person, recognise, requireEnabled } from './identities.js'
import { Refusal } from './refusal.js'
import type { Browser, SessionHandle } from './sessions.js'
import { identityMark, issueTicket } from './ticket.js'
import { eventOf } from './trail.js'

/** Somebody who has been let in. */
export interface Entry {
  userId: string
  session: SessionHandle
  isNewDevice: boolean
}

/** Decides whether somebody may enter, and writes down that they did: account, session, roles and event, or nothing. */
export async function enter(deps: Deps, attempt: Attempt, answered: Answered, browser: Browser): Promise<Entry> {
  const { provider, groups } = answered
  const profile = withTrustedEmail(answered)
  admit(deps.rules, provider, answered) // before anybody is written down
  await deps.hooks.mayEnter({ provider, profile, groups, browser, user: await accountOf(deps, answered) })
  const entry = await writeDown(deps, attempt, answered, browser)
  const { userId, identityId, came, isNewDevice } = entry
  const isNewAccount = came === 'new'
  deps.hooks.tell('signed-in', { provider, userId, identityId, profile, isNewAccount, isNewDevice })
  if (came === 'joined') deps.hooks.tell('connected', { provider, userId, identityId, profile })
  return entry
}

/** Who has it, for whoever listens: looked up only where somebody does. */
async function accountOf({ hooks, store }: Deps, answered: Answered) {
  if (!hooks.isAsked) return undefined
  const known = await store.identities.find(keyOf(answered))
  return known && (await store.users.find(known.userId))
}

async function writeDown(deps: Deps, attempt: Attempt, answered: Answered, browser: Browser): Promise<Entry & Person> {
  const writing = (linking: AccountLinking) =>
    deps.store.transaction(tables => open(deps, tables, answered, browser, linking))
  try {
    return await writing(deps.linking)
  } catch (error) {
    if (!(error instanceof AccountExists)) throw error
    const providers = await providersOf(deps, error.userIds)
    // Nobody can sign in to an account whose providers have all gone from PROVIDERS.
    if (providers.length === 0) {
      await requireNoneDisabled(deps, error.userIds)
      return await writing('never')
    }
    throw askToJoin(deps, attempt, answered, { userIds: error.userIds, providers })
  }
}

/** Or whoever was shut out would only have to wait until their provider goes. */
async function requireNoneDisabled({ store }: Deps, userIds: readonly string[]): Promise<void> {
  for (const id of userIds) {
    const user = await store.users.find(id)
    if (user) requireEnabled(user)
  }
}

async function open(
  deps: Deps,
  tables: Tables,
  answered: Answered,
  browser: Browser,
  linking: AccountLinking,
): Promise<Entry & Person> {
  const now = deps.now()
  const { provider, idToken, sid: providerSid } = answered
  const person = await recognise(tables, answered, linking, now)
  const { userId, identityId, came } = person
  await tables.roles.replace(identityId, rolesOf(deps.roleRules, provider, answered))
  const isNewDevice = came === 'back' && (await isStrange(tables, userId, browser))
  const session = await deps.sessions.open(tables.sessions, { userId, identityId, browser, providerSid, idToken })
  const code = isNewDevice ? 'new_device' : came === 'new' ? 'new_account' : null
  if (came === 'joined') await tables.events.insert(eventOf({ kind: 'connected', userId, provider, browser }, now))
  await tables.events.insert(eventOf({ kind: 'signed-in', code, userId, provider, browser }, now))
  return { ...person, session, isNewDevice }
}

const REMEMBERED_SIGN_INS = 50
/** Nearly everybody comes back from where they were just now, and fifty rows are a tenth of what a sign-in costs. */
const LATEST_SIGN_INS = 3

/** A device is known by its kind: a version changes each month, an address each day. */
async function isStrange({ events }: Tables, userId: string, { userAgent }: Browser): Promise<boolean> {
  const latest = await events.userAgentsOf(userId, LATEST_SIGN_INS)
  if (latest.length === 0 || latest.includes(userAgent)) return false
  const before = await events.userAgentsOf(userId, REMEMBERED_SIGN_INS)
  return !before.includes(userAgent) && !before.map(deviceInWords).includes(deviceInWords(userAgent))
}

const MOST_ACCOUNTS = 10

/** To be joined by signing in to one of the accounts that are there. Nothing has been written. */
function askToJoin(
  deps: Deps,
  { state }: Attempt,
  answered: Answered,
  { userIds, providers }: { userIds: readonly string[]; providers: readonly string[] },
): Refusal {
  const { provider } = answered
  // A ticket travels in a cookie; nobody has this many accounts of one address.
  const ticket = { provider, identity: identityMark(keyOf(answered)), userIds: userIds.slice(0, MOST_ACCOUNTS) }
  return new Refusal('link_needed', `An account has verified the address of a new identity of ${provider}`, {
    join: { providers, ticket: issueTicket(deps.attemptSealer, ticket, state, deps.now()) },
  })
}

/** Those that PROVIDERS still names, in its order. */
async function providersOf({ store, providers }: Deps, userIds: readonly string[]): Promise<string[]> {
  const identities = await Promise.all(userIds.map(id => store.identities.ofUser(id)))
  const used = new Set(identities.flat().map(({ provider }) => provider))
  return [...providers.keys()].filter(name => used.has(name))
}
