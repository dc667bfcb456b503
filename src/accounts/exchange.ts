import { type Attempt, attemptMark, retryOf } from './attempt.js'
import type { Deps } from './deps.js'
import type { Credential, Protocol, Told } from './protocols/protocol.js'
import { Refusal } from './refusal.js'
import { withSlot } from './slot.js'

/**
 * Spends the code, once. The slot comes first, because a busy provider must cost nobody their attempt; the mark comes
 * before the code, because of two callers with one answer only one may spend it.
 */
export function exchange(deps: Deps, protocol: Protocol, attempt: Attempt, credential: Credential): Promise<Told> {
  return withSlot(deps, protocol.name, async send => {
    await markUsed(deps, attempt)
    return await protocol.spend(send, attempt, credential)
  })
}

async function markUsed(deps: Deps, attempt: Attempt): Promise<void> {
  if (await deps.store.usedAttempts.use(attemptMark(attempt), deps.now())) return
  throw new Refusal('attempt_used', 'The attempt was used before', { retry: retryOf(attempt) })
}
