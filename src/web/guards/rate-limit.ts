import { isCoded } from '../../accounts/refusal.js'
import type { Context, Handler } from '../context.js'
import type { Deps } from '../deps.js'
import { WebRefusal } from '../errors.js'
import { isProblemCode, PROBLEMS } from '../problems.js'
import { A_MINUTE, type Act, type Excess } from '../rate-limits.js'
import { mayStartSignIn } from './navigation.js'

/**
 * Refuses an act that comes too often from one browser or one address, before anything is looked up or spent: the same
 * request is welcome again a little later.
 */
export async function refuseFlood(deps: Deps, ctx: Context, act: Act): Promise<void> {
  if (!deps.rateLimits) return
  const address = ctx.state.posted ? undefined : addressOf(ctx)
  const excess = await deps.rateLimits.count(act, { address, browser: browserOf(deps, ctx) })
  refuseExcess(act, excess)
}

function refuseExcess(act: Act, excess: Excess | undefined): void {
  if (!excess) return
  const { by, seconds } = excess
  throw new WebRefusal('too_many_requests', `One ${by} came to more than ${A_MINUTE[by]} of a ${act} in a minute`, {
    headers: { 'Retry-After': String(seconds) },
  })
}

/** The same for a whole route. */
export const noFlood =
  (deps: Deps, act: Act): Handler =>
  async (ctx, next) => {
    await refuseFlood(deps, ctx, act)
    return next()
  }

/**
 * The same for an answer that is posted, which takes two requests: this one counts for its address, because it brings no
 * cookies, and the GET that it leads to for its browser.
 */
export const noFloodOfPosts =
  (deps: Deps): Handler =>
  async (ctx, next) => {
    refuseExcess('callback', await deps.rateLimits?.count('callback', { address: addressOf(ctx), browser: undefined }))
    return next()
  }

/** Refuses an address that has failed too often, before anything is looked at. */
export async function refuseSpent({ rateLimits }: Deps, ctx: Context, act: Act): Promise<void> {
  refuseExcess(act, await rateLimits?.spent(act, ctx.state.address ?? ''))
}

/**
 * Counts an act only where it fails, and not through any trouble of ours: a provider that signs a thousand people out may
 * do it all at once, and should try again where we could not do it.
 */
export async function spendOnFailure(deps: Deps, ctx: Context, act: Act, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const isTheirs = isCoded(error) && isProblemCode(error.code) && PROBLEMS[error.code].status < 500
    if (isTheirs) await deps.rateLimits?.count(act, { address: ctx.state.address ?? '', browser: undefined })
    throw error
  }
}

// Images on a page elsewhere could use up the address of whoever looks at it. They bring no cookies of ours along
// (SameSite), so they cost next to nothing and need no counting.
const addressOf = (ctx: Context): string | undefined => (mayStartSignIn(ctx) ? (ctx.state.address ?? '') : undefined)

/**
 * A browser is known by what it cannot make up: a live session, or a sealed attempt, which hands the name that the
 * first one got on to each later one. One that brings neither, or throws them away, is known by its address only; a
 * cookie just for counting would not change that, and would be one more thing that follows people around.
 */
const browserOf = ({ accounts, cookies }: Deps, ctx: Context): string | undefined =>
  ctx.state.session?.handleHash ?? accounts.browserOf(cookies.attempts(ctx))
