import { AccountError, hasErrorCode } from '../../accounts/errors.js'
import type { Context, Middleware } from '../context.js'
import type { WebDeps } from '../deps.js'
import { type Cause, describeCause } from '../errors/cause.js'
import { ERROR_PAGES, type ErrorCode, isErrorCode } from '../errors/error-pages.js'
import { createErrorView, type ErrorView, providerOfError } from '../errors/error-view.js'
import { HttpError } from '../errors/http-error.js'

/**
 * The edge: every error of every layer becomes a page or JSON here, and goes to the request's log line with its cause.
 * Koa's own handler never answers, because it drops every header, the Content-Security-Policy too.
 */
export const errorHandler =
  (deps: WebDeps): Middleware =>
  async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && !ctx.body) throw new HttpError('not_found', `No route is ${ctx.method} ${ctx.path}`)
    } catch (error) {
      await respondWithError(deps, ctx, error)
    }
  }

async function respondWithError(deps: WebDeps, ctx: Context, error: unknown): Promise<void> {
  const code = hasErrorCode(error) && isErrorCode(error.code) ? error.code : 'internal'
  const cause = causeOf(deps, ctx, code, error)
  ctx.state.error = { code, cause }
  ctx.remove('Location')
  await deps.forgetEndedSession(ctx)
  if (error instanceof HttpError) ctx.set(error.details.headers ?? {})
  if (error instanceof AccountError && error.endedAttemptSlots) deps.cookies.clearAttempt(ctx, error.endedAttemptSlots)
  const overrides = error instanceof HttpError ? error.details : {}
  await showError(deps, ctx, createErrorView(deps, ctx, { code, cause, error, overrides: overrides }))
  ctx.status = ERROR_PAGES[code].status
}

function causeOf(deps: WebDeps, ctx: Context, code: ErrorCode, error: unknown): Cause {
  const isBug = code === 'internal' && !(error instanceof HttpError)
  const cause = describeCause(error, isBug, providerOfError(ctx, error))
  // An attempt that is missing may be at another host: only the start of the sign-in knew it.
  const hostMismatch = code === 'attempt_missing' ? deps.strays.describe(ctx) : undefined
  return hostMismatch === undefined ? cause : { ...cause, text: `${cause.text}; ${hostMismatch}` }
}

/** As a page, or as JSON where that was asked for; as plain text where the page itself is what broke. */
async function showError(deps: WebDeps, ctx: Context, view: ErrorView): Promise<void> {
  if (wantsJson(deps, ctx)) {
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

/** JSON is for programs, and for what answers nothing else. */
export const wantsJson = ({ links }: WebDeps, ctx: Context): boolean =>
  links.isJsonOnly(ctx.path) || ctx.accepts('html', 'json') === 'json'
