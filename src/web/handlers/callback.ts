import type { Visit } from '../../accounts/sign-in.js'
import { thisBrowser } from '../browser.js'
import type { Handler, RouteContext } from '../context.js'
import type { Deps } from '../deps.js'
import { readForeignForm } from '../form.js'
import { renewSession } from '../session.js'

/** The browser is back from a provider. */
export const callback =
  (deps: Deps, provider: string): Handler =>
  async ctx => {
    const before = ctx.state.user
    const signedIn = await deps.accounts.finishSignIn(visit(deps, ctx, provider))
    ctx.state.userId = signedIn.userId
    await renewSession(ctx, signedIn.session)
    if (deps.providerLabels.size > 1) deps.cookies.keepLastProvider(ctx, provider)
    const inPlace = before && before.id !== signedIn.userId ? ', in place of the account before' : ''
    deps.respond.redirect(ctx, signedIn.returnTo, `Signed in with ${signedIn.label}${inPlace}.`)
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
  attempts: cookies.attempts(ctx),
  browser: thisBrowser(ctx),
})
