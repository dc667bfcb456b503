import { type AccountError, type FailedExchange, isTransient } from '../../accounts/errors.js'
import {
  ADMINISTRATOR_NEEDED,
  ERROR_PAGES,
  type ErrorCode,
  type ErrorPage,
  NOTHING_LOST,
  SITUATION_PAGES,
} from './error-pages.js'
import { REJECTED_CODE_ERRORS } from './step-hints.js'

/** The words for what is known besides the code. */
export function situationPage(
  code: ErrorCode,
  { isLinking: connecting, situation }: AccountError,
): ErrorPage | undefined {
  if (code === 'provider_denied' && connecting) return SITUATION_PAGES.connection_denied
  return situation && SITUATION_PAGES[situation]
}

/** One code can have several causes that a visitor can tell apart, and only some of them pass by themselves. */
export function variantPage(code: ErrorCode, failure: FailedExchange): ErrorPage | undefined {
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
