import assert from 'node:assert/strict'
import { hasErrorCode } from '../../src/accounts/errors.js'

export type Coded = Error & { code: string; providerMessage?: string }

/** What came of work that may end with a value, or with an error of ours. */
export type Outcome<T> = { value: T; error?: never } | { value?: never; error: Coded }

/** Does work that may throw errors of these codes and nothing else. */
export function outcomeOf<T>(work: () => T, codes: readonly string[]): Outcome<T> {
  try {
    return { value: work() }
  } catch (error) {
    return { error: expected(error, codes) }
  }
}

/** The same for work that waits. */
export async function outcomeSoon<T>(work: () => Promise<T>, codes: readonly string[]): Promise<Outcome<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error: expected(error, codes) }
  }
}

function expected(error: unknown, codes: readonly string[]): Coded {
  if (!hasErrorCode(error)) throw error
  assert.ok(codes.includes(error.code), `${error.code} is not expected here`)
  // It names the rules that come nearest, and the whole id of the person.
  assertPlain(error.message, error.code === 'not_admitted' ? 2_000 : 400)
  if (error.providerMessage !== undefined) assertPlain(error.providerMessage, 200)
  return error
}

/** One line of bounded length that cannot turn the reading direction of what follows it. */
export function assertPlain(text: string, max: number): void {
  assert.ok(Array.from(text).length <= max, `${text.length} characters`)
  assert.doesNotMatch(text, /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
}
