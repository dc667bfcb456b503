import type { AccountLinking } from '../../config/types.js'
import type { Tables } from '../../store/types.js'
import { requireAdmission, rolesOf, withTrustedEmail } from '../access.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import type { Browser, SessionHandle } from '../sessions/sessions.js'
import { describeUserAgent } from '../users/user-agent.js'
import type { Attempt } from './attempt.js'
import {
  AccountExistsError,
  findOrCreateUser,
  identityKey,
  type ProviderIdentity,
  type ResolvedUser,
} from './find-or-create-user.js'
import { linkRequired } from './link-required.js'

/** A sign-in that was admitted and saved. */
export interface CompletedSignIn {
  userId: string
  session: SessionHandle
  isNewDevice: boolean
}

/** Checks admission, then saves the sign-in: account, session, roles and event, or nothing. */
export async function completeSignIn(
  deps: AccountsDeps,
  attempt: Attempt,
  identity: ProviderIdentity,
  browser: Browser,
): Promise<CompletedSignIn> {
  const { provider, groups } = identity
  const profile = withTrustedEmail(identity)
  requireAdmission(deps.accessRules, provider, identity) // before anything is written
  const user = await findUserForListeners(deps, identity)
  await deps.hooks.askSignInListeners({ provider, profile, groups, browser, user })
  const completed = await saveSignIn(deps, attempt, identity, browser)
  const { userId, identityId, kind, isNewDevice } = completed
  const isNewAccount = kind === 'new'
  deps.hooks.emit('signed-in', { provider, userId, identityId, profile, isNewAccount, isNewDevice })
  if (kind === 'linked') deps.hooks.emit('connected', { provider, userId, identityId, profile })
  return completed
}

/** The user of the identity, for listeners of the hook: loaded only where there are listeners. */
async function findUserForListeners(
  { hooks, store }: Pick<AccountsDeps, 'hooks' | 'store'>,
  identity: ProviderIdentity,
) {
  if (!hooks.hasSignInListener) return undefined
  const known = await store.identities.find(identityKey(identity))
  return known && (await store.users.find(known.userId))
}

async function saveSignIn(
  deps: AccountsDeps,
  attempt: Attempt,
  identity: ProviderIdentity,
  browser: Browser,
): Promise<CompletedSignIn & ResolvedUser> {
  const saveWith = (linking: AccountLinking) =>
    deps.store.transaction(tables => writeSignIn(deps, tables, identity, browser, linking))
  try {
    return await saveWith(deps.linking)
  } catch (error) {
    if (!(error instanceof AccountExistsError)) throw error
    const required = await linkRequired(deps, attempt, identity, error.userIds)
    if (required) throw required
    return await saveWith('never')
  }
}

async function writeSignIn(
  deps: Pick<AccountsDeps, 'sessions' | 'roleRules' | 'now'>,
  tables: Tables,
  identity: ProviderIdentity,
  browser: Browser,
  linking: AccountLinking,
): Promise<CompletedSignIn & ResolvedUser> {
  const now = deps.now()
  const { provider, idToken, sid: providerSid } = identity
  const user = await findOrCreateUser(tables, identity, linking, now)
  const { userId, identityId, kind } = user
  await tables.roles.replace(identityId, rolesOf(deps.roleRules, provider, identity))
  const isNewDevice = kind === 'existing' && (await isUnknownDevice(tables, userId, browser))
  const session = await deps.sessions.open(tables.sessions, { userId, identityId, browser, providerSid, idToken })
  const code = isNewDevice ? 'new_device' : kind === 'new' ? 'new_account' : null
  if (kind === 'linked') await tables.events.insert(toEventRow({ kind: 'connected', userId, provider, browser }, now))
  await tables.events.insert(toEventRow({ kind: 'signed-in', code, userId, provider, browser }, now))
  return { ...user, session, isNewDevice }
}

const REMEMBERED_SIGN_INS = 50
/** Nearly every user comes back with the device of the last sign-in, and fifty rows take a tenth of the time of a sign-in. */
const LATEST_SIGN_INS = 3

/** Devices are compared by their kind, because a version changes each month and an address each day. */
async function isUnknownDevice({ events }: Tables, userId: string, { userAgent }: Browser): Promise<boolean> {
  const latest = await events.listUserAgents(userId, LATEST_SIGN_INS)
  if (latest.length === 0 || latest.includes(userAgent)) return false
  const earlier = await events.listUserAgents(userId, REMEMBERED_SIGN_INS)
  return !earlier.includes(userAgent) && !earlier.map(describeUserAgent).includes(describeUserAgent(userAgent))
}
