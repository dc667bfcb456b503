import { setTimeout as wait } from 'node:timers/promises'
import type { SealedRow, Store } from './types.js'

// A process that waits for an SQLite file waits for a whole batch, and for what the batch leaves in the log.
const BATCH_ROWS = 100
// SQLite responds without a pause: the event loop would see no signal before the end, and no other writer would get in.
const BATCH_PAUSE_MS = 5

/** How many rows of tokens are sealed under a key. */
export type KeyUse = Pick<SealedRow, 'keyId' | 'key'> & { rows: number }

/** The keys that rows of tokens are sealed under, the newest first. */
export async function keysInUse({ sealedRows }: Pick<Store, 'sealedRows'>): Promise<KeyUse[]> {
  const uses = new Map<string, KeyUse>()
  for (let rows = await sealedRows.read(undefined, BATCH_ROWS); rows.length > 0; ) {
    for (const { keyId, key } of rows) uses.set(keyId, { keyId, key, rows: (uses.get(keyId)?.rows ?? 0) + 1 })
    rows = await sealedRows.read(rows.at(-1), BATCH_ROWS)
  }
  const ages: SealedRow['key'][] = ['newest', 'older', 'unknown']
  return [...uses.values()].sort((one, other) => ages.indexOf(one.key) - ages.indexOf(other.key))
}

/** The result of a rotation. */
export interface Rotation {
  /** The rows that it has processed. */
  rows: number
  /** The rows that it sealed under the newest key. */
  resealed: number
  /** The rows that are sealed under another key and do not open; they stay as they are. */
  unopened: number
  /** It was stopped before the end; the next rotation goes on from there. */
  stopped: boolean
}

type RotationStore = Pick<Store, 'sealedRows' | 'transaction' | 'checkpoint'>

interface RotationOptions {
  /** When aborted, the rotation stops after the current batch. */
  stop: AbortSignal
  progress(done: number, total: number): void
}

/** Seals every row of tokens under the newest key, 100 at a time, while the app may be running. */
export async function rotateKeys(store: RotationStore, { stop, progress }: RotationOptions): Promise<Rotation> {
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
    // A process that changed a row may have used an older key, so the batch is read again.
    if (changed > 0) continue
    rotation.unopened += unopened
    rotation.rows += rows.length
    after = rows.at(-1)
  }
}

/** Opens and seals before the transaction, so that it is short. If there is nothing to write, there is no transaction. */
async function resealBatch(store: RotationStore, rows: readonly SealedRow[]) {
  const stale = rows.filter(({ key }) => key !== 'newest')
  const attempts = stale.map(row => ({ row, values: store.sealedRows.reseal(row) }))
  const ready = attempts.flatMap(({ row, values }) => (values ? { row, values } : []))
  const counts = { resealed: 0, unopened: stale.length - ready.length, changed: 0 }
  if (ready.length === 0) return counts
  return await store.transaction(async ({ sealedRows }) => {
    const total = { ...counts }
    for (const { row, values } of ready) total[(await sealedRows.replace(row, values)) ? 'resealed' : 'changed']++
    return total
  })
}
