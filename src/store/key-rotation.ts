import { setTimeout as wait } from 'node:timers/promises'
import type { SealedRow, Store } from './types.js'

// Whoever waits for an SQLite file waits for a batch, and for what it leaves in the log.
const BATCH_ROWS = 100
// SQLite answers at once: without a rest no signal would be heard before the end, and no other writer have a turn.
const BATCH_PAUSE_MS = 5

/** How many rows of tokens lie under a key. */
export type KeyUse = Pick<SealedRow, 'keyId' | 'key'> & { rows: number }

/** The keys that rows of tokens lie under, the newest first. */
export async function keysInUse({ sealedRows: tokenSeals }: Store): Promise<KeyUse[]> {
  const uses = new Map<string, KeyUse>()
  for (let rows = await tokenSeals.read(undefined, BATCH_ROWS); rows.length > 0; ) {
    for (const { keyId, key } of rows) uses.set(keyId, { keyId, key, rows: (uses.get(keyId)?.rows ?? 0) + 1 })
    rows = await tokenSeals.read(rows.at(-1), BATCH_ROWS)
  }
  const ages: SealedRow['key'][] = ['newest', 'older', 'unknown']
  return [...uses.values()].sort((one, other) => ages.indexOf(one.key) - ages.indexOf(other.key))
}

/** How far a rotation came. */
export interface Rotation {
  /** Rows that it has been through. */
  rows: number
  /** Those that it sealed under the newest key. */
  resealed: number
  /** Those that lie under another key and do not open; they are left as they are. */
  unopened: number
  /** It was told to stop before the end; the next one goes on from there. */
  stopped: boolean
}

interface RotationOptions {
  /** Aborted, it stops after the batch under way. */
  stop: AbortSignal
  progress(done: number, total: number): void
}

/** Seals every row of tokens under the newest key, 100 at a time, while the app may be running. */
export async function rotateKeys(store: Store, { stop, progress }: RotationOptions): Promise<Rotation> {
  const rotation: Rotation = { rows: 0, resealed: 0, unopened: 0, stopped: false }
  const total = await store.sealedRows.count()
  for (let after: SealedRow | undefined; ; ) {
    progress(rotation.rows, total)
    await wait(BATCH_PAUSE_MS)
    const rows = await store.sealedRows.read(after, BATCH_ROWS)
    if (rows.length === 0) return rotation
    if (stop.aborted) return { ...rotation, stopped: true }
    const { resealed, unopened, changed } = await resealBatch(store, rows)
    if (resealed > 0) await store.checkpoint()
    rotation.resealed += resealed
    // Whoever changed a row may have used an older key, so the batch is read again.
    if (changed > 0) continue
    rotation.unopened += unopened
    rotation.rows += rows.length
    after = rows.at(-1)
  }
}

/** What can be done before is done before, so that the transaction is short; where nothing is to do there is none. */
async function resealBatch(store: Store, rows: readonly SealedRow[]) {
  const stale = rows.filter(({ key }) => key !== 'newest')
  const attempts = stale.map(row => ({ row, anew: store.sealedRows.reseal(row) }))
  const ready = attempts.flatMap(({ row, anew }) => (anew ? { row, anew } : []))
  const counts = { resealed: 0, unopened: stale.length - ready.length, changed: 0 }
  if (ready.length === 0) return counts
  return await store.transaction(async ({ sealedRows: tokenSeals }) => {
    const total = { ...counts }
    for (const { row, anew } of ready) total[(await tokenSeals.replace(row, anew)) ? 'resealed' : 'changed']++
    return total
  })
}
