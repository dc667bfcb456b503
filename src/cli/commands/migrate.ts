import type { Config } from '../../config/types.js'
import { createKeyring } from '../../crypto/keys.js'
import { createStore } from '../../store/store.js'
import { EXIT } from '../command-line/process.js'
import { countOf } from '../users/user-argument.js'

/** `vestibule migrate`: brings the database up to date, and prints the migrations that ran. */
export async function migrateDatabase(config: Config, print: (line: string) => void): Promise<number> {
  const store = createStore(config.databaseUrl, createKeyring(config.secretKeys).sealer('provider-token'))
  try {
    const ran = await store.migrate()
    for (const name of ran) print(`ran ${name}`)
    print(
      ran.length === 0
        ? 'The database is up to date.'
        : `The database is up to date; ${countOf(ran.length, 'migration')} ran.`,
    )
    return EXIT.ok
  } finally {
    await store.close()
  }
}
