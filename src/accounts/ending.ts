import type { Tables } from '../store/types.js'
import type { Deps } from './deps.js'
import type { EndedBy } from './hooks.js'
import type { Connection } from './tokens/connection.js'
import { eventOf } from './trail.js'

/**
 * A transaction in which sessions end. They are over here at once, also where what comes after the commit fails: tokens
 * that are kept elsewhere are removed only then.
 */
export const endingSessions = <T>(
  { store, sessions }: Pick<Deps, 'store' | 'sessions'>,
  work: (tables: Tables) => Promise<T>,
): Promise<T> => store.transaction(work).finally(() => sessions.forgetAll())

/** Ends the sessions that were opened with an identity; returns whether there were any. */
export async function endSessionsOf(
  deps: Deps,
  tables: Tables,
  { identityId, userId, provider }: Connection,
  by: EndedBy,
): Promise<boolean> {
  const ended = await tables.sessions.removeAllOfIdentity(identityId)
  if (ended === 0) return false
  await tables.events.insert(eventOf({ kind: 'session-ended', code: by, userId, provider }, deps.now()))
  return true
}

/** Once the transaction has committed. */
export function tellEnd(deps: Deps, { userId, provider }: Connection, by: EndedBy): void {
  deps.sessions.forgetAll()
  deps.hooks.tell('signed-out', { provider, userId, by })
}
