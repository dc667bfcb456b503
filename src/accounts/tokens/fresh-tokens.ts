import type { StoredTokens } from '../../store/types.js'
import type { Deps } from '../deps.js'
import { isCoded, Refusal } from '../refusal.js'
import { REFRESH_WAIT_MS } from '../time-limits.js'
import type { Connection } from './connection.js'
import { NotConnected } from './not-connected.js'
import { reconsider } from './reconsider.js'
import { isSame, LEASE, type Outcome, renewUnderLease, standing } from './renewal.js'

/** Tokens are renewed this long before they are over, in milliseconds. */
const AHEAD = 60_000
/** How often those look who wait for somebody else's refresh. */
const POLL = 50

/**
 * The tokens of a connection, renewed where they are about to expire, or where one of them was refused. Of all who ask
 * at the same time, in whatever process, one asks the provider. They come back as they are where nothing newer can be
 * had: then the provider is to judge.
 * @param refused an access token that the provider's API did not take
 * @throws NotConnected where there are none, or none that are good; else why the provider could not renew them
 */
export async function freshTokens(deps: Deps, connection: Connection, refused?: string): Promise<StoredTokens> {
  const { identityId, provider } = connection
  const tokens = (await deps.store.tokens.load(identityId)) ?? (await standing(deps, connection)).tokens
  if (!isRenewable(deps, provider, tokens) || !isDue(deps, identityId, tokens, refused)) return tokens
  try {
    const renewing = deps.refreshes.share(identityId, () => renew(deps, connection, tokens))
    return await waitForRefresh(deps, provider, renewing)
  } catch (error) {
    const stillGood = refused === undefined && !isOver(deps, tokens)
    if (stillGood && isCoded(error) && !isEnd(error)) return tokens
    throw error
  }
}

/** Where the wait is over, the refresh goes on: cut off, it could lose the tokens that came of it. */
function waitForRefresh(deps: Deps, provider: string, renewing: Promise<StoredTokens>): Promise<StoredTokens> {
  deps.errands.run(provider, () => renewing.then(ignore, ignore))
  return deps.waitAtMost(REFRESH_WAIT_MS, renewing, `A refresh at ${provider}`)
}

const ignore = (): void => {}

/** Nothing of the old tokens may be used any more, however long they would last. */
const isEnd = (error: Error & { code: string }): boolean =>
  ['subject_mismatch', 'id_token_invalid', 'not_admitted'].includes(error.code) ||
  (error instanceof NotConnected && error.missing === 'connection')

/** Whether tokens could be newer. */
export const isRenewable = ({ providers }: Deps, provider: string, { refreshToken }: StoredTokens): boolean =>
  refreshToken !== undefined && providers.get(provider)?.refresh !== undefined

export const isOver = ({ now }: Deps, { expiresAt }: StoredTokens): boolean =>
  expiresAt !== undefined && now() >= expiresAt

/** Whether tokens are good for a while yet, as far as anybody knows. */
export const isLasting = ({ now }: Deps, { expiresAt }: StoredTokens): boolean =>
  expiresAt === undefined || now() < expiresAt - AHEAD

function isDue(deps: Deps, identityId: string, tokens: StoredTokens, refused: string | undefined): boolean {
  if (isOver(deps, tokens)) return true
  // Some tokens live for less than a minute, and some APIs refuse whatever token they are shown.
  if (deps.refreshes.isYoung(identityId)) return false
  if (refused !== undefined) return refused === tokens.accessToken
  return !isLasting(deps, tokens)
}

/** By whoever comes first in this process. */
async function renew(deps: Deps, connection: Connection, stale: StoredTokens): Promise<StoredTokens> {
  const { identityId } = connection
  const trouble = deps.refreshes.troubleOf(identityId)
  if (trouble) throw trouble
  try {
    const { tokens, renewal } = await takeTurn(deps, connection, stale)
    deps.refreshes.renewed(identityId)
    // The lease is given back by now: what follows takes as long as it takes.
    if (renewal) await reconsider(deps, connection, renewal)
    return tokens
  } catch (error) {
    if (error instanceof NotConnected) deps.refreshes.ended(identityId)
    if (isTrouble(error)) await noteTrouble(deps, connection, error)
    throw error
  }
}

/** Waits for the lease, or for what comes of somebody else's. Whoever holds one and dies is waited for till its end. */
async function takeTurn(deps: Deps, connection: Connection, stale: StoredTokens): Promise<Outcome> {
  const { identities } = deps.store
  const { identityId, provider } = connection
  const holder = deps.random()
  const patience = deps.monotonic() + LEASE + 2 * POLL
  while (deps.monotonic() <= patience) {
    const { tokens } = await standing(deps, connection)
    if (!isSame(tokens, stale)) return { tokens }
    const until = deps.monotonic() + LEASE
    if (await identities.takeLease(identityId, holder, deps.now(), LEASE)) {
      const outcome = await renewUnderLease(deps, connection, stale, { holder, until })
      if (outcome) return outcome
    } else await deps.pause(POLL)
  }
  throw new Refusal('provider_slow', `Others have been renewing a token of ${provider} for too long`)
}

/** The provider's side is in trouble, and may be out of it later; all else is known for good, or is our own. */
const isTrouble = (error: unknown): error is Error & { code: string } =>
  isCoded(error) && error.code.startsWith('provider_') && error.code !== 'provider_busy'

async function noteTrouble(deps: Deps, { identityId, userId, provider }: Connection, error: Error & { code: string }) {
  const isFirst = deps.refreshes.failed(identityId, error)
  if (isFirst) await deps.trail.note({ kind: 'refresh-failed', code: error.code, userId, provider })
}
