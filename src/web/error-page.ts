import { Refusal } from '../accounts/refusal.js'
import type { Cause } from './cause.js'
import type { Context } from './context.js'
import type { Deps } from './deps.js'
import { operatorHint, whyAttemptIsMissing } from './hints.js'
import { person } from './present/person.js'
import { situationOf, variantOf } from './problem-variants.js'
import { ENDED_SESSION, MISSING_ATTEMPT, NOTHING_LOST, PROBLEMS, type Problem, type ProblemCode } from './problems.js'
import { actionsOf } from './way-out.js'
import type { OwnWords } from './web-refusal.js'

interface Refused {
  code: ProblemCode
  cause: Cause
  error: unknown
  own: OwnWords
}

/** What the view of an error shows. */
export type ErrorPage = ReturnType<typeof describeErrorPage>

export function describeErrorPage(deps: Deps, ctx: Context, refused: Refused) {
  const { code, error, own } = refused
  const refusal = error instanceof Refusal ? error : undefined
  const { status, heading, text, next } = problemOf(deps, ctx, refused)
  const name = providerOf(ctx, error)
  const provider = deps.providerLabels.get(name ?? '') ?? 'the provider'
  const fill = (words: string) => sentence(withOutcome(words, ctx, refusal).replaceAll('{provider}', () => provider))
  return {
    status,
    heading: refusal?.heading ?? fill(own.heading ?? heading),
    text: refusal?.sentence ?? fill(own.text ?? text),
    who: refusal?.who === undefined ? null : { provider: sentence(provider), text: refusal.who },
    actions: own.actions ?? actionsOf(deps, ctx, code, own.next ?? next, refusal),
    quote: refusal?.providerMessage ? { who: sentence(provider), text: refusal.providerMessage } : null,
    ...(deps.local ? forDevelopers(deps, ctx, refused, name) : { cause: null, hint: null }),
    code,
    requestId: ctx.state.requestId,
  }
}

/** In local alone: what happened, and what to do about it. */
const forDevelopers = (deps: Deps, ctx: Context, { code, cause }: Refused, provider: string | undefined) => ({
  cause: { text: cause.text, frame: cause.frame ?? null },
  hint: operatorHint(deps, ctx, { code, failure: cause.failure, provider }),
})

/** The name of the provider that it is about. */
export const providerOf = ({ state }: Context, error: unknown): string | undefined =>
  (error instanceof Refusal ? error.retry?.provider : undefined) ??
  state.endedSession?.provider ??
  state.provider ??
  state.session?.provider

/** One code can have several causes that a person can tell apart; then the page names the one that fits. */
function problemOf(deps: Deps, ctx: Context, { code, cause, error }: Refused): Problem {
  const refusal = error instanceof Refusal ? error : undefined
  if (code === 'attempt_missing') return MISSING_ATTEMPT[whyAttemptIsMissing(deps, ctx, refusal)]
  const ended = ctx.state.endedSession && ENDED_SESSION[code]
  const situation = refusal && situationOf(code, refusal)
  return ended ?? situation ?? variantOf(code, cause.failure) ?? PROBLEMS[code]
}

/** A text ends with the outcome. For a person who is signed in the usual sentence would be wrong. */
function withOutcome(text: string, { state }: Context, refusal: Refusal | undefined): string {
  if (!state.user) return text
  const { name } = person(state.user)
  const outcome = refusal?.connecting ? 'Nothing was connected.' : 'Nothing was lost.'
  return text.replaceAll(NOTHING_LOST, () => `${outcome} You are still signed in as ${name}.`)
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
