import { type Failure, isTransient, type Refusal } from '../accounts/refusal.js'
import { LASTING, NOTHING_LOST, PROBLEMS, type Problem, type ProblemCode, SITUATIONS } from './problems.js'
import { CODE_REFUSED } from './step-hints.js'

/** The words for what is known besides the code. */
export function situationOf(code: ProblemCode, { connecting, situation }: Refusal): Problem | undefined {
  if (code === 'provider_denied' && connecting) return SITUATIONS.connection_denied
  return situation && SITUATIONS[situation]
}

/** One code can have several causes that a visitor can tell apart, and only some of them pass by themselves. */
export function variantOf(code: ProblemCode, failure: Failure): Problem | undefined {
  const { hint, step, oauthError = '' } = failure
  if (hint === 'issuer_missing') return ISSUER_MISSING
  if (hint === 'verifier_missing') return VERIFIER_MISSING
  if (hint === 'unknown_key') return UNKNOWN_KEY
  if (code !== 'provider_error') return undefined
  if (isTransient(failure)) return IN_TROUBLE
  return step === 'token' && CODE_REFUSED.includes(oauthError) ? CODE_WORKS_NO_MORE : undefined
}

const ISSUER_MISSING: Problem = {
  ...PROBLEMS.issuer_mismatch,
  heading: '{provider} did not say who it is',
  text: `Its answer has to name {provider}, and does not. ${LASTING} ${NOTHING_LOST}`,
  next: 'later',
}

const VERIFIER_MISSING: Problem = {
  ...PROBLEMS.code_missing,
  text: `{provider} sent you back without the verifier that ends a sign-in. ${LASTING} ${NOTHING_LOST}`,
  next: 'later',
}

const UNKNOWN_KEY: Problem = {
  ...PROBLEMS.id_token_invalid,
  text: `It is signed with a key that we do not know yet. Wait a minute, then sign in again. ${NOTHING_LOST}`,
  next: 'retry',
}

const IN_TROUBLE: Problem = {
  ...PROBLEMS.provider_error,
  text: `It answered with an error of its own. Try again in a moment. ${NOTHING_LOST}`,
  next: 'retry',
}

const CODE_WORKS_NO_MORE: Problem = {
  ...PROBLEMS.provider_error,
  text: `The answer that you came back with is too old, or was used before. Sign in again. ${NOTHING_LOST}`,
  next: 'retry',
}
