import { isCoded } from '../../accounts/refusal.js'
import type { Context, Handler } from '../context.js'
import type { Deps } from '../deps.js'
import { pageOfForm } from '../form-page.js'
import { isProblemCode, PROBLEMS } from '../problems.js'
import type { Act, Excess } from '../rate-limits.js'
import { WebRefusal } from '../web-refusal.js'
import { mayStartSignIn } from './navigation.js'

/**
 * Refuses an act that comes too often from one browser or one address, before anything is looked up or spent: the same
 * request is welcome again a little later.
 */
export function refuseFlood(deps: Deps, ctx: Context, act: Act): void {
  if (!deps.rateLimits) return
  const browser = browserOf(deps, ctx)
  refuseExcess(deps, ctx, act, deps.rateLimits.count(act, { address: addressOf(ctx, browser), browser }))
}

function refuseExcess(deps: Deps, ctx: Context, act: Act, excess: Excess | undefined): void {
  if (!excess) return
  const { by, limit, seconds } = excess
  throw new WebRefusal('too_many_requests', `One ${by} came to more than ${limit} of a ${act} in a minute`, {
    headers: { 'Retry-After': String(seconds) },
    text: `Wait ${seconds} second${seconds === 1 ? '' : 's'}, then reload. You will not lose your place.`,
    // An empty reference is the page itself, whose query need not stand in it. What was posted cannot be asked for anew.
    actions: [
      ctx.method === 'POST' ? { label: 'Go back', href: pageOfForm(deps, ctx) } : { label: 'Reload', href: '' },
    ],
  })
}

/** The same for a whole route. */
export const noFlood =
  (deps: Deps, act: Act): Handler =>
  (ctx, next) => {
    refuseFlood(deps, ctx, act)
    return next()
  }

/** Refuses an address that has failed too often, before anything is looked at. */
export function refuseSpent(deps: Deps, ctx: Context, act: Act): void {
  refuseExcess(deps, ctx, act, deps.rateLimits?.spent(act, ctx.state.address ?? ''))
}

/**
 * Counts an act only where it fails, and not through any trouble of ours: a provider that signs a thousand people out may
 * do it all at once, and should try again where we could not do it. A few of one address are at it at once, so that no
 * more than these can fail uncounted while the provider's keys are fetched; the others wait for their turn.
 */
export async function spendOnFailure(deps: Deps, ctx: Context, act: Act, work: () => Promise<void>): Promise<void> {
  const { rateLimits } = deps
  if (!rateLimits) return work()
  const address = ctx.state.address ?? ''
  refuseSpent(deps, ctx, act)
  const giveBack = await rateLimits.takeTurn(address)
  if (!giveBack) throw tooManyWait(act)
  try {
    refuseSpent(deps, ctx, act)
    await work()
  } catch (error) {
    const isTheirs = isCoded(error) && isProblemCode(error.code) && isFaultOfTheirs(error.code)
    if (isTheirs) rateLimits.count(act, { address, browser: undefined })
    throw error
  } finally {
    giveBack()
  }
}

/** Our own trouble, and that they came too often, which is counted already. */
const isFaultOfTheirs = (code: keyof typeof PROBLEMS): boolean =>
  PROBLEMS[code].status < 500 && code !== 'too_many_requests'

const tooManyWait = (act: Act) =>
  new WebRefusal('too_many_requests', `Too many of a ${act} of one address wait for their turn`, {
    headers: { 'Retry-After': '10' },
  })

/**
 * Images and frames on a page elsewhere could use up the address of whoever looks at it. They bring no cookies of ours
 * along (SameSite), so they cost next to nothing and need no counting. What does bring some is counted, whatever the
 * headers say: a script writes them as it likes.
 */
function addressOf(ctx: Context, browser: string | undefined): string | undefined {
  const isUncounted = browser === undefined && !mayStartSignIn(ctx)
  return isUncounted ? undefined : (ctx.state.address ?? '')
}

/**
 * A browser is known by what it cannot make up: a live session, or a sealed attempt, which hands the name that the
 * first one got on to each later one. One that brings neither, or throws them away, is known by its address only; a
 * cookie just for counting would not change that, and would be one more thing that follows people around.
 */
const browserOf = ({ accounts, cookies }: Deps, ctx: Context): string | undefined =>
  ctx.state.session?.handleHash ?? accounts.browserOf(cookies.attempts(ctx))
