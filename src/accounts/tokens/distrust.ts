import type { ProtocolError } from '../../oauth/errors.js'
import type { Deps } from '../deps.js'
import { endingSessions, endSessionsOf, tellEnd } from '../ending.js'
import { eventOf } from '../trail.js'
import type { Connection } from './connection.js'

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
