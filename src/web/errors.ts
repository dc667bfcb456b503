import { type Failure, isCoded, Refusal } from '../accounts/refusal.js'
import { type Cause, describeCause } from './cause.js'
import type { Context, Middleware } from './context.js'
import type { Deps } from './deps.js'
import { operatorHint, whyAttemptIsMissing } from './hints.js'
import { person } from './present/person.js'
import { variantOf } from './problem-variants.js'
import { isProblemCode, MISSING_ATTEMPT, PROBLEMS, type Problem, type ProblemCode } from './problems.js'
import { situationOf, withOutcome } from './situations.js'

/** A request that the web floor itself refuses. The message is for the operator. */
export class WebRefusal extends Error {
  override readonly name = 'WebRefusal'
  constructor(
    readonly code: ProblemCode,
    message: string,
    /** `text`, `next`: in place of the usual sentence for the visitor, and of the usual way out. */
    readonly details: { headers?: Record<string, string>; text?: string; next?: Problem['next'] } = {},
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
  const cause = describeCause(error, code === 'internal' && !(error instanceof WebRefusal), providerOf(ctx, error))
  ctx.state.refusal = { code, cause }
  ctx.remove('Location')
  if (error instanceof WebRefusal) ctx.set(error.details.headers ?? {})
  if (error instanceof Refusal && error.overAttempt) deps.cookies.dropAttempt(ctx, error.overAttempt)
  await tell(deps, ctx, describe(deps, ctx, { code, cause }, error))
  ctx.status = PROBLEMS[code].status
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
  (error instanceof Refusal ? error.retry?.provider : undefined) ?? ctx.state.provider ?? ctx.state.session?.provider

function describe(deps: Deps, ctx: Context, { code, cause }: { code: ProblemCode; cause: Cause }, error: unknown) {
  const refusal = error instanceof Refusal ? error : undefined
  const { status, heading, text, next } = situationOf(code, refusal) ?? problemOf(deps, ctx, code, cause.failure)
  const own = error instanceof WebRefusal ? error.details : {}
  const name = providerOf(ctx, error)
  const provider = deps.providerLabels.get(name ?? '') ?? 'the provider'
  const signedInAs = ctx.state.user && person(ctx.state.user).name
  const fill = (words: string) =>
    sentence(withOutcome(words, signedInAs, refusal?.connecting ?? false).replaceAll('{provider}', () => provider))
  return {
    status,
    heading: refusal?.heading ?? fill(heading),
    text: refusal?.sentence ?? fill(own.text ?? text),
    who: refusal?.who === undefined ? null : { provider: sentence(provider), text: refusal.who },
    actions: refusal?.join
      ? signInsFirst(deps, refusal)
      : [wayOut(deps, ctx, nextOf(refusal) ?? own.next ?? next, refusal)],
    quote: refusal?.said ? { who: provider, text: refusal.said } : null,
    cause: { text: cause.text, frame: cause.frame ?? null },
    hint: operatorHint(deps, ctx, { code, failure: cause.failure, provider: name }),
    code,
    requestId: ctx.state.requestId,
  }
}

/** One code can have several causes that a person can tell apart; then the page names the one that fits. */
const problemOf = (deps: Deps, ctx: Context, code: ProblemCode, failure: Failure): Problem =>
  code === 'attempt_missing'
    ? MISSING_ATTEMPT[whyAttemptIsMissing(deps, ctx)]
    : (variantOf(code, failure) ?? PROBLEMS[code])

/** Whoever wanted to connect something is signed in already. */
const nextOf = (refusal: Refusal | undefined): Problem['next'] | undefined =>
  refusal?.connecting ? 'account' : undefined

function wayOut(deps: Deps, ctx: Context, next: Problem['next'], refusal: Refusal | undefined) {
  if (next === 'retry') return newSignIn(deps, ctx, refusal)
  return next === 'account'
    ? { label: 'Go to your account', href: deps.links.account }
    : { label: 'Go to the home page', href: deps.links.home }
}

/** The ways into the account that is there already; the new identity is joined to it after that. */
const signInsFirst = ({ links, providerLabels }: Deps, { join, retry }: Refusal) =>
  (join?.providers ?? []).map(name => ({
    label: `Sign in with ${providerLabels.get(name) ?? name}`,
    href: links.loginWith(name, retry?.returnTo, join?.ticket),
  }))

function newSignIn({ links }: Deps, ctx: Context, refusal: Refusal | undefined) {
  const { provider = ctx.state.provider, returnTo } = refusal?.retry ?? {}
  return { label: 'Sign in again', href: provider ? links.loginWith(provider, returnTo) : links.login(returnTo) }
}

const wantsJson = ({ links }: Deps, ctx: Context): boolean =>
  links.speaksJson(ctx.path) || ctx.accepts('html', 'json') === 'json'

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
