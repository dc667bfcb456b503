import type { IdentityMove, MoveConflict, MoveCounts, ProviderIssuer, Store, Tables } from '../../store/types.js'
import { toEventRow } from '../audit-log.js'

/** Rows of one statement: a database server that does not respond for ten seconds counts as down. */
const BATCH_ROWS = 2_000
const MAX_CONFLICTS = 20

/** The result of a move, or of its preview. */
export interface MoveResult {
  counts: MoveCounts
  /** The first conflicts. If there is one, nothing is moved. */
  conflicts: readonly MoveConflict[]
}

/** What a move would do. It changes nothing. */
export async function previewMove(
  { identityMoves }: Pick<Tables, 'identityMoves'>,
  move: IdentityMove,
): Promise<MoveResult> {
  const counts = await identityMoves.count(move)
  const conflicts = counts.conflicts > 0 ? await identityMoves.listConflicts(move, MAX_CONFLICTS) : []
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
): Promise<MoveResult> {
  return store.transaction(async tables => {
    const preview = await previewMove(tables, move)
    const { identities, conflicts, duplicates } = preview.counts
    if (conflicts > 0 || identities === 0) return preview
    if (duplicates > 0) await tables.identityMoves.removeDuplicates(move)
    const total = identities - duplicates
    for (let after = '', done = 0; ; done += BATCH_ROWS) {
      progress(Math.min(done, total), total)
      const moved = await tables.identityMoves.moveNextBatch(move, after, BATCH_ROWS, now)
      if (!moved) break
      after = moved.last
    }
    const code = `${describeIssuer(move.from)} -> ${describeIssuer(move.to)}`
    const { provider } = move.to
    await tables.events.insert(toEventRow({ kind: 'identities-moved', code, provider, actor }, now))
    return preview
  })
}

/** For the operator. A provider without issuers (OAuth 2.0) has an empty one. */
const describeIssuer = ({ provider, issuer }: ProviderIssuer): string => `${provider} ${issuer || '(no issuer)'}`
