import { type Attempt, attemptMark, retryOf } from './attempt.js'
import type { Deps } from './deps.js'
import type { Credential, Protocol, Told } from './protocols/protocol.js'
import { Refusal } from './refusal.js'
import { withSlot } from './slot.js'
import { EXCHANGE_TIMEOUT_MS } from './time-limits.js'

/**
 * Spends the code, once. The slot comes first, because a busy provider must cost nobody their attempt; the mark comes
 * before the code, because of two callers with one answer only one may spend it. One deadline is for all of it.
 */
export async function exchange(
  deps: Deps,
  protocol: Protocol,
  attempt: Attempt,
  credential: Credential,
): Promise<Told> {
  // Without a slot yet: a store that keeps us waiting does so here, and an answer that is shown again takes no place.
  if (await deps.store.usedAttempts.has(attemptMark(attempt))) throw usedBefore(attempt)
  const use = { purpose: 'sign-in', within: EXCHANGE_TIMEOUT_MS } as const
  return withSlot(deps, protocol.name, use, async send => {
    if (!(await deps.store.usedAttempts.use(attemptMark(attempt), deps.now()))) throw usedBefore(attempt)
    return await protocol.spend(send, attempt, credential)
  })
}

const usedBefore = (attempt: Attempt) =>
  new Refusal('attempt_used', 'The attempt was used before', { retry: retryOf(attempt) })
