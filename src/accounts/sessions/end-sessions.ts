import type { Tables } from '../../store/types.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import type { EndedBy } from '../hooks.js'
import type { Connection } from '../provider-api/connection.js'

/**
 * A transaction in which sessions end. This process forgets all sessions at once, also where a step after the commit
 * fails: tokens in an external store are removed only then.
 */
export const withSessionsEnding = <T>(
  { store, sessions }: Pick<AccountsDeps, 'store' | 'sessions'>,
  work: (tables: Tables) => Promise<T>,
): Promise<T> => store.transaction(work).finally(() => sessions.forgetAll())

/** Ends the sessions that were opened with an identity; returns whether there were any. */
export async function endSessionsOfIdentity(
  tables: Tables,
  { identityId, userId, provider }: Connection,
  by: EndedBy,
  now: number,
): Promise<boolean> {
  const ended = await tables.sessions.removeAllOfIdentity(identityId)
  if (ended === 0) return false
  await tables.events.insert(toEventRow({ kind: 'session-ended', code: by, userId, provider }, now))
  return true
}

/** To be called when the transaction has committed. */
export function emitSignedOut(
  { sessions, hooks }: Pick<AccountsDeps, 'sessions' | 'hooks'>,
  { userId, provider }: Connection,
  by: EndedBy,
): void {
  sessions.forgetAll()
  hooks.emit('signed-out', { provider, userId, by })
}
