import { ProtocolError } from '../../oauth/errors.js'
import type { Identity } from '../../store/types.js'
import { needsUserinfo, requireAdmission, rolesOf } from '../access.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError, hasErrorCode } from '../errors.js'
import type { UserInfo } from '../protocols/protocol.js'
import { RECHECK_TIMEOUT_MS, withCallSlot } from '../provider-calls.js'
import { emitSignedOut, endSessionsOfIdentity } from '../sessions/end-sessions.js'
import { toIdentityFields, updateUserFrom } from '../sign-in/find-or-create-user.js'
import { storedClaims } from '../sign-in/stored-profile.js'
import type { Connection } from './connection.js'
import { invalidateConnection } from './invalidate-connection.js'
import type { CompletedRefresh } from './refresh.js'

/**
 * Decides anew, after a refresh, whether a person may stay and what they may do: by what their provider says of them now,
 * where a rule asks for what can change, and else by what it said last, because the rules may be others by now. A
 * provider that cannot tell changes nothing.
 * @throws Refusal not_admitted where no rule lets them in any more: their sessions have ended
 */
export async function recheckAccess(
  deps: AccountsDeps,
  connection: Connection,
  refresh: CompletedRefresh,
): Promise<void> {
  const asks = needsUserinfo(deps.accessRules, deps.roleRules, connection.provider)
  const current = asks ? await currentUserInfo(deps, connection, refresh) : refresh.userInfo
  if (asks && !current) return
  const userInfo = current ?? storedUserInfo(deps, refresh.identity)
  if (!asks && (await isUnchanged(deps, connection, refresh.identity, userInfo))) return
  const { refusal, changed, ended } = await applyAccess(deps, connection, refresh, {
    ...userInfo,
    isCurrent: current !== undefined,
  })
  if (ended) emitSignedOut(deps, connection, 'rules')
  // What a session may do is remembered with it for a while.
  else if (changed) deps.sessions.forgetAll()
  // One that was only ever connected, to use its API, never let anybody in.
  if (refusal && ended) throw refusal
}

/** Spares nearly every refresh a transaction: rules and facts seldom change. */
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
  const profile = { ...{ subject, login, email, emailVerified, raw }, name: null, picture: null }
  return { profile, groups, sources, emailTrusted: providers.get(provider)?.emailTrusted }
}

const RECHECK_SLOT = { purpose: 'refresh', within: RECHECK_TIMEOUT_MS } as const

/** Undefined where the provider does not tell, or cannot. */
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
    // What a new ID token does not say any more is gone, also where the user endpoint cannot be asked.
    return protocol.userInfoFromIdToken?.(known).catch(undefinedIfRefused)
  }
}

/** The claims of the ID token alone do not tell who it is, or which groups. */
function undefinedIfRefused(error: unknown): undefined {
  if (!hasErrorCode(error)) throw error
}

const subjectMismatch = () =>
  new ProtocolError('subject_mismatch', 'The renewed token is that of another person than the one who signed in')

/** A person, and whether the provider has told of them just now. */
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
    // It may have been disconnected meanwhile.
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
