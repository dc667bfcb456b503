import type { Store } from './types.js'

/** The database's tables are not those of this build. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
  readonly code = 'store_unavailable'
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
