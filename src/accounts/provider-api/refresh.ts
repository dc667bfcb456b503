import { isInvalidGrant, ProtocolError, RefreshRejected } from '../../oauth/errors.js'
import type { Identity, StoredTokens, Tables } from '../../store/types.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError } from '../errors.js'
import type { RefreshResult } from '../protocols/protocol.js'
import { REFRESH_TIMEOUT_MS, withCallSlot } from '../provider-calls.js'
import { toStoredTokens } from '../sign-in/find-or-create-user.js'
import { type Connection, needsReconnect, notConnected } from './connection.js'
import { type CompletedRefresh, invalidateConnection } from './recheck-access.js'
import { revokeInBackground } from './revoke.js'

const REFRESH_SLOT = { purpose: 'refresh', within: REFRESH_TIMEOUT_MS } as const

/** How long a query may wait for a busy database. */
const DB_WAIT_MS = 5_000
/** Longer than all that is done under the lease: the reading, the request, the writing. */
export const LEASE_MS = DB_WAIT_MS + REFRESH_TIMEOUT_MS + DB_WAIT_MS
/** How often a process looks whether another one has finished its refresh. */
const POLL_MS = 50

/** This many refusals in a row end a grant. */
const MAX_REFUSALS = 3
/**
 * Processes that are refused at the same moment count as one. A little less than what each waits before its next
 * request.
 */
const REFUSALS_APART_MS = 25_000

/** The tokens to use; `refresh` is set if this process refreshed them. */
export interface RefreshOutcome {
  tokens: StoredTokens
  refresh?: CompletedRefresh
}

interface Lease {
  holder: string
  /** By the monotonic clock. */
  until: number
}

/**
 * Waits for the lease and refreshes the tokens, or returns those that another process got meanwhile. If the holder of
 * the lease has crashed, it waits until the lease ends.
 */
export async function refreshWithLease(
  deps: AccountsDeps,
  connection: Connection,
  stale: StoredTokens,
): Promise<RefreshOutcome> {
  const { identityId, provider } = connection
  const holder = deps.random()
  const deadline = deps.monotonic() + LEASE_MS + 2 * POLL_MS
  while (deps.monotonic() <= deadline) {
    const { tokens } = await loadConnection(deps, connection)
    if (!areSameTokens(tokens, stale)) return { tokens }
    const until = deps.monotonic() + LEASE_MS
    if (await deps.store.identities.takeLease(identityId, holder, deps.now(), LEASE_MS)) {
      const outcome = await refreshUnderLease(deps, connection, stale, { holder, until })
      if (outcome) return outcome
    } else await deps.pause(POLL_MS)
  }
  throw new AccountError('provider_slow', `Another process has been refreshing a token of ${provider} for too long`)
}

/** Refreshes tokens while no other process does; undefined if too little time of the lease is left. */
async function refreshUnderLease(
  deps: AccountsDeps,
  connection: Connection,
  stale: StoredTokens,
  { holder, until }: Lease,
): Promise<RefreshOutcome | undefined> {
  try {
    const { identity, tokens } = await loadConnection(deps, connection)
    // Another process may have refreshed them before we had the lease.
    if (!areSameTokens(tokens, stale)) return { tokens }
    if (deps.monotonic() + REFRESH_TIMEOUT_MS + DB_WAIT_MS > until) return undefined
    return await refresh(deps, connection, identity, tokens, holder)
  } finally {
    await deps.store.identities.releaseLease(connection.identityId, holder)
  }
}

/** The connection as it is now. If it must be reconnected, no request is sent until the user has done that. */
export async function loadConnection(
  deps: Pick<AccountsDeps, 'store' | 'providers'>,
  { identityId, provider }: Connection,
) {
  const { identities, tokens } = deps.store
  const identity = await identities.load(identityId)
  const stored = await tokens.load(identityId)
  if (identity && identity.reconnectSince !== null) throw needsReconnect(deps, provider)
  if (!identity || !stored) throw notConnected(deps, provider)
  return { identity, tokens: stored }
}

const areSameTokens = (one: StoredTokens, other: StoredTokens): boolean =>
  one.accessToken === other.accessToken && one.refreshToken === other.refreshToken && one.expiresAt === other.expiresAt

async function refresh(
  deps: AccountsDeps,
  connection: Connection,
  identity: Identity,
  usedTokens: StoredTokens,
  holder: string,
): Promise<RefreshOutcome> {
  const { provider, userId, identityId } = connection
  const { refreshToken } = usedTokens
  const sendRefresh = deps.providers.get(provider)?.refresh
  if (!sendRefresh || refreshToken === undefined) return { tokens: usedTokens }

  // A refresh token that has expired by our clock is sent too: the clock may be wrong, and only the provider ends a
  // grant.
  const params = { refreshToken, subject: identity.subject }
  const result = await withCallSlot(deps, provider, REFRESH_SLOT, send => sendRefresh(send, params)).catch(
    async error => {
      if (isInvalidGrant(error) || (await isRefusedTooOften(deps, identityId, error))) return undefined
      if (isIdTokenMismatch(error)) await invalidateConnection(deps, connection, error)
      throw error
    },
  )
  if (!result) return requireReconnect(deps, connection, usedTokens, holder)
  const outcome = await saveTokens(deps, connection, usedTokens, result, holder)
  if (!outcome) {
    // The revocation had only the old refresh token: without this the new tokens would stay valid, and stored nowhere.
    revokeInBackground(deps, [{ provider, tokens: result.tokens }])
    throw notConnected(deps, provider)
  }
  if (!outcome.isSavedHere) return { tokens: outcome.tokens }
  deps.hooks.emit('token-refreshed', { provider, userId, identityId })
  return { tokens: outcome.tokens, refresh: { ...result, identity } }
}

/**
 * Not every provider says `invalid_grant` when a grant has ended (RFC 6749, 5.2). Then the refusals would go on for
 * ever, and the user would never learn that they can reconnect. The count is in the database, so that neither a restart
 * nor the number of processes matters, and the first refresh or sign-in that succeeds clears it.
 */
const isRefusedTooOften = async ({ store, now }: AccountsDeps, identityId: string, error: unknown): Promise<boolean> =>
  error instanceof RefreshRejected &&
  (await store.identities.countRefusal(identityId, now(), REFUSALS_APART_MS)) >= MAX_REFUSALS

/** An ID token that is invalid, or about another user (OpenID Connect Core, 12.2). */
const isIdTokenMismatch = (error: unknown): error is ProtocolError =>
  error instanceof ProtocolError && (error.code === 'id_token_invalid' || error.code === 'subject_mismatch')

/** Saves the new tokens, unless a sign-in brought newer ones meanwhile; undefined if the connection has ended. */
function saveTokens(
  deps: AccountsDeps,
  connection: Connection,
  usedTokens: StoredTokens,
  { tokens }: RefreshResult,
  holder: string,
) {
  const { identityId } = connection
  return deps.store.transaction(async tables => {
    const before = await lockTokens(deps, tables, connection, holder)
    if (!before) return undefined
    if (before.refreshToken !== usedTokens.refreshToken) return { tokens: before, isSavedHere: false }
    const now = deps.now()
    const saved = toStoredTokens(tokens, before, now)
    await tables.tokens.save(identityId, saved, now)
    await tables.identities.clearRefusals(identityId)
    return { tokens: saved, isSavedHere: true }
  })
}

/** The refresh token does not work any more, so only the user can help; unless there is another one by now. */
async function requireReconnect(
  deps: AccountsDeps,
  connection: Connection,
  usedTokens: StoredTokens,
  holder: string,
): Promise<RefreshOutcome> {
  const { identityId, userId, provider } = connection
  const newer = await deps.store.transaction(async tables => {
    const before = await lockTokens(deps, tables, connection, holder)
    if (!before) throw notConnected(deps, provider)
    if (before.refreshToken !== usedTokens.refreshToken) return before
    await tables.identities.setReconnectNeeded(identityId, deps.now())
    const event = { kind: 'refresh-failed', code: 'provider_error', userId, provider } as const
    await tables.events.insert(toEventRow(event, deps.now()))
    return undefined
  })
  if (newer) return { tokens: newer }
  throw needsReconnect(deps, provider)
}

/**
 * Loads the tokens and locks them until the transaction ends: the lock on the user's row holds off unlinking and
 * signing out, and the one on the identity's row (releasing the lease writes it) a sign-in that brings new tokens.
 */
async function lockTokens(deps: AccountsDeps, tables: Tables, { identityId, userId }: Connection, holder: string) {
  await tables.users.lock(userId, deps.now())
  await tables.identities.releaseLease(identityId, holder)
  return tables.tokens.load(identityId)
}
