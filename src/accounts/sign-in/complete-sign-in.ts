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

/** Somebody who has been let in. */
export interface CompletedSignIn {
  userId: string
  session: SessionHandle
  isNewDevice: boolean
}

/** Decides whether somebody may enter, and writes down that they did: account, session, roles and event, or nothing. */
export async function completeSignIn(
  deps: AccountsDeps,
  attempt: Attempt,
  identity: ProviderIdentity,
  browser: Browser,
): Promise<CompletedSignIn> {
  const { provider, groups } = identity
  const profile = withTrustedEmail(identity)
  requireAdmission(deps.accessRules, provider, identity) // before anybody is written down
  await deps.hooks.askSignInListeners({
    provider,
    profile,
    groups,
    browser,
    user: await findUserForListeners(deps, identity),
  })
  const completed = await saveSignIn(deps, attempt, identity, browser)
  const { userId, identityId, kind, isNewDevice } = completed
  const isNewAccount = kind === 'new'
  deps.hooks.emit('signed-in', { provider, userId, identityId, profile, isNewAccount, isNewDevice })
  if (kind === 'joined') deps.hooks.emit('connected', { provider, userId, identityId, profile })
  return completed
}

/** Who has it, for whoever listens: looked up only where somebody does. */
async function findUserForListeners({ hooks, store }: AccountsDeps, identity: ProviderIdentity) {
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
    const refusal = await linkRequired(deps, attempt, identity, error.userIds)
    if (refusal) throw refusal
    return await saveWith('never')
  }
}

async function writeSignIn(
  deps: AccountsDeps,
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
  const isNewDevice = kind === 'back' && (await isUnknownDevice(tables, userId, browser))
  const session = await deps.sessions.open(tables.sessions, { userId, identityId, browser, providerSid, idToken })
  const code = isNewDevice ? 'new_device' : kind === 'new' ? 'new_account' : null
  if (kind === 'joined') await tables.events.insert(toEventRow({ kind: 'connected', userId, provider, browser }, now))
  await tables.events.insert(toEventRow({ kind: 'signed-in', code, userId, provider, browser }, now))
  return { ...user, session, isNewDevice }
}

const REMEMBERED_SIGN_INS = 50
/** Nearly everybody comes back from where they were just now, and fifty rows are a tenth of what a sign-in costs. */
const LATEST_SIGN_INS = 3

/** A device is known by its kind: a version changes each month, an address each day. */
async function isUnknownDevice({ events }: Tables, userId: string, { userAgent }: Browser): Promise<boolean> {
  const latest = await events.listUserAgents(userId, LATEST_SIGN_INS)
  if (latest.length === 0 || latest.includes(userAgent)) return false
  const before = await events.listUserAgents(userId, REMEMBERED_SIGN_INS)
  return !before.includes(userAgent) && !before.map(describeUserAgent).includes(describeUserAgent(userAgent))
}
