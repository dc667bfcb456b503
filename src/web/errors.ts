import { isCoded, Refusal } from '../accounts/refusal.js'
import { type Cause, describeCause } from './cause.js'
import type { Context, Middleware } from './context.js'
import type { Deps } from './deps.js'
import { describeErrorPage, type ErrorPage, providerOf } from './error-page.js'
import { isProblemCode, PROBLEMS, type ProblemCode } from './problems.js'
import { WebRefusal } from './web-refusal.js'

/**
 * The edge: every error of every layer becomes a page or JSON here, and goes to the request's log line with its cause.
 * Koa's own handler never answers, because it drops every header, the Content-Security-Policy too.
 */
export const errors =
  (deps: Deps): Middleware =>
  async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && !ctx.body) throw new WebRefusal('not_found', `No route is ${ctx.method} ${ctx.path}`)
    } catch (error) {
      await refuse(deps, ctx, error)
    }
  }

async function refuse(deps: Deps, ctx: Context, error: unknown): Promise<void> {
  const code = isCoded(error) && isProblemCode(error.code) ? error.code : 'internal'
  const cause = causeOf(deps, ctx, code, error)
  ctx.state.refusal = { code, cause }
  ctx.remove('Location')
  await deps.forgetEndedSession(ctx)
  if (error instanceof WebRefusal) ctx.set(error.details.headers ?? {})
  if (error instanceof Refusal && error.overAttempt) deps.cookies.dropAttempt(ctx, error.overAttempt)
  const own = error instanceof WebRefusal ? error.details : {}
  await show(deps, ctx, describeErrorPage(deps, ctx, { code, cause, error, own }))
  ctx.status = PROBLEMS[code].status
}

function causeOf(deps: Deps, ctx: Context, code: ProblemCode, error: unknown): Cause {
  const isFault = code === 'internal' && !(error instanceof WebRefusal)
  const cause = describeCause(error, isFault, providerOf(ctx, error))
  // An attempt that is missing may be at another host: only the start of the sign-in knew it.
  const started = code === 'attempt_missing' ? deps.strays.describe(ctx) : undefined
  return started === undefined ? cause : { ...cause, text: `${cause.text}; ${started}` }
}

/** As a page, or as JSON where that was asked for; as plain text where the page itself is what broke. */
async function show(deps: Deps, ctx: Context, page: ErrorPage): Promise<void> {
  if (wantsJson(deps, ctx)) {
    return deps.respond.json(ctx, { error: page.code, message: page.text, request_id: page.requestId })
  }
  try {
    await deps.respond.page(ctx, 'error', page)
  } catch {
    const happened = page.cause ? `What happened: ${page.cause.text}\n\n` : ''
    ctx.body = `${page.heading}. ${page.text}\n\n${happened}${page.code} · request ${page.requestId}\n`
    ctx.type = 'text/plain; charset=utf-8'
  }
}

/** JSON is for programs, and for what answers nothing else. */
export const wantsJson = ({ links }: Deps, ctx: Context): boolean =>
  links.speaksJson(ctx.path) || ctx.accepts('html', 'json') === 'json'
