import type { Store, Tables } from '../../store/types.js'
import { toEventRow } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import { type RevokeDeps, removeTokens, revokeInBackground, type TokensToRevoke } from '../provider-api/revoke.js'

/** What went with an account. */
export interface RemovedUser {
  connections: number
  sessions: number
  /** Tokens that their providers take back, once the transaction has committed. */
  tokensToRevoke: readonly TokensToRevoke[]
}

/**
 * Removes an account with all that belongs to it: identities, tokens, sessions, roles, and every event that names the
 * person. The caller has locked the user, and writes the event without a user.
 */
export async function removeUser(
  deps: Pick<AccountsDeps, 'providers'>,
  tables: Tables,
  userId: string,
): Promise<RemovedUser> {
  const identities = await tables.identities.listOfUser(userId)
  const tokensToRevoke: TokensToRevoke[] = []
  for (const identity of identities) tokensToRevoke.push(...(await removeTokens(deps, tables, identity)))
  const sessions = await tables.sessions.removeAllOfUser(userId)
  await tables.users.remove(userId)
  return { connections: identities.length, sessions, tokensToRevoke: tokensToRevoke }
}

/**
 * Deletes an account for an operator, with the same ends as the person's own deletion.
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
