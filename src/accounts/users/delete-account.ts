import type { Store, Tables } from '../../store/types.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import { type RevokeDeps, removeTokens, revokeInBackground, type TokensToRevoke } from '../provider-api/revoke.js'
import { type ActiveSession, lockAccount } from '../sessions/active-session.js'
import { withSessionsEnding } from '../sessions/end-sessions.js'

/** What was removed with an account. */
export interface RemovedUser {
  connections: number
  sessions: number
  /** To be revoked at the providers when the transaction has committed. */
  tokensToRevoke: readonly TokensToRevoke[]
}

/** Deletes the account of a session with all that belongs to it. What is left is an event that names no user. */
export async function deleteAccount(deps: AccountsDeps, session: ActiveSession): Promise<void> {
  const { user, provider } = session
  const { tokensToRevoke } = await withSessionsEnding(deps, async tables => {
    // Otherwise a user who has just been disabled could delete the account first, and sign in again to a new one.
    await lockAccount(tables, session, deps.now())
    const removed = await removeUser(deps, tables, user.id)
    await tables.events.insert(toEventRow({ kind: 'account-deleted', provider }, deps.now()))
    return removed
  })
  revokeInBackground(deps, tokensToRevoke)
  deps.hooks.emit('signed-out', { provider, userId: user.id, by: 'person' })
}

/**
 * Deletes an account for an operator, with the same results as the user's own deletion.
 * @param actor the operator's system user
 * @returns undefined where the account was deleted meanwhile
 */
export async function deleteAccountAsOperator(
  deps: RevokeDeps & { store: Pick<Store, 'transaction'> },
  userId: string,
  actor: string,
  now: number,
): Promise<RemovedUser | undefined> {
  const removed = await deps.store.transaction(async tables => {
    if (!(await tables.users.lock(userId, now))) return undefined
    const removed = await removeUser(deps, tables, userId)
    await tables.events.insert(toEventRow({ kind: 'account-deleted', code: 'operator', actor }, now))
    return removed
  })
  if (removed) revokeInBackground(deps, removed.tokensToRevoke)
  return removed
}

/**
 * Removes a user with identities, tokens, sessions, roles, and every event that names the user. The caller has locked the
 * user, and writes the event without a user.
 */
async function removeUser(deps: Pick<AccountsDeps, 'providers'>, tables: Tables, userId: string): Promise<RemovedUser> {
  const identities = await tables.identities.listOfUser(userId)
  const tokensToRevoke: TokensToRevoke[] = []
  for (const identity of identities) tokensToRevoke.push(...(await removeTokens(deps, tables, identity)))
  const sessions = await tables.sessions.removeAllOfUser(userId)
  await tables.users.remove(userId)
  return { connections: identities.length, sessions, tokensToRevoke }
}
