import type { ListedIdentity, Tables } from '../store/types.js'
import { isOver } from '../time/age.js'
import { rolesOf, withTrustedEmail } from './access.js'
import { holdAccount, requireStanding, sessionEnded } from './asker.js'
import type { Attempt, Link } from './attempt.js'
import type { Deps } from './deps.js'
import { endingSessions, endSessionsOf, tellEnd } from './ending.js'
import { type Answered, addIdentity, keyOf, renewIdentity } from './identities.js'
import type { LiveSession } from './live-session.js'
import { Refusal } from './refusal.js'
import type { SafePath } from './return-path.js'
import type { Browser } from './sessions.js'
import { leadingBack, protocolNamed, type Start, startAttempt } from './start.js'
import { identityMark } from './ticket.js'
import { giveBack, takeTokens } from './tokens/revocation.js'
import { eventOf } from './trail.js'
import type { Caller } from './visit.js'

const FRESH = 10 * 60_000

/** Whether a sign-in is young enough to change who may enter. */
export const isFresh = ({ now }: Deps, { createdAt }: LiveSession): boolean => !isOver(createdAt, FRESH, now())

/**
 * Begins to connect one more identity to the account of a session. Writes nothing.
 * @param asAnother the provider is to let the person choose an account, where a way is known to ask for that
 */
export async function startConnecting(
  deps: Deps,
  session: LiveSession,
  provider: string,
  returnTo: SafePath,
  caller: Caller,
  { asAnother = false }: { asAnother?: boolean } = {},
): Promise<Start> {
  if (!isFresh(deps, session)) throw new Refusal('sign_in_required', 'The sign-in is older than ten minutes')
  const link = { userId: session.user.id, session: session.handleHash }
  const purpose = { provider, returnTo, link }
  const asking = asAnother ? protocolNamed(deps, provider).switchParams() : undefined
  const switchParams = await asking?.catch(error => {
    throw leadingBack(error, purpose)
  })
  return startAttempt(deps, purpose, caller, switchParams)
}

/** A connection is made in the session that asked for it, and in no other: before anything is spent. */
export async function requireAsker(
  { store }: Deps,
  { link }: Attempt,
  session: LiveSession | undefined,
): Promise<void> {
  if (!link) return
  if (!session) throw sessionEnded()
  if (session.handleHash !== link.session || session.user.id !== link.userId) {
    throw new Refusal('forbidden', 'A connection was begun in another session')
  }
  // Looked up anew: a session that another instance has ended is remembered here for some seconds.
  await requireStanding(store, link.session)
}

/** Connects an identity to the account that asked for it; returns whether it had been there before. */
export async function connect(deps: Deps, link: Link, answered: Answered, browser: Browser): Promise<boolean> {
  const { provider } = answered
  if (link.expects !== undefined && link.expects !== identityMark(keyOf(answered))) {
    throw new Refusal('subject_mismatch', 'Another identity came back than the one that was to be joined')
  }
  const { userId } = link
  const { identityId, again } = await deps.store.transaction(async tables => {
    // Account and session may have ended while the person was away.
    await holdAccount(tables, { user: { id: userId }, handleHash: link.session }, deps.now())
    const joined = await joinTo(tables, userId, answered, deps.now())
    await tables.roles.replace(joined.identityId, rolesOf(deps.roleRules, provider, answered))
    const code = joined.again ? 'again' : null
    await tables.events.insert(eventOf({ kind: 'connected', code, userId, provider, browser }, deps.now()))
    return joined
  })
  deps.hooks.tell('connected', { provider, userId, identityId, profile: withTrustedEmail(answered) })
  return again
}

async function joinTo(tables: Tables, userId: string, answered: Answered, now: number) {
  const known = await tables.identities.find(keyOf(answered))
  if (!known) return { identityId: await addIdentity(tables, userId, answered, now), again: false }
  if (known.userId !== userId) {
    throw new Refusal('link_conflict', `The identity ${known.id} belongs to another user than ${userId}`)
  }
  await renewIdentity(tables, known, answered, now)
  return { identityId: known.id, again: true }
}

/** What became of a connection that was taken off. */
export interface Disconnected {
  /** The provider's, for people. */
  label: string
  /** The session that asked was opened with it, and has ended with it. */
  signedOut: boolean
}

/** Takes an identity off an account, with its tokens and the sessions that were opened with it. Never the last one. */
export async function disconnect(
  deps: Deps,
  session: LiveSession,
  identityId: string,
  browser: Browser,
): Promise<Disconnected> {
  const userId = session.user.id
  const { gone, given, ended } = await endingSessions(deps, async tables => {
    await holdAccount(tables, session, deps.now())
    const all = await tables.identities.ofUser(userId)
    const gone = requireNotLast(deps, all, identityId)
    const given = await takeTokens(deps, tables, gone)
    const ended = await endSessionsOf(deps, tables, { identityId, userId, provider: gone.provider }, 'person')
    await tables.identities.remove(gone.id)
    await renameAfter(deps, tables, all, gone)
    const { provider } = gone
    await tables.events.insert(eventOf({ kind: 'disconnected', userId, provider, browser }, deps.now()))
    return { gone, given, ended }
  })
  giveBack(deps, given)
  deps.hooks.tell('disconnected', { provider: gone.provider, userId, identityId })
  if (ended) tellEnd(deps, { identityId, userId, provider: gone.provider }, 'person')
  const label = deps.providers.get(gone.provider)?.label ?? gone.provider
  return { label, signedOut: session.identityId === identityId }
}

/** One that PROVIDERS names no more lets nobody in, so it does not count as what is left. */
function requireNotLast({ providers }: Deps, all: readonly ListedIdentity[], identityId: string): ListedIdentity {
  const gone = all.find(({ id }) => id === identityId)
  if (!gone) {
    const sentence = 'It was disconnected already, or it is not yours. Nothing was changed.'
    const words = { heading: 'That connection is gone', sentence }
    throw new Refusal('not_found', 'The user has no such connection', { ...words, connecting: true })
  }
  if (all.some(({ id, provider }) => id !== identityId && providers.has(provider))) return gone
  throw new Refusal('last_connection', 'Without this connection nobody could sign in to the account')
}

/** An account is called what its oldest identity is called. */
async function renameAfter(
  { providers, now }: Deps,
  tables: Tables,
  all: readonly ListedIdentity[],
  gone: ListedIdentity,
): Promise<void> {
  const [oldest, next] = all
  if (!next || oldest?.id !== gone.id) return
  const user = await tables.users.find(gone.userId)
  const { login, email } = next
  const isTrusted = email !== null && providers.get(next.provider)?.emailTrusted === true
  const emailVerified = next.emailVerified || isTrusted
  if (user) await tables.users.update(user.id, { ...user, login, email, emailVerified }, now())
}
