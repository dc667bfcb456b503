import { hasErrorCode } from '../../accounts/errors.js'
import type { Context, Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { ERROR_PAGES, type ErrorCode, isErrorCode } from '../errors/error-pages.js'
import { HttpError } from '../errors/http-error.js'
import { pageOfForm } from '../form.js'
import { mayStartSignIn } from '../request-info.js'
import type { LimitExceeded, LimitedAction } from './rate-limit-counters.js'

/**
 * Rejects an action that comes too often from one browser or one address, before anything is looked up or used: the same
 * request is allowed again a little later.
 */
export function checkRateLimit(deps: WebDeps, ctx: Context, action: LimitedAction): void {
  if (!deps.rateLimits) return
  const browser = browserId(deps, ctx)
  const keys = { address: countedAddress(ctx, browser), browser }
  requireWithinLimit(deps, ctx, action, deps.rateLimits.count(action, keys))
}

function requireWithinLimit(
  deps: WebDeps,
  ctx: Context,
  action: LimitedAction,
  exceeded: LimitExceeded | undefined,
): void {
  if (!exceeded) return
  const { by, limit, retryAfterSeconds: seconds } = exceeded
  throw new HttpError('too_many_requests', `More than ${limit} requests (${action}) came from one ${by} in a minute`, {
    headers: { 'Retry-After': String(seconds) },
    text: `Wait ${seconds} second${seconds === 1 ? '' : 's'}, then reload. You will not lose your place.`,
    // An empty reference is the page itself, without writing its query into the page. A POST cannot be reloaded.
    actions: [
      ctx.method === 'POST' ? { label: 'Go back', href: pageOfForm(deps, ctx) } : { label: 'Reload', href: '' },
    ],
  })
}

/** The rate limit of a whole route. */
export const rateLimit =
  (deps: WebDeps, action: LimitedAction): Handler =>
  (ctx, next) => {
    checkRateLimit(deps, ctx, action)
    return next()
  }

/** Rejects an address that has failed too often, before anything is looked at. */
export function checkFailureLimit(deps: WebDeps, ctx: Context, action: LimitedAction): void {
  requireWithinLimit(deps, ctx, action, deps.rateLimits?.checkFailures(action, ctx.state.address ?? ''))
}

/**
 * Counts an action only where it fails, and not where this app failed: a provider that signs a thousand users out may do
 * it all at once, and should try again where we could not do it. A few actions of one address run at once, so that no
 * more than these can fail uncounted while the provider's keys are fetched; the others wait for their turn.
 */
export async function countFailures(
  deps: WebDeps,
  ctx: Context,
  action: LimitedAction,
  work: () => Promise<void>,
): Promise<void> {
  const { rateLimits } = deps
  if (!rateLimits) return work()
  const address = ctx.state.address ?? ''
  checkFailureLimit(deps, ctx, action)
  const releaseTurn = await rateLimits.acquireTurn(address)
  if (!releaseTurn) throw tooManyWaiting(action)
  try {
    checkFailureLimit(deps, ctx, action)
    await work()
  } catch (error) {
    const isCounted = hasErrorCode(error) && isErrorCode(error.code) && isClientError(error.code)
    if (isCounted) rateLimits.count(action, { address, browser: undefined })
    throw error
  } finally {
    releaseTurn()
  }
}

/** Neither an error of this app, nor a request over the limit, which is counted already. */
const isClientError = (code: ErrorCode): boolean => ERROR_PAGES[code].status < 500 && code !== 'too_many_requests'

const tooManyWaiting = (action: LimitedAction) =>
  new HttpError('too_many_requests', `Too many requests (${action}) of one address wait for their turn`, {
    headers: { 'Retry-After': '10' },
  })

/**
 * Images and frames on a page of another site could use up the limit of a visitor's address. They send none of our
 * cookies (SameSite), so they cost next to nothing and need no counting. A request with our cookies is counted whatever
 * its headers say, because a script can write any headers.
 */
function countedAddress(ctx: Context, browser: string | undefined): string | undefined {
  const isUncounted = browser === undefined && !mayStartSignIn(ctx)
  return isUncounted ? undefined : (ctx.state.address ?? '')
}

/**
 * A browser is identified by what it cannot invent: a live session, or a sealed attempt, which passes the id of the first
 * attempt on to each later one. A browser that sends neither, or deletes them, is identified by its address only. A
 * cookie just for counting would not change that, and would be one more cookie that tracks users.
 */
const browserId = ({ accounts, cookies }: WebDeps, ctx: Context): string | undefined =>
  ctx.state.session?.handleHash ?? accounts.browserIdOf(cookies.attempts(ctx))
