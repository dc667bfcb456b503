import { isInvalidGrant, ProtocolError, RefreshRejected } from '../../oauth/errors.js'
import type { Identity, StoredTokens, Tables } from '../../store/types.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import type { RefreshResult } from '../protocols/protocol.js'
import { REFRESH_TIMEOUT_MS, withCallSlot } from '../provider-calls.js'
import { toStoredTokens } from '../sign-in/find-or-create-user.js'
import type { Connection } from './connection.js'
import { invalidateConnection } from './invalidate-connection.js'
import { needsReconnect, notConnected } from './not-connected.js'
import { revokeInBackground } from './revoke.js'

const REFRESH_SLOT = { purpose: 'refresh', within: REFRESH_TIMEOUT_MS } as const

/** How long a busy database keeps us waiting. */
const DB_WAIT_MS = 5_000
/** Longer than all that is done under it: to look, to ask, to write down. */
export const LEASE_MS = DB_WAIT_MS + REFRESH_TIMEOUT_MS + DB_WAIT_MS

/** So many refusals in a row end a grant. */
const MAX_REFUSALS = 3
/** Instances that are refused at the same moment count as one: a little less than what each waits before it asks again. */
const REFUSALS_APART_MS = 25_000

/** Tokens to go on with; `renewal` where it was we who renewed them. */
export interface RefreshOutcome {
  tokens: StoredTokens
  refresh?: CompletedRefresh
}

export interface CompletedRefresh extends RefreshResult {
  identity: Identity
}

interface Lease {
  holder: string
  /** By the monotonic clock. */
  until: number
}

/** Refreshes tokens while nobody else does; undefined where too little of the lease is left to begin. */
export async function refreshUnderLease(
  deps: AccountsDeps,
  connection: Connection,
  stale: StoredTokens,
  { holder, until }: Lease,
): Promise<RefreshOutcome | undefined> {
  try {
    const { identity, tokens } = await loadConnection(deps, connection)
    // Somebody had been there between our look and our lease.
    if (!areSameTokens(tokens, stale)) return { tokens }
    if (deps.monotonic() + REFRESH_TIMEOUT_MS + DB_WAIT_MS > until) return undefined
    return await refresh(deps, connection, identity, tokens, holder)
  } finally {
    await deps.store.identities.releaseLease(connection.identityId, holder)
  }
}

/** A connection as it is now. One that needs to be reconnected is not asked about again until it was. */
export async function loadConnection(deps: AccountsDeps, { identityId, provider }: Connection) {
  const { identities, tokens } = deps.store
  const identity = await identities.load(identityId)
  const stored = await tokens.load(identityId)
  if (identity && identity.reconnectSince !== null) throw needsReconnect(deps, provider)
  if (!identity || !stored) throw notConnected(deps, provider)
  return { identity, tokens: stored }
}

export const areSameTokens = (one: StoredTokens, other: StoredTokens): boolean =>
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

  // Also one that is over by our clock: that may be wrong, and only the provider's word ends a grant for good.
  const request = { refreshToken, subject: identity.subject }
  const result = await withCallSlot(deps, provider, REFRESH_SLOT, send => sendRefresh(send, request)).catch(
    async error => {
      if (isInvalidGrant(error) || (await isRefusedTooOften(deps, identityId, error))) return undefined
      if (isIdTokenMismatch(error)) await invalidateConnection(deps, connection, error)
      throw error
    },
  )
  if (!result) return requireReconnect(deps, connection, usedTokens, holder)
  const outcome = await saveTokens(deps, connection, usedTokens, result, holder)
  if (!outcome) {
    // What was given back was spent by then: these would live on, and nobody would know of them.
    revokeInBackground(deps, [{ provider, tokens: result.tokens }])
    throw notConnected(deps, provider)
  }
  if (!outcome.isOurs) return { tokens: outcome.tokens }
  deps.hooks.emit('token-refreshed', { provider, userId, identityId })
  return { tokens: outcome.tokens, refresh: { ...result, identity } }
}

/**
 * A grant that is over is not always named so (RFC 6749, 5.2): then the refusals go on for ever, and the person would
 * never hear that they can help. The count is in the database, so that neither a restart nor the number of instances
 * matters, and it is cleared by the first refresh or sign-in that succeeds.
 */
const isRefusedTooOften = async ({ store, now }: AccountsDeps, identityId: string, error: unknown): Promise<boolean> =>
  error instanceof RefreshRejected &&
  (await store.identities.countRefusal(identityId, now(), REFUSALS_APART_MS)) >= MAX_REFUSALS

/** An ID token that does not hold, or that is about somebody else (OpenID Connect Core, 12.2). */
const isIdTokenMismatch = (error: unknown): error is ProtocolError =>
  error instanceof ProtocolError && (error.code === 'id_token_invalid' || error.code === 'subject_mismatch')

/** Writes down what was granted, unless a sign-in brought newer tokens meanwhile; undefined: the connection has ended. */
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
    if (before.refreshToken !== usedTokens.refreshToken) return { tokens: before, isOurs: false }
    const now = deps.now()
    const saved = toStoredTokens(tokens, before, now)
    await tables.tokens.save(identityId, saved, now)
    await tables.identities.clearRefusals(identityId)
    return { tokens: saved, isOurs: true }
  })
}

/** The refresh token is good no more, so only the person can help; unless there is another one by now. */
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
 * The tokens as they are, until the transaction ends: the user's row stands against whoever disconnects or signs out,
 * the identity's (to give the lease back writes it) against a sign-in that brings new ones.
 */
async function lockTokens(deps: AccountsDeps, tables: Tables, { identityId, userId }: Connection, holder: string) {
  await tables.users.lock(userId, deps.now())
  await tables.identities.releaseLease(identityId, holder)
  return tables.tokens.load(identityId)
}
