import type { AccountLinking } from '../config/types.js'
import type { Tables } from '../store/types.js'
import { admit, rolesOf, withTrustedEmail } from './access.js'
import type { Attempt } from './attempt.js'
import type { Deps } from './deps.js'
import { deviceInWords } from './device.js'
import { refuseForExisting } from './existing-account.js'
import { AccountExists, type Answered, keyOf, type Person, recognise } from './identities.js'
import type { Browser, SessionHandle } from './sessions.js'
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
    const refusal = await refuseForExisting(deps, attempt, answered, error.userIds)
    if (refusal) throw refusal
    return await writing('never')
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
