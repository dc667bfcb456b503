import { isCoded, Refusal } from '../accounts/refusal.js'
import type { Context, Middleware } from './context.js'
import type { Deps } from './deps.js'
import { isProblemCode, PROBLEMS, type Problem, type ProblemCode } from './problems.js'

/** A request that the web floor itself refuses. The message is for the operator. */
export class WebRefusal extends Error {
  override readonly name = 'WebRefusal'
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
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
  const problem = PROBLEMS[code]
  ctx.state.refusal = { code, cause: error }
  ctx.remove('Location')
  if (error instanceof WebRefusal) ctx.set(error.headers)
  if (error instanceof Refusal && error.overAttempt) deps.cookies.dropAttempt(ctx, error.overAttempt)

  if (wantsJson(ctx)) {
    deps.respond.json(ctx, { error: code, message: problem.heading, request_id: ctx.state.requestId })
  } else {
    await deps.respond.page(ctx, 'error', describe(deps, ctx, code, problem, error))
  }
  ctx.status = problem.status
}

function describe(deps: Deps, ctx: Context, code: ProblemCode, problem: Problem, error: unknown) {
  const refusal = error instanceof Refusal ? error : undefined
  const provider = deps.providerLabels.get(refusal?.retry?.provider ?? ctx.state.provider ?? '') ?? 'the provider'
  const fill = (text: string) => sentence(text.replaceAll('{provider}', provider))
  return {
    status: problem.status,
    heading: fill(problem.heading),
    text: fill(problem.text),
    action: wayOut(deps, ctx, problem, refusal),
    quote: refusal?.said ? { who: provider, text: refusal.said } : null,
    hint: null,
    code,
    requestId: ctx.state.requestId,
  }
}

function wayOut({ links }: Deps, ctx: Context, problem: Problem, refusal: Refusal | undefined) {
  if (problem.next === 'home' && ctx.state.user) return { label: 'Go to the home page', href: links.home }
  if (problem.next === 'home') return { label: 'Go to the start', href: links.home }
  const { provider = ctx.state.provider, returnTo } = refusal?.retry ?? {}
  return { label: 'Sign in again', href: provider ? links.loginWith(provider, returnTo) : links.login(returnTo) }
}

const wantsJson = (ctx: Context): boolean => ctx.accepts('html', 'json') === 'json'

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
