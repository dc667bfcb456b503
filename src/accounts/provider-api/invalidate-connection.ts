import type { ProtocolError } from '../../oauth/errors.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import { emitSignedOut, endSessionsOfIdentity, withSessionsEnding } from '../sessions/end-sessions.js'
import type { Connection } from './connection.js'

/** Whoever answers for somebody else is not believed any more: neither the tokens nor the sessions that came of them. */
export async function invalidateConnection(
  deps: AccountsDeps,
  connection: Connection,
  { code }: ProtocolError,
): Promise<void> {
  const { identityId, userId, provider } = connection
  const ended = await withSessionsEnding(deps, async tables => {
    await tables.users.lock(userId, deps.now())
    await tables.identities.setReconnectNeeded(identityId, deps.now())
    await tables.tokens.remove(identityId)
    const event = { kind: 'refresh-failed', code, userId, provider } as const
    await tables.events.insert(toEventRow(event, deps.now()))
    return endSessionsOfIdentity(tables, connection, 'provider', deps.now())
  })
  if (ended) emitSignedOut(deps, connection, 'provider')
}
