import type { Context, Middleware } from 'koa'
import type { Pages } from './pages.js'
import {
  type AuthorizationResponseMode,
  type Fields,
  type RedirectUri,
  sendAuthorizationResponse,
} from './responses.js'

/** An error that is shown on our own page (or as JSON), because there is no app to send it to. */
export class PageError extends Error {
  override readonly name = 'PageError'
  constructor(
    readonly status: number,
    readonly heading: string,
    readonly text: string,
    readonly detail: string | null = null,
  ) {
    super(`${heading}: ${text}`)
  }
}

/** A wrong authorization request whose error is sent to the app (RFC 6749, 4.1.2.1). */
export class AuthorizationError extends Error {
  override readonly name = 'AuthorizationError'
  constructor(
    readonly redirectUri: RedirectUri,
    readonly params: Fields,
    readonly mode: AuthorizationResponseMode = 'query',
  ) {
    super(`Authorization error: ${params.error}`)
  }
}

/** Responds to every error of the routes. Koa's own handler would drop every header, the CSP too. */
export const handleErrors =
  (pages: Pages): Middleware =>
  async (ctx, next) => {
    try {
      await next()
      if (ctx.body == null && ctx.status >= 400) throw noRoute(ctx)
    } catch (error) {
      if (error instanceof AuthorizationError)
        sendAuthorizationResponse(ctx, pages, error.redirectUri, error.params, error.mode)
      else showError(ctx, pages, error instanceof PageError ? error : internalError(ctx, error))
    }
  }

function showError(ctx: Context, pages: Pages, error: PageError): void {
  const { status, heading, text, detail } = error
  ctx.status = status
  if (ctx.accepts('html', 'json') === 'json') ctx.body = { message: text }
  else pages.notice(ctx, { heading, text, detail })
}

function noRoute(ctx: Context): PageError {
  const request = `${ctx.method} ${ctx.path}`
  if (ctx.status === 404)
    return new PageError(404, 'This page does not exist', 'The development provider has no such page.', request)
  return new PageError(
    ctx.status,
    'This method is not allowed',
    'The development provider does not support this method.',
    request,
  )
}

function internalError(ctx: Context, error: unknown): PageError {
  ctx.app.emit('error', error, ctx)
  return new PageError(500, 'The development provider is broken', 'Its log says why. The app did nothing wrong.')
}
