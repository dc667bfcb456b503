import { AccountError, type FailedExchange, isTransient } from '../../accounts/errors.js'
import type { Context } from '../context.js'
import type { WebDeps } from '../deps.js'
import { presentUser } from '../present/user.js'
import { errorActions } from './actions.js'
import type { Cause } from './cause.js'
import {
  ADMINISTRATOR_NEEDED,
  ENDED_SESSION_PAGES,
  ERROR_PAGES,
  type ErrorCode,
  type ErrorPage,
  MISSING_ATTEMPT_PAGES,
  type MissingAttemptReason,
  NOTHING_LOST,
  SITUATION_PAGES,
} from './error-pages.js'
import { operatorHint, REJECTED_CODE_ERRORS } from './hints.js'
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
  const page = errorPageFor(deps, ctx, caught, accountError)
  const name = providerOfError(ctx, error)
  const provider = deps.providers.get(name ?? '')?.label ?? 'the provider'
  const fill = (template: string) =>
    capitalize(withOutcome(template, ctx, accountError).replaceAll('{provider}', () => provider))
  return {
    status: page.status,
    heading: accountError?.heading ?? fill(overrides.heading ?? page.heading),
    text: accountError?.userMessage ?? fill(overrides.text ?? page.text),
    who:
      accountError?.refusedUser === undefined
        ? null
        : { provider: capitalize(provider), text: accountError.refusedUser },
    actions: overrides.actions ?? errorActions(deps, ctx, code, overrides.action ?? page.action, accountError),
    quote: accountError?.providerMessage ? { who: capitalize(provider), text: accountError.providerMessage } : null,
    ...(deps.local ? developerNotes(deps, caught, accountError, name) : { cause: null, hint: null }),
    code,
    requestId: ctx.state.requestId,
  }
}

/** In local only: what happened, and what to do about it. */
const developerNotes = (
  deps: WebDeps,
  { code, cause }: CaughtError,
  accountError: AccountError | undefined,
  provider: string | undefined,
) => ({
  cause: { text: cause.text, frame: cause.frame ?? null },
  hint: operatorHint(deps, { code, failure: cause.failure, provider, accountError }),
})

/** The name of the provider that an error is about. */
export const providerOfError = ({ state }: Context, error: unknown): string | undefined =>
  (error instanceof AccountError ? error.retry?.provider : undefined) ??
  state.endedSession?.provider ??
  state.provider ??
  state.session?.provider

/** One code can have several causes that a user can tell apart; then the page names the one that fits. */
function errorPageFor(
  deps: WebDeps,
  ctx: Context,
  { code, cause }: CaughtError,
  accountError: AccountError | undefined,
): ErrorPage {
  if (code === 'attempt_missing') return MISSING_ATTEMPT_PAGES[missingAttemptReason(deps, ctx, accountError)]
  const ended = ctx.state.endedSession && ENDED_SESSION_PAGES[code]
  const situation = accountError && situationPage(code, accountError)
  return ended ?? situation ?? variantPage(code, cause.failure) ?? ERROR_PAGES[code]
}

/** A browser that sends no cookie at all stores none of ours. One that came under another name of this site cannot send it. */
function missingAttemptReason(
  { hostMismatches }: WebDeps,
  ctx: Context,
  error: AccountError | undefined,
): MissingAttemptReason {
  if (hostMismatches.find(error?.attemptId)?.origin) return 'changed_host'
  if (error?.missingBecause) return error.missingBecause
  return ctx.headers.cookie ? 'other_browser' : 'no_cookies'
}

/** The page for what is known besides the code. */
function situationPage(code: ErrorCode, { isLinking, situation }: AccountError): ErrorPage | undefined {
  if (code === 'provider_denied' && isLinking) return SITUATION_PAGES.connection_denied
  return situation && SITUATION_PAGES[situation]
}

/** The page for a cause that the error code does not tell apart. Only some of these causes go away without a change. */
function variantPage(code: ErrorCode, failure: FailedExchange): ErrorPage | undefined {
  const { hint, step, oauthError = '' } = failure
  if (hint === 'issuer_missing') return ISSUER_MISSING
  if (hint === 'verifier_missing') return VERIFIER_MISSING
  if (hint === 'unknown_key') return UNKNOWN_KEY
  if (code !== 'provider_error') return undefined
  if (isTransient(failure)) return PROVIDER_FAILING
  return step === 'token' && REJECTED_CODE_ERRORS.includes(oauthError) ? CODE_EXPIRED : undefined
}

const ISSUER_MISSING: ErrorPage = {
  ...ERROR_PAGES.issuer_mismatch,
  heading: '{provider} did not say who it is',
  text: `Its answer has to name {provider}, and does not. ${ADMINISTRATOR_NEEDED} ${NOTHING_LOST}`,
  action: 'later',
}

const VERIFIER_MISSING: ErrorPage = {
  ...ERROR_PAGES.code_missing,
  text: `{provider} sent you back without the verifier that ends a sign-in. ${ADMINISTRATOR_NEEDED} ${NOTHING_LOST}`,
  action: 'later',
}

const UNKNOWN_KEY: ErrorPage = {
  ...ERROR_PAGES.id_token_invalid,
  text: `It is signed with a key that we do not know yet. Wait a minute, then sign in again. ${NOTHING_LOST}`,
  action: 'retry',
}

const PROVIDER_FAILING: ErrorPage = {
  ...ERROR_PAGES.provider_error,
  text: `It answered with an error of its own. Try again in a moment. ${NOTHING_LOST}`,
  action: 'retry',
}

const CODE_EXPIRED: ErrorPage = {
  ...ERROR_PAGES.provider_error,
  text: `The answer that you came back with is too old, or was used before. Sign in again. ${NOTHING_LOST}`,
  action: 'retry',
}

/** A text ends with the outcome. For a signed-in user the usual sentence would be wrong. */
function withOutcome(text: string, { state }: Context, accountError: AccountError | undefined): string {
  if (!state.user) return text
  const { name } = presentUser(state.user)
  const outcome = accountError?.isLinking ? 'Nothing was connected.' : 'Nothing was lost.'
  return text.replaceAll(NOTHING_LOST, () => `${outcome} You are still signed in as ${name}.`)
}

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
