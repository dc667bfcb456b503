import { withCallSlot } from '../call-slot.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError } from '../errors.js'
import type { AuthorizationResponse, ExternalIdentity, Protocol } from '../protocols/protocol.js'
import { EXCHANGE_TIMEOUT_MS } from '../time-limits.js'
import { type Attempt, attemptHash, retryTargetOf } from './attempt.js'

/**
 * Spends the code, once. The slot comes first, because a busy provider must cost nobody their attempt; the mark comes
 * before the code, because of two callers with one answer only one may spend it. One deadline is for all of it.
 */
export async function exchangeCode(
  deps: AccountsDeps,
  protocol: Protocol,
  attempt: Attempt,
  response: AuthorizationResponse,
): Promise<ExternalIdentity> {
  // Without a slot yet: a store that keeps us waiting does so here, and an answer that is shown again takes no place.
  if (await deps.store.usedAttempts.has(attemptHash(attempt))) throw attemptUsed(attempt)
  const use = { purpose: 'sign-in', within: EXCHANGE_TIMEOUT_MS } as const
  return withCallSlot(deps, protocol.name, use, async send => {
    if (!(await deps.store.usedAttempts.markUsed(attemptHash(attempt), deps.now()))) throw attemptUsed(attempt)
    return await protocol.exchangeCode(send, attempt, response)
  })
}

const attemptUsed = (attempt: Attempt) =>
  new AccountError('attempt_used', 'The attempt was used before', { retry: retryTargetOf(attempt) })
