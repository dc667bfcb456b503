import { isInvalidGrant, ProtocolError, RefreshRefused } from '../../oauth/errors.js'
import type { Identity, StoredTokens, Tables } from '../../store/types.js'
import type { Deps } from '../deps.js'
import { storable } from '../identities.js'
import type { Renewed } from '../protocols/protocol.js'
import { withSlot } from '../slot.js'
import { REFRESH_TIMEOUT_MS } from '../time-limits.js'
import { eventOf } from '../trail.js'
import type { Connection } from './connection.js'
import { distrust } from './distrust.js'
import { needsReconnect, neverConnected } from './not-connected.js'
import { giveBack } from './revocation.js'

const USE = { purpose: 'refresh', within: REFRESH_TIMEOUT_MS } as const

/** How long a busy database keeps us waiting. */
const STORE = 5_000
/** Longer than all that is done under it: to look, to ask, to write down. */
export const LEASE = STORE + REFRESH_TIMEOUT_MS + STORE

/** So many refusals in a row end a grant. */
const MOST_REFUSALS = 3
/** Instances that are refused at the same moment count as one: a little less than what each waits before it asks again. */
const REFUSALS_APART_MS = 25_000

/** Tokens to go on with; `renewal` where it was we who renewed them. */
export interface Outcome {
  tokens: StoredTokens
  renewal?: Renewal
}

export interface Renewal extends Renewed {
  identity: Identity
}

interface Lease {
  holder: string
  /** By the monotonic clock. */
  until: number
}

/** Refreshes tokens while nobody else does; undefined where too little of the lease is left to begin. */
export async function renewUnderLease(
  deps: Deps,
  connection: Connection,
  stale: StoredTokens,
  { holder, until }: Lease,
): Promise<Outcome | undefined> {
  try {
    const { identity, tokens } = await standing(deps, connection)
    // Somebody had been there between our look and our lease.
    if (!isSame(tokens, stale)) return { tokens }
    if (deps.monotonic() + REFRESH_TIMEOUT_MS + STORE > until) return undefined
    return await refresh(deps, connection, identity, tokens, holder)
  } finally {
    await deps.store.identities.releaseLease(connection.identityId, holder)
  }
}

/** A connection as it is now. One that needs to be reconnected is not asked about again until it was. */
export async function standing(deps: Deps, { identityId, provider }: Connection) {
  const { identities, tokens } = deps.store
  const identity = await identities.load(identityId)
  const stored = await tokens.load(identityId)
  if (identity && identity.reconnectSince !== null) throw needsReconnect(deps, provider)
  if (!identity || !stored) throw neverConnected(deps, provider)
  return { identity, tokens: stored }
}

export const isSame = (one: StoredTokens, other: StoredTokens): boolean =>
  one.accessToken === other.accessToken && one.refreshToken === other.refreshToken && one.expiresAt === other.expiresAt

async function refresh(
  deps: Deps,
  connection: Connection,
  identity: Identity,
  spent: StoredTokens,
  holder: string,
): Promise<Outcome> {
  const { provider, userId, identityId } = connection
  const { refreshToken } = spent
  const ask = deps.providers.get(provider)?.refresh
  if (!ask || refreshToken === undefined) return { tokens: spent }

  // Also one that is over by our clock: that may be wrong, and only the provider's word ends a grant for good.
  const question = { refreshToken, subject: identity.subject }
  const renewed = await withSlot(deps, provider, USE, send => ask(send, question)).catch(async error => {
    if (isInvalidGrant(error) || (await isRefusedForGood(deps, identityId, error))) return undefined
    if (isLie(error)) await distrust(deps, connection, error)
    throw error
  })
  if (!renewed) return giveUp(deps, connection, spent, holder)
  const outcome = await keep(deps, connection, spent, renewed, holder)
  if (!outcome) {
    // What was given back was spent by then: these would live on, and nobody would know of them.
    giveBack(deps, [{ provider, tokens: renewed.tokens }])
    throw neverConnected(deps, provider)
  }
  if (!outcome.isOurs) return { tokens: outcome.tokens }
  deps.hooks.tell('token-refreshed', { provider, userId, identityId })
  return { tokens: outcome.tokens, renewal: { ...renewed, identity } }
}

/**
 * A grant that is over is not always named so (RFC 6749, 5.2): then the refusals go on for ever, and the person would
 * never hear that they can help. The count is in the database, so that neither a restart nor the number of instances
 * matters, and it is cleared by the first refresh or sign-in that succeeds.
 */
const isRefusedForGood = async ({ store, now }: Deps, identityId: string, error: unknown): Promise<boolean> =>
  error instanceof RefreshRefused &&
  (await store.identities.countRefusal(identityId, now(), REFUSALS_APART_MS)) >= MOST_REFUSALS

/** An ID token that does not hold, or that is about somebody else (OpenID Connect Core, 12.2). */
const isLie = (error: unknown): error is ProtocolError =>
  error instanceof ProtocolError && (error.code === 'id_token_invalid' || error.code === 'subject_mismatch')

/** Writes down what was granted, unless a sign-in brought newer tokens meanwhile; undefined: the connection has ended. */
function keep(deps: Deps, connection: Connection, spent: StoredTokens, { tokens }: Renewed, holder: string) {
  const { identityId } = connection
  return deps.store.transaction(async tables => {
    const before = await holdStill(deps, tables, connection, holder)
    if (!before) return undefined
    if (before.refreshToken !== spent.refreshToken) return { tokens: before, isOurs: false }
    const now = deps.now()
    const kept = storable(tokens, before, now)
    await tables.tokens.save(identityId, kept, now)
    await tables.identities.clearRefusals(identityId)
    return { tokens: kept, isOurs: true }
  })
}

/** The refresh token is good no more, so only the person can help; unless there is another one by now. */
async function giveUp(deps: Deps, connection: Connection, spent: StoredTokens, holder: string): Promise<Outcome> {
  const { identityId, userId, provider } = connection
  const newer = await deps.store.transaction(async tables => {
    const before = await holdStill(deps, tables, connection, holder)
    if (!before) throw neverConnected(deps, provider)
    if (before.refreshToken !== spent.refreshToken) return before
    await tables.identities.needReconnect(identityId, deps.now())
    const event = { kind: 'refresh-failed', code: 'provider_error', userId, provider } as const
    await tables.events.insert(eventOf(event, deps.now()))
    return undefined
  })
  if (newer) return { tokens: newer }
  throw needsReconnect(deps, provider)
}

/**
 * The tokens as they are, until the transaction ends: the user's row stands against whoever disconnects or signs out,
 * the identity's (to give the lease back writes it) against a sign-in that brings new ones.
 */
async function holdStill(deps: Deps, tables: Tables, { identityId, userId }: Connection, holder: string) {
  await tables.users.lock(userId, deps.now())
  await tables.identities.releaseLease(identityId, holder)
  return tables.tokens.load(identityId)
}
