import type { StoredTokens } from '../../store/types.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError, hasErrorCode } from '../errors.js'
import { REFRESH_WAIT_MS } from '../provider-calls.js'
import type { Connection } from './connection.js'
import { NotConnectedError } from './not-connected.js'
import { recheckAccess } from './recheck-access.js'
import { areSameTokens, LEASE_MS, loadConnection, type RefreshOutcome, refreshUnderLease } from './refresh.js'

/** Tokens are renewed this long before they are over, in milliseconds. */
const REFRESH_AHEAD_MS = 60_000
/** How often those look who wait for somebody else's refresh. */
const POLL_MS = 50

/**
 * The tokens of a connection, renewed where they are about to expire, or where one of them was refused. Of all who ask
 * at the same time, in whatever process, one asks the provider. They come back as they are where nothing newer can be
 * had: then the provider is to judge.
 * @param refused an access token that the provider's API did not take
 * @throws NotConnected where there are none, or none that are good; else why the provider could not renew them
 */
export async function getValidTokens(
  deps: AccountsDeps,
  connection: Connection,
  refused?: string,
): Promise<StoredTokens> {
  const { identityId, provider } = connection
  const tokens = (await deps.store.tokens.load(identityId)) ?? (await loadConnection(deps, connection)).tokens
  if (!isRefreshable(deps, provider, tokens) || !isDue(deps, identityId, tokens, refused)) return tokens
  try {
    const refreshing = deps.refreshState.share(identityId, () => refreshAndRecheck(deps, connection, tokens))
    return await waitForRefresh(deps, provider, refreshing)
  } catch (error) {
    const isStillValid = refused === undefined && !isExpired(deps, tokens)
    if (isStillValid && hasErrorCode(error) && !invalidatesTokens(error)) return tokens
    throw error
  }
}

/** Where the wait is over, the refresh goes on: cut off, it could lose the tokens that came of it. */
function waitForRefresh(
  deps: AccountsDeps,
  provider: string,
  refreshing: Promise<StoredTokens>,
): Promise<StoredTokens> {
  deps.backgroundTasks.run(provider, () => refreshing.then(ignore, ignore))
  return deps.waitAtMost(REFRESH_WAIT_MS, refreshing, `A refresh at ${provider}`)
}

const ignore = (): void => {}

/** Nothing of the old tokens may be used any more, however long they would last. */
const invalidatesTokens = (error: Error & { code: string }): boolean =>
  ['subject_mismatch', 'id_token_invalid', 'not_admitted'].includes(error.code) ||
  (error instanceof NotConnectedError && error.reason === 'not-connected')

/** Whether tokens could be newer. */
export const isRefreshable = ({ providers }: AccountsDeps, provider: string, { refreshToken }: StoredTokens): boolean =>
  refreshToken !== undefined && providers.get(provider)?.refresh !== undefined

export const isExpired = ({ now }: AccountsDeps, { expiresAt }: StoredTokens): boolean =>
  expiresAt !== undefined && now() >= expiresAt

/** Whether tokens are good for a while yet, as far as anybody knows. */
export const staysValid = ({ now }: AccountsDeps, { expiresAt }: StoredTokens): boolean =>
  expiresAt === undefined || now() < expiresAt - REFRESH_AHEAD_MS

function isDue(deps: AccountsDeps, identityId: string, tokens: StoredTokens, refused: string | undefined): boolean {
  if (isExpired(deps, tokens)) return true
  // Some tokens live for less than a minute, and some APIs refuse whatever token they are shown.
  if (deps.refreshState.wasJustRefreshed(identityId)) return false
  if (refused !== undefined) return refused === tokens.accessToken
  return !staysValid(deps, tokens)
}

/** By whoever comes first in this process. */
async function refreshAndRecheck(
  deps: AccountsDeps,
  connection: Connection,
  stale: StoredTokens,
): Promise<StoredTokens> {
  const { identityId } = connection
  const failure = deps.refreshState.lastFailure(identityId)
  if (failure) throw failure
  try {
    const { tokens, refresh } = await waitForLease(deps, connection, stale)
    deps.refreshState.recordSuccess(identityId)
    // The lease is given back by now: what follows takes as long as it takes.
    if (refresh) await recheckAccess(deps, connection, refresh)
    return tokens
  } catch (error) {
    if (error instanceof NotConnectedError) deps.refreshState.clearFailures(identityId)
    if (isProviderProblem(error)) await recordFailure(deps, connection, error)
    throw error
  }
}

/** Waits for the lease, or for what comes of somebody else's. Whoever holds one and dies is waited for till its end. */
async function waitForLease(deps: AccountsDeps, connection: Connection, stale: StoredTokens): Promise<RefreshOutcome> {
  const { identities } = deps.store
  const { identityId, provider } = connection
  const holder = deps.random()
  const deadline = deps.monotonic() + LEASE_MS + 2 * POLL_MS
  while (deps.monotonic() <= deadline) {
    const { tokens } = await loadConnection(deps, connection)
    if (!areSameTokens(tokens, stale)) return { tokens }
    const until = deps.monotonic() + LEASE_MS
    if (await identities.takeLease(identityId, holder, deps.now(), LEASE_MS)) {
      const outcome = await refreshUnderLease(deps, connection, stale, { holder, until })
      if (outcome) return outcome
    } else await deps.pause(POLL_MS)
  }
  throw new AccountError('provider_slow', `Others have been renewing a token of ${provider} for too long`)
}

/** The provider's side is in trouble, and may be out of it later; all else is known for good, or is our own. */
const isProviderProblem = (error: unknown): error is Error & { code: string } =>
  hasErrorCode(error) && error.code.startsWith('provider_') && error.code !== 'provider_busy'

async function recordFailure(
  deps: AccountsDeps,
  { identityId, userId, provider }: Connection,
  error: Error & { code: string },
) {
  const isFirst = deps.refreshState.recordFailure(identityId, error)
  if (isFirst) await deps.auditLog.record({ kind: 'refresh-failed', code: error.code, userId, provider })
}
