import { createSessions, type Sessions } from '../../accounts/sessions/sessions.js'
import type { Config } from '../../config/types.js'
import { createKeyring } from '../../crypto/keys.js'
import { randomToken } from '../../crypto/random.js'
import { requireCurrentSchema } from '../../store/db/schema.js'
import { createStore } from '../../store/store.js'
import type { Store } from '../../store/types.js'
import { withConfig } from './with-config.js'

/** What the commands on the database work with. */
export interface CommandContext {
  config: Config
  store: Store
  sessions: Sessions
  now: number
  /** How long audit events are kept, in milliseconds. */
  eventsKeep: number
}

/** Commands do not open or read sessions, so they need no roles. */
const NO_ROLES: ReadonlySet<string> = new Set()

/** Runs a command on the database of ENVIRONMENT, whose tables must be those of this build. */
export function withStore(
  printError: (line: string) => void,
  command: (context: CommandContext) => Promise<number>,
): Promise<number> {
  return withConfig(printError, async config => {
    const store = createStore(config.databaseUrl, createKeyring(config.secretKeys).sealer('provider-token'))
    const clocks = { now: Date.now, monotonic: () => performance.now() }
    const parts = { table: store.sessions, limits: config.session, roles: NO_ROLES, ...clocks, random: randomToken }
    try {
      await requireCurrentSchema(store)
      const { eventsKeep } = config
      return await command({ config, store, sessions: createSessions(parts), now: Date.now(), eventsKeep })
    } finally {
      await store.close()
    }
  })
}
