import type { Arrival, Connected, SignedIn } from '../../accounts/sign-in.js'
import type { Visit } from '../../accounts/visit.js'
import { callerOf } from '../browser.js'
import type { Handler, RouteContext } from '../context.js'
import type { Deps } from '../deps.js'
import { readForeignForm } from '../form.js'
import { renewSession } from '../session.js'

/** The browser is back from a provider. */
export const callback =
  (deps: Deps, provider: string): Handler =>
  async ctx => {
    const before = ctx.state.user?.id
    const arrival = await deps.accounts.finishSignIn(visit(deps, ctx, provider))
    ctx.state.userId = arrival.userId
    if (arrival.session !== undefined) {
      await renewSession(ctx, arrival.session)
      if (deps.providerLabels.size > 1) deps.cookies.keepLastProvider(ctx, provider)
      if (arrival.next) return deps.respond.leaveFor(ctx, arrival.next)
    }
    deps.respond.redirect(ctx, arrival.returnTo, tell(arrival, before))
  }

/** A cross-site POST brings no cookies; so the answer comes around once more by GET, sealed, and the cookies with it. */
export const takePost =
  ({ links, postedAnswers, respond }: Deps, provider: string, path: string): Handler =>
  async ctx => {
    const answer = postedAnswers.seal(provider, await readForeignForm(ctx))
    respond.redirect(ctx, links.answered(path, answer))
  }

const visit = ({ cookies }: Deps, ctx: RouteContext, provider: string): Visit => ({
  provider,
  answer: ctx.state.answer ?? new URLSearchParams(),
  ...callerOf(cookies, ctx),
  session: ctx.state.session,
})

const tell = (arrival: Arrival, before: string | undefined): string =>
  arrival.session === undefined ? tellConnected(arrival) : tellSignedIn(arrival, before)

const tellConnected = ({ label, again }: Connected): string =>
  again ? `${label} is connected again.` : `${label} is connected. You can sign in with it from now on.`

function tellSignedIn({ label, userId, isNewDevice }: SignedIn, before: string | undefined): string {
  const inPlace = before !== undefined && before !== userId ? ', in place of the account before' : ''
  const firstTime = isNewDevice ? ' It is the first time from this kind of device, and noted on your account page.' : ''
  return `Signed in with ${label}${inPlace}.${firstTime}`
}
