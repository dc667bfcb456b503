import { AccountError } from '../../accounts/errors.js'
import type { Context } from '../context.js'
import type { WebDeps } from '../deps.js'
import { presentUser } from '../present/user.js'
import { errorActions } from './actions.js'
import type { Cause } from './cause.js'
import { situationPage, variantPage } from './error-page-variants.js'
import {
  ENDED_SESSION_PAGES,
  ERROR_PAGES,
  type ErrorCode,
  type ErrorPage,
  MISSING_ATTEMPT_PAGES,
  NOTHING_LOST,
} from './error-pages.js'
import { missingAttemptReason, operatorHint } from './hints.js'
import type { ErrorPageOverrides } from './http-error.js'

interface CaughtError {
  code: ErrorCode
  cause: Cause
  error: unknown
  overrides: ErrorPageOverrides
}

/** What the view of an error shows. */
export type ErrorView = ReturnType<typeof createErrorView>

export function createErrorView(deps: WebDeps, ctx: Context, caught: CaughtError) {
  const { code, error, overrides } = caught
  const accountError = error instanceof AccountError ? error : undefined
  const { status, heading, text, action: next } = errorPageFor(deps, ctx, caught)
  const name = providerOfError(ctx, error)
  const provider = deps.providerLabels.get(name ?? '') ?? 'the provider'
  const fill = (template: string) =>
    capitalize(withOutcome(template, ctx, accountError).replaceAll('{provider}', () => provider))
  return {
    status,
    heading: accountError?.heading ?? fill(overrides.heading ?? heading),
    text: accountError?.userMessage ?? fill(overrides.text ?? text),
    who:
      accountError?.refusedUser === undefined
        ? null
        : { provider: capitalize(provider), text: accountError.refusedUser },
    actions: overrides.actions ?? errorActions(deps, ctx, code, overrides.action ?? next, accountError),
    quote: accountError?.providerMessage ? { who: capitalize(provider), text: accountError.providerMessage } : null,
    ...(deps.local ? forDevelopers(deps, ctx, caught, name) : { cause: null, hint: null }),
    code,
    requestId: ctx.state.requestId,
  }
}

/** In local alone: what happened, and what to do about it. */
const forDevelopers = (deps: WebDeps, ctx: Context, { code, cause }: CaughtError, provider: string | undefined) => ({
  cause: { text: cause.text, frame: cause.frame ?? null },
  hint: operatorHint(deps, ctx, { code, failure: cause.failure, provider }),
})

/** The name of the provider that it is about. */
export const providerOfError = ({ state }: Context, error: unknown): string | undefined =>
  (error instanceof AccountError ? error.retry?.provider : undefined) ??
  state.endedSession?.provider ??
  state.provider ??
  state.session?.provider

/** One code can have several causes that a person can tell apart; then the page names the one that fits. */
function errorPageFor(deps: WebDeps, ctx: Context, { code, cause, error }: CaughtError): ErrorPage {
  const accountError = error instanceof AccountError ? error : undefined
  if (code === 'attempt_missing') return MISSING_ATTEMPT_PAGES[missingAttemptReason(deps, ctx, accountError)]
  const ended = ctx.state.endedSession && ENDED_SESSION_PAGES[code]
  const situation = accountError && situationPage(code, accountError)
  return ended ?? situation ?? variantPage(code, cause.failure) ?? ERROR_PAGES[code]
}

/** A text ends with the outcome. For a person who is signed in the usual sentence would be wrong. */
function withOutcome(text: string, { state }: Context, accountError: AccountError | undefined): string {
  if (!state.user) return text
  const { name } = presentUser(state.user)
  const outcome = accountError?.isLinking ? 'Nothing was connected.' : 'Nothing was lost.'
  return text.replaceAll(NOTHING_LOST, () => `${outcome} You are still signed in as ${name}.`)
}

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
