import type { CallbackRequest, IdentityLinked, SignedIn, SignInResult } from '../../accounts/accounts.js'
import type { Handler, RouteContext } from '../context.js'
import type { WebDeps } from '../deps.js'
import { readUnboundForm } from '../form.js'
import { renewSession } from '../middleware/session.js'
import { callerOf } from '../request-info.js'

/** The browser is back from a provider. */
export const callback =
  (deps: WebDeps, provider: string): Handler =>
  async ctx => {
    const previousUserId = ctx.state.user?.id
    const result = await deps.accounts.finishSignIn(callbackRequest(deps, ctx, provider))
    ctx.state.userId = result.userId
    if (result.session !== undefined) {
      await renewSession(ctx, result.session)
      if (deps.providerLabels.size > 1) deps.cookies.setLastProvider(ctx, provider)
      if (result.next) return deps.respond.redirectToProvider(ctx, result.next)
    }
    deps.respond.redirect(ctx, result.returnTo, flashFor(result, previousUserId))
  }

/** A cross-site POST brings no cookies; so the answer comes around once more by GET, sealed, and the cookies with it. */
export const acceptFormPost =
  ({ links, postedAnswers: postedResponses, respond }: WebDeps, provider: string, path: string): Handler =>
  async ctx => {
    const answer = postedResponses.seal(provider, await readUnboundForm(ctx))
    respond.redirect(ctx, links.callbackWithResponse(path, answer))
  }

const callbackRequest = ({ cookies }: WebDeps, ctx: RouteContext, provider: string): CallbackRequest => ({
  provider,
  params: ctx.state.answer ?? new URLSearchParams(),
  ...callerOf(cookies, ctx),
  session: ctx.state.session,
})

const flashFor = (result: SignInResult, previousUserId: string | undefined): string =>
  result.session === undefined ? linkedFlash(result) : signedInFlash(result, previousUserId)

const linkedFlash = ({ label, alreadyLinked: again }: IdentityLinked): string =>
  again ? `${label} is connected again.` : `${label} is connected. You can sign in with it from now on.`

function signedInFlash({ label, userId, isNewDevice }: SignedIn, previousUserId: string | undefined): string {
  const inPlace = previousUserId !== undefined && previousUserId !== userId ? ', in place of the account before' : ''
  const firstTime = isNewDevice ? ' It is the first time from this kind of device, and noted on your account page.' : ''
  return `Signed in with ${label}${inPlace}.${firstTime}`
}
