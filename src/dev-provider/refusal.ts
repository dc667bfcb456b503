import type { Context, Middleware } from 'koa'
import type { Pages } from './pages.js'
import { SentBack, sendAuthorizationResponse } from './redirect.js'

/** A request that is answered with a page (or JSON) of our own, because there is no app to send the answer to. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  constructor(
    readonly status: number,
    readonly heading: string,
    readonly text: string,
    readonly detail: string | null = null,
  ) {
    super(`${heading}: ${text}`)
  }
}

/** Answers whatever went wrong further in. Koa's own handler would drop every header, the CSP too. */
export const handleErrors =
  (pages: Pages): Middleware =>
  async (ctx, next) => {
    try {
      await next()
      if (ctx.body == null && ctx.status >= 400) throw unanswered(ctx)
    } catch (error) {
      if (error instanceof SentBack) sendAuthorizationResponse(ctx, pages, error.redirectUri, error.answer, error.mode)
      else answer(ctx, pages, error instanceof Refusal ? error : broken(ctx, error))
    }
  }

function answer(ctx: Context, pages: Pages, refusal: Refusal): void {
  const { status, heading, text, detail } = refusal
  ctx.status = status
  if (ctx.accepts('html', 'json') === 'json') ctx.body = { message: text }
  else pages.notice(ctx, { heading, text, detail })
}

function unanswered(ctx: Context): Refusal {
  const asked = `${ctx.method} ${ctx.path}`
  if (ctx.status === 404)
    return new Refusal(404, 'Nothing is here', 'The development provider has no such page.', asked)
  return new Refusal(
    ctx.status,
    'This is not how it works',
    'The development provider does not answer this method.',
    asked,
  )
}

function broken(ctx: Context, error: unknown): Refusal {
  ctx.app.emit('error', error, ctx)
  return new Refusal(500, 'The development provider is broken', 'Its log says why. The app did nothing wrong.')
}
