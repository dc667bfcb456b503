import type { StoredTokens } from '../../store/types.js'
import type { AccountsDeps } from '../deps.js'
import { hasErrorCode } from '../errors.js'
import { REFRESH_WAIT_MS } from '../provider-calls.js'
import { type Connection, NotConnectedError } from './connection.js'
import { recheckAccess } from './recheck-access.js'
import { loadConnection, refreshWithLease } from './refresh.js'

/** Tokens are refreshed this long before they expire. */
const REFRESH_AHEAD_MS = 60_000

/**
 * The tokens of a connection, refreshed if they are about to expire, or if one of them was refused. Of all callers at
 * the same time, in all processes, one sends a request to the provider. The tokens are returned as they are where no
 * newer ones can be had: then the provider decides about them.
 * @param refused an access token that the provider's API did not accept
 * @throws NotConnectedError where there are no tokens, or none that work; else why the provider could not refresh them
 */
export async function getValidTokens(
  deps: AccountsDeps,
  connection: Connection,
  refused?: string,
): Promise<StoredTokens> {
  const { identityId, provider } = connection
  const tokens = (await deps.store.tokens.load(identityId)) ?? (await loadConnection(deps, connection)).tokens
  if (!isRefreshable(deps.providers, provider, tokens) || !isDue(deps, identityId, tokens, refused)) return tokens
  try {
    const refreshing = deps.refreshState.share(identityId, () => refreshAndRecheck(deps, connection, tokens))
    return await waitForRefresh(deps, provider, refreshing)
  } catch (error) {
    const isStillValid = refused === undefined && !isAccessTokenExpired(tokens, deps.now())
    if (isStillValid && hasErrorCode(error) && !invalidatesTokens(error)) return tokens
    throw error
  }
}

/** After the wait the refresh goes on: if it were cancelled, the new tokens could be lost. */
function waitForRefresh(
  { backgroundTasks, waitAtMost }: Pick<AccountsDeps, 'backgroundTasks' | 'waitAtMost'>,
  provider: string,
  refreshing: Promise<StoredTokens>,
): Promise<StoredTokens> {
  backgroundTasks.run(provider, () => refreshing.then(ignore, ignore))
  return waitAtMost(REFRESH_WAIT_MS, refreshing, `A refresh at ${provider}`)
}

const ignore = (): void => {}

/** Whether the old tokens must not be used any more, even if they have not expired. */
const invalidatesTokens = (error: Error & { code: string }): boolean =>
  ['subject_mismatch', 'id_token_invalid', 'not_admitted'].includes(error.code) ||
  (error instanceof NotConnectedError && error.reason === 'not-connected')

export const isRefreshable = (
  providers: AccountsDeps['providers'],
  provider: string,
  { refreshToken }: StoredTokens,
): boolean => refreshToken !== undefined && providers.get(provider)?.refresh !== undefined

export const isAccessTokenExpired = ({ expiresAt }: StoredTokens, now: number): boolean =>
  expiresAt !== undefined && now >= expiresAt

/** Whether tokens are valid for a while, as far as it is known. */
export const staysValid = ({ expiresAt }: StoredTokens, now: number): boolean =>
  expiresAt === undefined || now < expiresAt - REFRESH_AHEAD_MS

function isDue(
  { now, refreshState }: Pick<AccountsDeps, 'now' | 'refreshState'>,
  identityId: string,
  tokens: StoredTokens,
  refused: string | undefined,
): boolean {
  if (isAccessTokenExpired(tokens, now())) return true
  // Some tokens live for less than a minute, and some APIs refuse every token.
  if (refreshState.wasJustRefreshed(identityId)) return false
  if (refused !== undefined) return refused === tokens.accessToken
  return !staysValid(tokens, now())
}

/** Runs once in this process for all callers at the same time. */
async function refreshAndRecheck(
  deps: AccountsDeps,
  connection: Connection,
  stale: StoredTokens,
): Promise<StoredTokens> {
  const { identityId } = connection
  const failure = deps.refreshState.lastFailure(identityId)
  if (failure) throw failure
  try {
    const { tokens, refresh } = await refreshWithLease(deps, connection, stale)
    deps.refreshState.recordSuccess(identityId)
    // The lease has been released by now, so this may take any time.
    if (refresh) await recheckAccess(deps, connection, refresh)
    return tokens
  } catch (error) {
    if (error instanceof NotConnectedError) deps.refreshState.clearFailures(identityId)
    if (isProviderProblem(error)) await recordFailure(deps, connection, error)
    throw error
  }
}

/** A problem of the provider may end later; every other error is final, or is our own. */
const isProviderProblem = (error: unknown): error is Error & { code: string } =>
  hasErrorCode(error) && error.code.startsWith('provider_') && error.code !== 'provider_busy'

async function recordFailure(
  { refreshState, auditLog }: Pick<AccountsDeps, 'refreshState' | 'auditLog'>,
  { identityId, userId, provider }: Connection,
  error: Error & { code: string },
): Promise<void> {
  const isFirst = refreshState.recordFailure(identityId, error)
  if (isFirst) await auditLog.record({ kind: 'refresh-failed', code: error.code, userId, provider })
}
