import { hasErrorCode } from '../../accounts/errors.js'
import type { Context, Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { ERROR_PAGES, isErrorCode } from '../errors/error-pages.js'
import { HttpError } from '../errors/http-error.js'
import { pageOfForm } from '../form-page.js'
import { mayStartSignIn } from './navigation.js'
import type { LimitExceeded, LimitedAction } from './rate-limit-counters.js'

/**
 * Refuses an act that comes too often from one browser or one address, before anything is looked up or spent: the same
 * request is welcome again a little later.
 */
export function checkRateLimit(deps: WebDeps, ctx: Context, action: LimitedAction): void {
  if (!deps.rateLimits) return
  const browser = browserId(deps, ctx)
  requireWithinLimit(
    deps,
    ctx,
    action,
    deps.rateLimits.count(action, { address: countedAddress(ctx, browser), browser }),
  )
}

function requireWithinLimit(
  deps: WebDeps,
  ctx: Context,
  action: LimitedAction,
  exceeded: LimitExceeded | undefined,
): void {
  if (!exceeded) return
  const { by, limit, retryAfterSeconds: seconds } = exceeded
  throw new HttpError('too_many_requests', `One ${by} came to more than ${limit} of a ${action} in a minute`, {
    headers: { 'Retry-After': String(seconds) },
    text: `Wait ${seconds} second${seconds === 1 ? '' : 's'}, then reload. You will not lose your place.`,
    // An empty reference is the page itself, whose query need not stand in it. What was posted cannot be asked for anew.
    actions: [
      ctx.method === 'POST' ? { label: 'Go back', href: pageOfForm(deps, ctx) } : { label: 'Reload', href: '' },
    ],
  })
}

/** The same for a whole route. */
export const rateLimit =
  (deps: WebDeps, action: LimitedAction): Handler =>
  (ctx, next) => {
    checkRateLimit(deps, ctx, action)
    return next()
  }

/** Refuses an address that has failed too often, before anything is looked at. */
export function checkFailureLimit(deps: WebDeps, ctx: Context, action: LimitedAction): void {
  requireWithinLimit(deps, ctx, action, deps.rateLimits?.checkFailures(action, ctx.state.address ?? ''))
}

/**
 * Counts an act only where it fails, and not through any trouble of ours: a provider that signs a thousand people out may
 * do it all at once, and should try again where we could not do it. A few of one address are at it at once, so that no
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

/** Our own trouble, and that they came too often, which is counted already. */
const isClientError = (code: keyof typeof ERROR_PAGES): boolean =>
  ERROR_PAGES[code].status < 500 && code !== 'too_many_requests'

const tooManyWaiting = (action: LimitedAction) =>
  new HttpError('too_many_requests', `Too many of a ${action} of one address wait for their turn`, {
    headers: { 'Retry-After': '10' },
  })

/**
 * Images and frames on a page elsewhere could use up the address of whoever looks at it. They bring no cookies of ours
 * along (SameSite), so they cost next to nothing and need no counting. What does bring some is counted, whatever the
 * headers say: a script writes them as it likes.
 */
function countedAddress(ctx: Context, browser: string | undefined): string | undefined {
  const isUncounted = browser === undefined && !mayStartSignIn(ctx)
  return isUncounted ? undefined : (ctx.state.address ?? '')
}

/**
 * A browser is known by what it cannot make up: a live session, or a sealed attempt, which hands the name that the
 * first one got on to each later one. One that brings neither, or throws them away, is known by its address only; a
 * cookie just for counting would not change that, and would be one more thing that follows people around.
 */
const browserId = ({ accounts, cookies }: WebDeps, ctx: Context): string | undefined =>
  ctx.state.session?.handleHash ?? accounts.browserIdOf(cookies.attempts(ctx))
