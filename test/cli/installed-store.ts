import { join } from 'node:path'
import { createKeyring } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'
import { createStore } from '../../src/store/store.js'
import type { Store } from '../../src/store/types.js'
import { Installed } from '../support/installed.js'
import { type Row, runSql } from '../support/sql.js'

/** An installed project whose database the test opens as well. */
export interface InstalledStore {
  installed: Installed
  store: Store
  /** For the commands. */
  settings: Record<string, string>
  sql(statement: string): Promise<Row[]>
  close(): Promise<void>
}

/** @param more settings besides the database and the keys */
export async function installWithStore(more: Record<string, string> = {}): Promise<InstalledStore> {
  const installed = new Installed()
  const key = randomToken()
  const url = `sqlite:${join(installed.folder, 'people.db')}`
  const store = createStore(url, createKeyring([key]).sealer('provider-token'))
  await store.migrate()
  return {
    ...{ installed, store, settings: { DATABASE_URL: url, SECRET_KEYS: key, ...more } },
    sql: statement => runSql(url, statement),
    async close() {
      await store.close()
      await installed.remove()
    },
  }
}
