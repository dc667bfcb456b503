import { ProtocolError } from '../../oauth/errors.js'
import type { Identity } from '../../store/types.js'
import { needsUserinfo, requireAdmission, rolesOf } from '../access.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError, hasErrorCode } from '../errors.js'
import type { RefreshResult, UserInfo } from '../protocols/protocol.js'
import { RECHECK_TIMEOUT_MS, withCallSlot } from '../provider-calls.js'
import { emitSignedOut, endSessionsOfIdentity, withSessionsEnding } from '../sessions/end-sessions.js'
import { toIdentityFields, updateUserFrom } from '../sign-in/find-or-create-user.js'
import { storedClaims } from '../sign-in/stored-profile.js'
import type { Connection } from './connection.js'

/** A refresh whose tokens this process has saved. */
export interface CompletedRefresh extends RefreshResult {
  identity: Identity
}

/**
 * Decides again, after a refresh, whether a user may stay signed in and which roles they have. If a rule depends on
 * what can change, the provider is asked for the user's current claims; else the stored ones are used, because the
 * rules may have changed. If the provider cannot say, nothing changes.
 * @throws AccountError not_admitted if no rule admits the user any more: their sessions have ended
 */
export async function recheckAccess(
  deps: AccountsDeps,
  connection: Connection,
  refresh: CompletedRefresh,
): Promise<void> {
  const isUserinfoNeeded = needsUserinfo(deps.accessRules, deps.roleRules, connection.provider)
  const current = isUserinfoNeeded ? await currentUserInfo(deps, connection, refresh) : refresh.userInfo
  if (isUserinfoNeeded && !current) return
  const userInfo = current ?? storedUserInfo(deps, refresh.identity)
  if (!isUserinfoNeeded && (await isUnchanged(deps, connection, refresh.identity, userInfo))) return
  const { refusal, changed, ended } = await applyAccess(deps, connection, refresh, {
    ...userInfo,
    isCurrent: current !== undefined,
  })
  if (ended) emitSignedOut(deps, connection, 'rules')
  // The roles of a session are cached with it for a while.
  else if (changed) deps.sessions.forgetAll()
  // An identity that was only linked, to use its API, has never opened a session.
  if (refusal && ended) throw refusal
}

/** Saves nearly every refresh a transaction: rules and profiles seldom change. */
async function isUnchanged(
  deps: AccountsDeps,
  { provider, identityId }: Connection,
  { login, email, emailVerified, groups }: Identity,
  userInfo: UserInfo,
): Promise<boolean> {
  const { profile } = userInfo
  const now = [profile.login, profile.email, profile.emailVerified, userInfo.groups]
  if (JSON.stringify(now) !== JSON.stringify([login, email, emailVerified, groups])) return false
  const before = await deps.store.roles.listOfIdentity(identityId)
  return (
    !admissionError(deps, provider, userInfo) && before.join() === rolesOf(deps.roleRules, provider, userInfo).join()
  )
}

function storedUserInfo({ providers }: AccountsDeps, identity: Identity): UserInfo {
  const { provider, subject, login, email, emailVerified, groups } = identity
  const { claims: raw, sources } = storedClaims(identity)
  const profile = { subject, login, email, emailVerified, raw, name: null, picture: null }
  return { profile, groups, sources, emailTrusted: providers.get(provider)?.emailTrusted }
}

const RECHECK_SLOT = { purpose: 'refresh', within: RECHECK_TIMEOUT_MS } as const

/** Undefined where the provider does not say who the user is, or cannot at the moment. */
async function currentUserInfo(
  deps: AccountsDeps,
  connection: Connection,
  refresh: CompletedRefresh,
): Promise<UserInfo | undefined> {
  const { identity, tokens, claims } = refresh
  const protocol = deps.providers.get(connection.provider)
  if (refresh.userInfo || !protocol) return refresh.userInfo
  const known = { previous: storedClaims(identity), idToken: claims }
  try {
    const userInfo = await withCallSlot(deps, protocol.name, RECHECK_SLOT, send =>
      protocol.loadUserInfo(send, tokens, known),
    )
    if (userInfo && userInfo.profile.subject !== identity.subject) throw subjectMismatch()
    return userInfo
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'subject_mismatch') {
      await invalidateConnection(deps, connection, error)
      throw error
    }
    if (!hasErrorCode(error)) throw error
    deps.refreshState.onError(error)
    // A claim that a new ID token does not contain any more is gone, even if the user endpoint does not work.
    return protocol.userInfoFromIdToken?.(known).catch(undefinedIfRefused)
  }
}

/** The claims of the ID token alone do not say who the user is, or which groups they have. */
function undefinedIfRefused(error: unknown): undefined {
  if (!hasErrorCode(error)) throw error
}

const subjectMismatch = () =>
  new ProtocolError('subject_mismatch', 'The refreshed token belongs to another person than the one who signed in')

/**
 * A provider that answers for another user is not trusted any more: neither its tokens nor the sessions that came of
 * them.
 */
export async function invalidateConnection(
  deps: AccountsDeps,
  connection: Connection,
  { code }: ProtocolError,
): Promise<void> {
  const { identityId, userId, provider } = connection
  const ended = await withSessionsEnding(deps, async tables => {
    await tables.users.lock(userId, deps.now())
    await tables.identities.setReconnectNeeded(identityId, deps.now())
    await tables.tokens.remove(identityId)
    const event = { kind: 'refresh-failed', code, userId, provider } as const
    await tables.events.insert(toEventRow(event, deps.now()))
    return endSessionsOfIdentity(tables, connection, 'provider', deps.now())
  })
  if (ended) emitSignedOut(deps, connection, 'provider')
}

/** The user, and whether the provider described them just now. */
type CheckedUserInfo = UserInfo & { isCurrent: boolean }

async function applyAccess(
  deps: AccountsDeps,
  connection: Connection,
  { tokens }: CompletedRefresh,
  userInfo: CheckedUserInfo,
) {
  const { identityId, userId, provider } = connection
  const refusal = admissionError(deps, provider, userInfo)
  const roles = rolesOf(deps.roleRules, provider, userInfo)
  return deps.store.transaction(async tables => {
    const unchanged = { refusal, changed: false, ended: false }
    await tables.users.lock(userId, deps.now())
    const identity = await tables.identities.load(identityId)
    // It may have been unlinked meanwhile.
    if (!identity) return unchanged
    await tables.identities.updateFields(identityId, toIdentityFields({ ...userInfo, tokens }))
    const isUserChanged = userInfo.isCurrent && (await updateUserFrom(tables, identity, userInfo, deps.now()))
    const before = await tables.roles.listOfIdentity(identityId)
    await tables.roles.replace(identityId, roles)
    const ended = refusal !== undefined && (await endSessionsOfIdentity(tables, connection, 'rules', deps.now()))
    return { ...unchanged, ended, changed: isUserChanged || before.join() !== roles.join() }
  })
}

function admissionError({ accessRules }: AccountsDeps, provider: string, userInfo: UserInfo): AccountError | undefined {
  try {
    requireAdmission(accessRules, provider, userInfo)
    return undefined
  } catch (error) {
    if (error instanceof AccountError) return error
    throw error
  }
}
