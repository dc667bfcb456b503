import type { CallbackRequest, IdentityLinked, SignedIn, SignInResult } from '../../accounts/accounts.js'
import type { Handler, RouteContext } from '../context.js'
import type { WebDeps } from '../deps.js'
import { HttpError } from '../errors/http-error.js'
import { readUnboundForm } from '../form.js'
import { renewSession } from '../middleware/session.js'
import { callerOf } from '../request-info.js'

/** The provider has sent the browser back. */
export const callback =
  (deps: WebDeps, provider: string): Handler =>
  async ctx => {
    const previousUserId = ctx.state.user?.id
    const result = await deps.accounts.finishSignIn(callbackRequest(deps, ctx, provider))
    ctx.state.userId = result.userId
    if (result.session !== undefined) {
      await renewSession(ctx, result.session)
      if (deps.providers.size > 1) deps.cookies.setLastProvider(ctx, provider)
      if (result.next) return deps.respond.redirectToProvider(ctx, result.next)
    }
    deps.respond.redirect(ctx, result.returnTo, flashFor(result, previousUserId))
  }

/** A cross-site POST sends no cookies, so the response is sealed and comes again by a GET, which sends them. */
export const acceptFormPost =
  ({ links, respond, sealedResponses }: WebDeps, provider: string, path: string): Handler =>
  async ctx => {
    const sealed = sealedResponses.seal(provider, await readUnboundForm(ctx))
    respond.redirect(ctx, links.callbackWithResponse(path, sealed))
  }

const callbackRequest = (deps: WebDeps, ctx: RouteContext, provider: string): CallbackRequest => ({
  provider,
  params: readAuthorizationResponse(deps, ctx, provider),
  ...callerOf(deps.cookies, ctx),
  session: ctx.state.session,
})

/** The provider's response: the query, or what was posted to us, which is sealed in the query. */
function readAuthorizationResponse(
  { providers, sealedResponses }: WebDeps,
  ctx: RouteContext,
  provider: string,
): URLSearchParams {
  const query = new URLSearchParams(ctx.querystring)
  if (!providers.get(provider)?.usesFormPost) return query
  if (!query.has('answer')) return rejectCodeInUrl(query)
  const [sealed = '', ...more] = query.values()
  if (more.length > 0) throw new HttpError('request_malformed', 'The query has parameters beside the sealed response')
  return sealedResponses.open(provider, sealed)
}

/** A provider that posts its codes did not write a code there. An error is accepted from any sender that has the state. */
function rejectCodeInUrl(query: URLSearchParams): URLSearchParams {
  if (query.has('error') || !query.has('code')) return query
  throw new HttpError('request_malformed', 'The URL contains a code, but this provider posts its responses')
}

const flashFor = (result: SignInResult, previousUserId: string | undefined): string =>
  result.session === undefined ? linkedFlash(result) : signedInFlash(result, previousUserId)

const linkedFlash = ({ label, alreadyLinked }: IdentityLinked): string =>
  alreadyLinked ? `${label} is connected again.` : `${label} is connected. You can sign in with it from now on.`

function signedInFlash({ label, userId, isNewDevice }: SignedIn, previousUserId: string | undefined): string {
  const inPlace = previousUserId !== undefined && previousUserId !== userId ? ', in place of the account before' : ''
  const firstTime = isNewDevice ? ' It is the first time from this kind of device, and noted on your account page.' : ''
  return `Signed in with ${label}${inPlace}.${firstTime}`
}
