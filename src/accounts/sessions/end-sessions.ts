import type { Tables } from '../../store/types.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import type { EndedBy } from '../hooks.js'
import type { Connection } from '../provider-api/connection.js'

/**
 * A transaction in which sessions end. They are over here at once, also where what comes after the commit fails: tokens
 * that are kept elsewhere are removed only then.
 */
export const withSessionsEnding = <T>(
  { store, sessions }: Pick<AccountsDeps, 'store' | 'sessions'>,
  work: (tables: Tables) => Promise<T>,
): Promise<T> => store.transaction(work).finally(() => sessions.forgetAll())

/** Ends the sessions that were opened with an identity; returns whether there were any. */
export async function endSessionsOfIdentity(
  deps: AccountsDeps,
  tables: Tables,
  { identityId, userId, provider }: Connection,
  by: EndedBy,
): Promise<boolean> {
  const ended = await tables.sessions.removeAllOfIdentity(identityId)
  if (ended === 0) return false
  await tables.events.insert(toEventRow({ kind: 'session-ended', code: by, userId, provider }, deps.now()))
  return true
}

/** Once the transaction has committed. */
export function emitSignedOut(deps: AccountsDeps, { userId, provider }: Connection, by: EndedBy): void {
  deps.sessions.forgetAll()
  deps.hooks.emit('signed-out', { provider, userId, by })
}
