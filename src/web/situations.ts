import type { Refusal } from '../accounts/refusal.js'
import { NOTHING_LOST, type Problem, type ProblemCode, SITUATIONS } from './problems.js'

/** The words for what is known besides the code; undefined where the code says all. */
export function situationOf(code: ProblemCode, refusal: Refusal | undefined): Problem | undefined {
  if (code === 'provider_denied' && refusal?.connecting) return SITUATIONS.connection_denied
  return refusal?.situation && SITUATIONS[refusal.situation]
}

/**
 * A text that ends with what became of the visitor, where that is something else than usual.
 * @param name of the person who is signed in in this browser, if there is one
 */
export function withOutcome(text: string, name: string | undefined, connecting: boolean): string {
  if (name === undefined) return text
  const outcome = connecting ? 'Nothing was connected.' : 'Nothing was lost.'
  return text.replaceAll(NOTHING_LOST, () => `${outcome} You are still signed in as ${name}.`)
}
