import type { ListedIdentity, Tables } from '../../store/types.js'
import { rolesOf, withTrustedEmail } from '../access.js'
import { isOlderThan } from '../age.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError } from '../errors.js'
import { removeTokens, revokeInBackground } from '../provider-api/revoke.js'
import type { SafePath } from '../return-path.js'
import { lockAccount, requireActiveSession, sessionEnded } from '../sessions/account-lock.js'
import type { ActiveSession } from '../sessions/active-session.js'
import { emitSignedOut, endSessionsOfIdentity, withSessionsEnding } from '../sessions/end-sessions.js'
import type { Browser } from '../sessions/sessions.js'
import type { Attempt, LinkTarget } from './attempt.js'
import type { Caller } from './callback-request.js'
import { addIdentity, identityKey, type ProviderIdentity, updateIdentity } from './find-or-create-user.js'
import { identityHash } from './link-token.js'
import { requireProtocol, type StartedSignIn, startAttempt, withRetryTarget } from './start.js'

const RECENT_SIGN_IN_MS = 10 * 60_000

/** Whether a sign-in is young enough to change who may enter. */
export const isRecentSignIn = ({ now }: AccountsDeps, { createdAt }: ActiveSession): boolean =>
  !isOlderThan(createdAt, RECENT_SIGN_IN_MS, now())

/**
 * Begins to connect one more identity to the account of a session. Writes nothing.
 * @param asAnother the provider is to let the person choose an account, where a way is known to ask for that
 */
export async function startLinking(
  deps: AccountsDeps,
  session: ActiveSession,
  provider: string,
  returnTo: SafePath,
  caller: Caller,
  { asAnother = false }: { asAnother?: boolean } = {},
): Promise<StartedSignIn> {
  if (!isRecentSignIn(deps, session))
    throw new AccountError('sign_in_required', 'The sign-in is older than ten minutes')
  const link = { userId: session.user.id, session: session.handleHash }
  const purpose = { provider, returnTo, link }
  const loadingParams = asAnother ? requireProtocol(deps, provider).switchParams() : undefined
  const switchParams = await loadingParams?.catch(error => {
    throw withRetryTarget(error, purpose)
  })
  return startAttempt(deps, purpose, caller, switchParams)
}

/** A connection is made in the session that asked for it, and in no other: before anything is spent. */
export async function requireLinkingSession(
  { store }: AccountsDeps,
  { link }: Attempt,
  session: ActiveSession | undefined,
): Promise<void> {
  if (!link) return
  if (!session) throw sessionEnded()
  if (session.handleHash !== link.session || session.user.id !== link.userId) {
    throw new AccountError('forbidden', 'A connection was begun in another session')
  }
  // Looked up anew: a session that another instance has ended is remembered here for some seconds.
  await requireActiveSession(store, link.session)
}

/** Connects an identity to the account that asked for it; returns whether it had been there before. */
export async function linkIdentity(
  deps: AccountsDeps,
  link: LinkTarget,
  identity: ProviderIdentity,
  browser: Browser,
): Promise<boolean> {
  const { provider } = identity
  if (link.expects !== undefined && link.expects !== identityHash(identityKey(identity))) {
    throw new AccountError('subject_mismatch', 'Another identity came back than the one that was to be joined', {
      situation: 'other_identity',
    })
  }
  const { userId } = link
  const { identityId, again } = await deps.store.transaction(async tables => {
    // Account and session may have ended while the person was away.
    await lockAccount(tables, { user: { id: userId }, handleHash: link.session }, deps.now())
    const linked = await linkTo(tables, userId, identity, deps.now())
    await tables.roles.replace(linked.identityId, rolesOf(deps.roleRules, provider, identity))
    const code = linked.again ? 'again' : null
    await tables.events.insert(toEventRow({ kind: 'connected', code, userId, provider, browser }, deps.now()))
    return linked
  })
  deps.hooks.emit('connected', { provider, userId, identityId, profile: withTrustedEmail(identity) })
  return again
}

async function linkTo(tables: Tables, userId: string, identity: ProviderIdentity, now: number) {
  const known = await tables.identities.find(identityKey(identity))
  if (!known) return { identityId: await addIdentity(tables, userId, identity, now), again: false }
  if (known.userId !== userId) {
    throw new AccountError('link_conflict', `The identity ${known.id} belongs to another user than ${userId}`)
  }
  await updateIdentity(tables, known, identity, now)
  return { identityId: known.id, again: true }
}

/** What became of a connection that was taken off. */
export interface UnlinkResult {
  /** The provider's, for people. */
  label: string
  /** The session that asked was opened with it, and has ended with it. */
  signedOut: boolean
}

/** Takes an identity off an account, with its tokens and the sessions that were opened with it. Never the last one. */
export async function unlinkIdentity(
  deps: AccountsDeps,
  session: ActiveSession,
  identityId: string,
  browser: Browser,
): Promise<UnlinkResult> {
  const userId = session.user.id
  const {
    gone: removed,
    given: tokensToRevoke,
    ended,
  } = await withSessionsEnding(deps, async tables => {
    await lockAccount(tables, session, deps.now())
    const all = await tables.identities.listOfUser(userId)
    const gone = requireNotLastIdentity(deps, all, identityId)
    const given = await removeTokens(deps, tables, gone)
    const ended = await endSessionsOfIdentity(deps, tables, { identityId, userId, provider: gone.provider }, 'person')
    await tables.identities.remove(gone.id)
    await renameUserAfterUnlink(deps, tables, all, gone)
    const { provider } = gone
    await tables.events.insert(toEventRow({ kind: 'disconnected', userId, provider, browser }, deps.now()))
    return { gone, given, ended }
  })
  revokeInBackground(deps, tokensToRevoke)
  deps.hooks.emit('disconnected', { provider: removed.provider, userId, identityId })
  if (ended) emitSignedOut(deps, { identityId, userId, provider: removed.provider }, 'person')
  const label = deps.providers.get(removed.provider)?.label ?? removed.provider
  return { label, signedOut: session.identityId === identityId }
}

/** One that PROVIDERS names no more lets nobody in, so it does not count as what is left. */
function requireNotLastIdentity(
  { providers }: AccountsDeps,
  all: readonly ListedIdentity[],
  identityId: string,
): ListedIdentity {
  const identity = all.find(({ id }) => id === identityId)
  if (!identity) {
    throw new AccountError('not_found', 'The user has no such connection', {
      heading: 'That connection is gone',
      userMessage: 'It was disconnected already, or it is not yours. Nothing was changed.',
      isLinking: true,
    })
  }
  if (all.some(({ id, provider }) => id !== identityId && providers.has(provider))) return identity
  throw new AccountError('last_connection', 'Without this connection nobody could sign in to the account')
}

/** An account is called what its oldest identity is called. */
async function renameUserAfterUnlink(
  { providers, now }: AccountsDeps,
  tables: Tables,
  all: readonly ListedIdentity[],
  removed: ListedIdentity,
): Promise<void> {
  const [oldest, next] = all
  if (!next || oldest?.id !== removed.id) return
  const user = await tables.users.find(removed.userId)
  const { login, email } = next
  const isTrusted = email !== null && providers.get(next.provider)?.emailTrusted === true
  const emailVerified = next.emailVerified || isTrusted
  if (user) await tables.users.update(user.id, { ...user, login, email, emailVerified }, now())
}
