import type { Store } from '../types.js'

/** The database's tables are not those of this build. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
  readonly code = 'store_unavailable'
}

/** A write that succeeded counts for so long, for everyone who asks. */
const WRITABLE_CACHE_MS = 5_000

/**
 * Passes only where a sign-in would succeed now: the tables are ours, and they can be written. However many ask, one check
 * runs at a time, and where nobody asks nothing is written.
 */
export function createReadyCheck(store: Store, now: () => number): () => Promise<void> {
  let checkedAt = Number.NEGATIVE_INFINITY
  let checking: Promise<void> | undefined

  const check = async () => {
    const startedAt = now()
    await store.checkWritable()
    checkedAt = startedAt
  }

  return async () => {
    await requireCurrentSchema(store)
    const ageMs = now() - checkedAt
    // A clock that was put back says nothing about how long ago it was.
    if (ageMs >= 0 && ageMs < WRITABLE_CACHE_MS) return
    checking ??= check().finally(() => {
      checking = undefined
    })
    await checking
  }
}

/** Passes only where the database answers and its migrations are exactly ours. */
export async function requireCurrentSchema(store: Pick<Store, 'schema'>): Promise<void> {
  const { state, missing, unknown } = await store.schema()
  if (state === 'older') {
    throw new SchemaError(
      `The database is older than this build: ${migrationList(missing)} not run. Run: npx vestibule migrate`,
    )
  }
  if (state === 'newer') {
    throw new SchemaError(
      `The database is newer than this build, which does not know ${unknown.join(', ')}. Start the build that ran ${
        unknown.length === 1 ? 'it' : 'them'
      }, or a newer one.`,
    )
  }
}

const migrationList = (names: readonly string[]): string =>
  names.length === 1 ? `the migration ${names[0]} has` : `the migrations ${names.join(', ')} have`
