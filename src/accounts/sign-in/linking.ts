import type { ListedIdentity, Tables } from '../../store/types.js'
import { rolesOf, withTrustedEmail } from '../access.js'
import { isOlderThan } from '../age.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError } from '../errors.js'
import { removeTokens, revokeInBackground } from '../provider-api/revoke.js'
import type { SafePath } from '../return-path.js'
import { type ActiveSession, lockAccount, requireActiveSession, sessionEnded } from '../sessions/active-session.js'
import { emitSignedOut, endSessionsOfIdentity, withSessionsEnding } from '../sessions/end-sessions.js'
import type { Browser } from '../sessions/sessions.js'
import type { Attempt, Caller, LinkTarget } from './attempt.js'
import { addIdentity, identityKey, type ProviderIdentity, updateIdentity } from './find-or-create-user.js'
import { identityHash } from './link-token.js'
import { loadSwitchParams, requireProtocol, type StartedSignIn, startAttempt } from './start.js'

const RECENT_SIGN_IN_MS = 10 * 60_000

/** Whether a sign-in is recent enough to change who may sign in. */
export const isRecentSignIn = (now: () => number, { createdAt }: ActiveSession): boolean =>
  !isOlderThan(createdAt, RECENT_SIGN_IN_MS, now())

/**
 * Starts to link one more identity to the account of a session. Writes nothing.
 * @param options `asAnother`: the provider lets the person choose an account, where it is known to support that
 */
export async function startLinking(
  deps: AccountsDeps,
  session: ActiveSession,
  provider: string,
  returnTo: SafePath,
  caller: Caller,
  { asAnother = false }: { asAnother?: boolean } = {},
): Promise<StartedSignIn> {
  if (!isRecentSignIn(deps.now, session))
    throw new AccountError('sign_in_required', 'The sign-in is older than ten minutes')
  const link = { userId: session.user.id, session: session.handleHash }
  const purpose = { provider, returnTo, link }
  const switchParams = asAnother
    ? await loadSwitchParams(requireProtocol(deps.providers, provider), purpose)
    : undefined
  return startAttempt(deps, purpose, caller, switchParams)
}

/** An identity is linked in the session that started it, and in no other. This is checked before the code is sent. */
export async function requireLinkingSession(
  store: Pick<Tables, 'sessions'>,
  { link }: Attempt,
  session: ActiveSession | undefined,
): Promise<void> {
  if (!link) return
  if (!session) throw sessionEnded()
  if (session.handleHash !== link.session || session.user.id !== link.userId) {
    throw new AccountError('forbidden', 'The linking was started in another session')
  }
  // Loaded from the database: the cache may have a session for some seconds that another instance has ended.
  await requireActiveSession(store, link.session)
}

/** Links an identity to the account that started it; returns whether the account had it before. */
export async function linkIdentity(
  deps: Pick<AccountsDeps, 'store' | 'roleRules' | 'hooks' | 'now'>,
  link: LinkTarget,
  identity: ProviderIdentity,
  browser: Browser,
): Promise<boolean> {
  const { provider } = identity
  if (link.expects !== undefined && link.expects !== identityHash(identityKey(identity))) {
    throw new AccountError('subject_mismatch', 'Another identity came back than the one that was to be linked', {
      situation: 'other_identity',
    })
  }
  const { userId } = link
  const { identityId, alreadyLinked } = await deps.store.transaction(async tables => {
    // Account and session may have ended while the person was at the provider.
    await lockAccount(tables, { user: { id: userId }, handleHash: link.session }, deps.now())
    const linked = await linkTo(tables, userId, identity, deps.now())
    await tables.roles.replace(linked.identityId, rolesOf(deps.roleRules, provider, identity))
    const code = linked.alreadyLinked ? 'again' : null
    await tables.events.insert(toEventRow({ kind: 'connected', code, userId, provider, browser }, deps.now()))
    return linked
  })
  deps.hooks.emit('connected', { provider, userId, identityId, profile: withTrustedEmail(identity) })
  return alreadyLinked
}

async function linkTo(tables: Tables, userId: string, identity: ProviderIdentity, now: number) {
  const known = await tables.identities.find(identityKey(identity))
  if (!known) return { identityId: await addIdentity(tables, userId, identity, now), alreadyLinked: false }
  if (known.userId !== userId) {
    throw new AccountError('link_conflict', `The identity ${known.id} belongs to another user than ${userId}`)
  }
  await updateIdentity(tables, known, identity, now)
  return { identityId: known.id, alreadyLinked: true }
}

/** The result of unlinking an identity. */
interface UnlinkResult {
  /** The provider's, for people. */
  label: string
  /** The session of the request was opened with this identity, and has ended with it. */
  signedOut: boolean
}

/** Removes an identity from an account, with its tokens and the sessions that were opened with it. Never the last one. */
export async function unlinkIdentity(
  deps: AccountsDeps,
  session: ActiveSession,
  identityId: string,
  browser: Browser,
): Promise<UnlinkResult> {
  const { providers, hooks, now } = deps
  const userId = session.user.id
  const { provider, tokensToRevoke, ended } = await withSessionsEnding(deps, async tables => {
    await lockAccount(tables, session, now())
    const all = await tables.identities.listOfUser(userId)
    const removed = requireNotLastIdentity(providers, all, identityId)
    const { provider } = removed
    const tokensToRevoke = await removeTokens(deps, tables, removed)
    const ended = await endSessionsOfIdentity(tables, { identityId, userId, provider }, 'person', now())
    await tables.identities.remove(removed.id)
    await renameUserAfterUnlink(providers, tables, all, removed, now())
    await tables.events.insert(toEventRow({ kind: 'disconnected', userId, provider, browser }, now()))
    return { provider, tokensToRevoke, ended }
  })
  revokeInBackground(deps, tokensToRevoke)
  hooks.emit('disconnected', { provider, userId, identityId })
  if (ended) emitSignedOut(deps, { identityId, userId, provider }, 'person')
  return { label: providers.get(provider)?.label ?? provider, signedOut: session.identityId === identityId }
}

/** An identity of a provider that is not in PROVIDERS any more cannot sign in, so it does not count as the one that is left. */
function requireNotLastIdentity(
  providers: AccountsDeps['providers'],
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
  throw new AccountError(
    'last_connection',
    'Without this connection it would not be possible to sign in to the account',
  )
}

/** An account has the name of its oldest identity. */
async function renameUserAfterUnlink(
  providers: AccountsDeps['providers'],
  tables: Tables,
  all: readonly ListedIdentity[],
  removed: ListedIdentity,
  now: number,
): Promise<void> {
  const [oldest, next] = all
  if (!next || oldest?.id !== removed.id) return
  const user = await tables.users.find(removed.userId)
  const { login, email } = next
  const isTrusted = email !== null && providers.get(next.provider)?.emailTrusted === true
  const emailVerified = next.emailVerified || isTrusted
  if (user) await tables.users.update(user.id, { ...user, login, email, emailVerified }, now)
}
