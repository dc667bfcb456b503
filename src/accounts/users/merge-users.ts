import type { Store, Tables, User } from '../../store/types.js'
import { toEventRow } from '../audit-log.js'

/** A merge that is not allowed. `message` is for the operator. */
export class MergeError extends Error {
  override readonly name = 'MergeError'
  /** @param code for machines */
  constructor(
    readonly code: 'same_user' | 'disabled' | 'gone',
    message: string,
  ) {
    super(message)
  }
}

export interface MergeResult {
  connections: number
  /** Of the account that was removed. */
  sessions: number
  /** With the name that the account has now. */
  user: User
}

/**
 * Moves the connections of one account to another, ends its sessions and removes it. Events move too, because the audit
 * log belongs to the person; roles belong to identities.
 * @param actor the operator's system user
 * @throws MergeError
 */
export function mergeUsers(
  store: Pick<Store, 'transaction'>,
  { into, from }: { into: string; from: string },
  actor: string,
  now: number,
): Promise<MergeResult> {
  return store.transaction(async tables => {
    // Always in the same order, so that two merges of the same accounts do not wait for each other.
    for (const id of [into, from].sort()) await tables.users.lock(id, now)
    const [remaining, removed] = [await tables.users.find(into), await tables.users.find(from)]
    if (!remaining || !removed)
      throw new MergeError('gone', 'One of the accounts was deleted meanwhile. Nothing was changed.')
    requireMergeable(remaining, removed)
    const sessions = await tables.sessions.removeAllOfUser(from)
    const connections = await moveIdentitiesToUser(tables, remaining, removed, now)
    await tables.events.insert(toEventRow({ kind: 'accounts-merged', code: from, userId: into, actor }, now))
    await tables.users.remove(from)
    return { connections, sessions, user: (await tables.users.find(into)) ?? remaining }
  })
}

/**
 * A merge must neither enable a disabled account nor disable an enabled one, so the operator decides first.
 * @throws MergeError
 */
export function requireMergeable(into: User, from: User): void {
  if (into.id === from.id) throw new MergeError('same_user', `Both are the same account, ${into.id}.`)
  const disabled = [into, from].find(({ disabledAt }) => disabledAt !== null)
  if (!disabled) return
  throw new MergeError(
    'disabled',
    `The account ${disabled.id} is disabled, so nothing was changed. To let this person in again, first run:\n` +
      `  npx vestibule users enable ${disabled.id}\n` +
      'To keep them out, disable the other account too after the merge, or delete this one instead of merging it.',
  )
}

/** An account has the name of its oldest identity, also where that one comes from the other account. */
async function moveIdentitiesToUser(tables: Tables, remaining: User, removed: User, now: number): Promise<number> {
  const own = new Set((await tables.identities.listOfUser(remaining.id)).map(({ id }) => id))
  const moved = await tables.identityMoves.moveToUser(removed.id, remaining.id)
  const [oldest] = await tables.identities.listOfUser(remaining.id)
  if (oldest && !own.has(oldest.id)) await tables.users.update(remaining.id, removed, now)
  return moved
}
