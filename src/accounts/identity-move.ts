import type { IdentityMove, IssuerOfProvider, MoveConflict, MoveCounts, Store, Tables } from '../store/types.js'
import { eventOf } from './trail.js'

/** Rows of one statement: a database server that is silent for ten seconds counts as dead. */
const BATCH = 2_000
const SHOWN_CONFLICTS = 20

/** What a move did, or would do. */
export interface Move {
  counts: MoveCounts
  /** The first of them. Where there is one, nothing is moved. */
  conflicts: readonly MoveConflict[]
}

/** What a move would do. Changes nothing. */
export async function previewMove({ identityMoves }: Pick<Tables, 'identityMoves'>, move: IdentityMove): Promise<Move> {
  const counts = await identityMoves.count(move)
  const conflicts = counts.conflicts > 0 ? await identityMoves.conflicts(move, SHOWN_CONFLICTS) : []
  return { counts, conflicts }
}

/**
 * Gives all identities of one issuer of one provider another key, in one transaction: all of them, or none where one
 * of the new keys belongs to another user.
 * @param actor the operator's system user
 */
export function moveIdentities(
  store: Pick<Store, 'transaction'>,
  move: IdentityMove,
  actor: string,
  { now, progress }: { now: number; progress(done: number, total: number): void },
): Promise<Move> {
  return store.transaction(async tables => {
    const preview = await previewMove(tables, move)
    const { identities, conflicts, duplicates } = preview.counts
    if (conflicts > 0 || identities === 0) return preview
    if (duplicates > 0) await tables.identityMoves.removeDuplicates(move)
    const total = identities - duplicates
    for (let after = '', done = 0; ; done += BATCH) {
      progress(Math.min(done, total), total)
      const moved = await tables.identityMoves.moveNext(move, after, BATCH, now)
      if (!moved) break
      after = moved.last
    }
    const code = `${nameOf(move.from)} -> ${nameOf(move.to)}`
    const { provider } = move.to
    await tables.events.insert(eventOf({ kind: 'identities-moved', code, provider, actor }, now))
    return preview
  })
}

/** As an operator reads it: a provider without issuers (OAuth 2.0) has none. */
const nameOf = ({ provider, issuer }: IssuerOfProvider): string => `${provider} ${issuer || '(no issuer)'}`
