import type { Store, Tables } from '../store/types.js'
import type { Deps } from './deps.js'
import { type GiveBackDeps, type GivenBack, giveBack, takeTokens } from './tokens/revocation.js'
import { eventOf } from './trail.js'

/** What went with an account. */
export interface Removed {
  connections: number
  sessions: number
  /** Tokens that their providers take back, once the transaction has committed. */
  given: readonly GivenBack[]
}

/**
 * Removes an account with all that belongs to it: identities, tokens, sessions, roles, and every event that names the
 * person. The caller has locked the user, and writes the event without a user.
 */
export async function removeAccount(deps: Pick<Deps, 'providers'>, tables: Tables, userId: string): Promise<Removed> {
  const identities = await tables.identities.ofUser(userId)
  const given: GivenBack[] = []
  for (const identity of identities) given.push(...(await takeTokens(deps, tables, identity)))
  const sessions = await tables.sessions.removeAllOfUser(userId)
  await tables.users.remove(userId)
  return { connections: identities.length, sessions, given }
}

/**
 * Deletes an account for an operator, with the same ends as the person's own deletion.
 * @param actor the operator's system user
 * @returns undefined where the account was deleted meanwhile
 */
export async function deleteAccount(
  deps: GiveBackDeps & { store: Pick<Store, 'transaction'> },
  userId: string,
  actor: string,
  now: number,
): Promise<Removed | undefined> {
  const removed = await deps.store.transaction(async tables => {
    if (!(await tables.users.lock(userId, now))) return undefined
    const removed = await removeAccount(deps, tables, userId)
    await tables.events.insert(eventOf({ kind: 'account-deleted', code: 'operator', actor }, now))
    return removed
  })
  if (removed) giveBack(deps, removed.given)
  return removed
}
