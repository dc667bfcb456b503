import { type Failure, isCoded, Refusal } from '../accounts/refusal.js'
import { type Cause, describeCause } from './cause.js'
import type { Context, Middleware } from './context.js'
import type { Deps } from './deps.js'
import { operatorHint, whyAttemptIsMissing } from './hints.js'
import { variantOf } from './problem-variants.js'
import { ENDED_SESSION, isProblemCode, MISSING_ATTEMPT, PROBLEMS, type Problem, type ProblemCode } from './problems.js'
import { type Action, actionsOf } from './way-out.js'

interface WebRefusalDetails {
  headers?: Record<string, string>
  heading?: string
  text?: string
  next?: Problem['next']
  actions?: readonly Action[]
}

/** A request that the web floor itself refuses. The message is for the operator. */
export class WebRefusal extends Error {
  override readonly name = 'WebRefusal'
  constructor(
    readonly code: ProblemCode,
    message: string,
    /** All but `headers`: in place of the usual words for the visitor, and of the usual way out. */
    readonly details: WebRefusalDetails = {},
  ) {
    super(message)
  }
}

/**
 * The edge: every error of every floor becomes a page or JSON here, and goes to the request's log line with its cause.
 * Koa's own handler never answers, because it drops every header, the Content-Security-Policy too.
 */
export const errors =
  (deps: Deps): Middleware =>
  async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && !ctx.body) throw new WebRefusal('not_found', 'No route fits')
    } catch (error) {
      await refuse(deps, ctx, error)
    }
  }

async function refuse(deps: Deps, ctx: Context, error: unknown): Promise<void> {
  const code = isCoded(error) && isProblemCode(error.code) ? error.code : 'internal'
  const cause = describeCause(
    withHost(deps, ctx, error),
    code === 'internal' && !(error instanceof WebRefusal),
    providerOf(ctx, error),
  )
  ctx.state.refusal = { code, cause }
  ctx.remove('Location')
  await deps.forgetEndedSession(ctx)
  if (error instanceof WebRefusal) ctx.set(error.details.headers ?? {})
  if (error instanceof Refusal && error.overAttempt) deps.cookies.dropAttempt(ctx, error.overAttempt)
  await tell(deps, ctx, describe(deps, ctx, { code, cause }, error))
  ctx.status = PROBLEMS[code].status
}

/** An attempt that is missing may be at another host: only the log of the start knew it. */
function withHost({ strays }: Deps, ctx: Context, error: unknown): unknown {
  const started = error instanceof Refusal && error.code === 'attempt_missing' ? strays.describe(ctx) : undefined
  return started && error instanceof Refusal ? new Refusal(error.code, `${error.message}; ${started}`) : error
}

type Told = ReturnType<typeof describe>

/** As a page, or as JSON where that was asked for; as plain text where the page itself is what broke. */
async function tell(deps: Deps, ctx: Context, told: Told): Promise<void> {
  if (wantsJson(deps, ctx)) {
    return deps.respond.json(ctx, { error: told.code, message: told.text, request_id: told.requestId })
  }
  try {
    await deps.respond.page(ctx, 'error', told)
  } catch {
    ctx.body = `${told.heading}. ${told.text}\n\n${told.code} · request ${told.requestId}\n`
    ctx.type = 'text/plain; charset=utf-8'
  }
}

/** The provider that it is about, as PROVIDERS names it. */
const providerOf = (ctx: Context, error: unknown): string | undefined =>
  (error instanceof Refusal ? error.retry?.provider : undefined) ??
  ctx.state.provider ??
  (ctx.state.session ?? ctx.state.endedSession)?.provider

function describe(deps: Deps, ctx: Context, { code, cause }: { code: ProblemCode; cause: Cause }, error: unknown) {
  const { status, heading, text, next } = problemOf(deps, ctx, code, cause.failure)
  const refusal = error instanceof Refusal ? error : undefined
  const own = error instanceof WebRefusal ? error.details : {}
  const name = providerOf(ctx, error)
  const provider = deps.providerLabels.get(name ?? '') ?? 'the provider'
  const fill = (words: string) => sentence(words.replaceAll('{provider}', provider))
  return {
    status,
    heading: fill(own.heading ?? heading),
    text: refusal?.sentence ?? fill(own.text ?? text),
    actions: own.actions ?? actionsOf(deps, ctx, code, own.next ?? next, refusal),
    quote: refusal?.said ? { who: provider, text: refusal.said } : null,
    cause: { text: cause.text, frame: cause.frame ?? null },
    hint: operatorHint(deps, ctx, { code, failure: cause.failure, provider: name }),
    code,
    requestId: ctx.state.requestId,
  }
}

/** One code can have several causes that a person can tell apart; then the page names the one that fits. */
function problemOf(deps: Deps, ctx: Context, code: ProblemCode, failure: Failure): Problem {
  if (code === 'attempt_missing') return MISSING_ATTEMPT[whyAttemptIsMissing(deps, ctx)]
  return (ctx.state.endedSession && ENDED_SESSION[code]) ?? variantOf(code, failure) ?? PROBLEMS[code]
}

/** JSON is for programs, and for what answers nothing else. */
export const wantsJson = ({ links }: Deps, ctx: Context): boolean =>
  links.speaksJson(ctx.path) || ctx.accepts('html', 'json') === 'json'

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
