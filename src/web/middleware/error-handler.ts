import { AccountError, hasErrorCode, withReadableType } from '../../accounts/errors.js'
import type { Context, Middleware } from '../context.js'
import type { WebDeps } from '../deps.js'
import { type Cause, describeCause } from '../errors/cause.js'
import { ERROR_PAGES, type ErrorCode, isErrorCode } from '../errors/error-pages.js'
import { createErrorView, type ErrorView, providerOfError } from '../errors/error-view.js'
import { HttpError } from '../errors/http-error.js'
import { wantsJson } from '../request-info.js'
import { explainSessionError } from './session.js'

/**
 * Every error of every layer becomes a page or JSON here, and its cause goes to the log line of the request. Koa's own
 * handler never responds, because it drops every header, the Content-Security-Policy too.
 */
export const errorHandler =
  (deps: WebDeps): Middleware =>
  async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && !ctx.body)
        throw new HttpError('not_found', `No route matches ${ctx.method} ${ctx.path}`)
    } catch (thrown) {
      const error = explainSessionError(ctx, withReadableType(thrown))
      if (isReplay(ctx, error)) return deps.respond.redirect(ctx, error.retry.returnTo, 'You are already signed in.')
      await respondWithError(deps, ctx, error)
    }
  }

/** The back button of a signed-in user opened an old callback, which redirects to where that sign-in led. */
const isReplay = ({ state }: Context, error: unknown): error is AccountError & { retry: object } =>
  error instanceof AccountError && error.code === 'attempt_used' && Boolean(state.user && error.retry)

async function respondWithError(deps: WebDeps, ctx: Context, error: unknown): Promise<void> {
  const code = hasErrorCode(error) && isErrorCode(error.code) ? error.code : 'internal'
  const cause = causeOf(deps, ctx, code, error)
  ctx.state.error = { code, cause }
  ctx.remove('Location')
  await deps.forgetEndedSession(ctx)
  if (error instanceof HttpError) ctx.set(error.details.headers ?? {})
  if (error instanceof AccountError && error.endedAttemptSlots) deps.cookies.clearAttempt(ctx, error.endedAttemptSlots)
  const overrides = error instanceof HttpError ? error.details : {}
  await showError(deps, ctx, createErrorView(deps, ctx, { code, cause, error, overrides }))
  ctx.status = ERROR_PAGES[code].status
}

function causeOf({ hostMismatches, publicUrl }: WebDeps, ctx: Context, code: ErrorCode, error: unknown): Cause {
  const isBug = code === 'internal' && !(error instanceof HttpError)
  const cause = describeCause(error, isBug, providerOfError(ctx, error))
  // The cookie of a missing attempt may be at another host, which only the start of the sign-in knew.
  const mismatch = error instanceof AccountError ? hostMismatches.find(error.attemptId) : undefined
  if (code !== 'attempt_missing' || !mismatch) return cause
  return {
    ...cause,
    text: `${cause.text}; the sign-in began with the Host ${mismatch.host}, and PUBLIC_URL is ${publicUrl}`,
  }
}

/** As a page; as JSON where the client wants it; as plain text where the page itself cannot be rendered. */
async function showError(deps: WebDeps, ctx: Context, view: ErrorView): Promise<void> {
  if (wantsJson(deps.links, ctx)) {
    return deps.respond.json(ctx, { error: view.code, message: view.text, request_id: view.requestId })
  }
  try {
    await deps.respond.page(ctx, 'error', view)
  } catch {
    const causeText = view.cause ? `What happened: ${view.cause.text}\n\n` : ''
    ctx.body = `${view.heading}. ${view.text}\n\n${causeText}${view.code} · request ${view.requestId}\n`
    ctx.type = 'text/plain; charset=utf-8'
  }
}
