import type { ProtocolError } from '../oauth/errors.js'
import type { Tables } from '../store/types.js'
import type { Deps } from './deps.js'
import { endingSessions } from './ending.js'
import type { Connection } from './renewal.js'
import { eventOf } from './trail.js'

/** Whoever answers for somebody else is not believed any more: neither the tokens nor the sessions that came of them. */
export async function distrust(deps: Deps, connection: Connection, { code }: ProtocolError): Promise<void> {
  const { identityId, userId, provider } = connection
  const ended = await endingSessions(deps, async tables => {
    await tables.users.lock(userId, deps.now())
    await tables.identities.needReconnect(identityId, deps.now())
    await tables.tokens.remove(identityId)
    const event = { kind: 'refresh-failed', code, userId, provider } as const
    await tables.events.insert(eventOf(event, deps.now()))
    return endSessionsOf(deps, tables, connection, 'provider')
  })
  if (ended) tellEnd(deps, connection, 'provider')
}

/** Ends the sessions that were opened with an identity; returns whether there were any. */
export async function endSessionsOf(
  deps: Deps,
  tables: Tables,
  { identityId, userId, provider }: Connection,
  by: 'provider' | 'rules',
): Promise<boolean> {
  const ended = await tables.sessions.removeAllOfIdentity(identityId)
  if (ended === 0) return false
  await tables.events.insert(eventOf({ kind: 'session-ended', code: by, userId, provider }, deps.now()))
  return true
}

/** Once the transaction has committed. */
export function tellEnd(deps: Deps, { userId, provider }: Connection, by: 'provider' | 'rules'): void {
  deps.sessions.forgetAll()
  deps.hooks.tell('signed-out', { provider, userId, by })
}
