import type { Store } from './types.js'

/** The database's tables are not those of this build. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
  readonly code = 'store_unavailable'
}

/** Passes only where somebody could sign in now: the tables are ours, and they can be written. */
export async function refuseUnready(store: Store): Promise<void> {
  await refuseOtherSchema(store)
  // Nothing is that old; but to look for it takes the lock of a writer, which a read-only server or file refuses.
  await store.usedAttempts.removeOlder(0, 1)
}

/** Passes only where the database answers and its migrations are exactly ours. */
export async function refuseOtherSchema(store: Store): Promise<void> {
  const { state, missing, unknown } = await store.schema()
  if (state === 'older') {
    throw new SchemaError(
      `The database is older than this build: ${missing.join(', ')} has not run. Run: npx vestibule migrate`,
    )
  }
  if (state === 'newer') {
    throw new SchemaError(
      `The database is newer than this build: it has run ${unknown.join(', ')}. Start the build that ran it, or a newer one.`,
    )
  }
}
