import { setTimeout as wait } from 'node:timers/promises'
import type { DestinationStream } from 'pino'
import { createErrands } from './accounts/errands.js'
import { createFieldCheck } from './accounts/field-check.js'
import { createHooks } from './accounts/hooks.js'
import { isCoded } from './accounts/refusal.js'
import { createSessions } from './accounts/sessions.js'
import { createRefreshes } from './accounts/tokens/refreshes.js'
import { createTrail } from './accounts/trail.js'
import type { Config } from './config/types.js'
import { createKeyring } from './crypto/keys.js'
import { randomToken } from './crypto/random.js'
import type { Pause } from './dev-provider/fault-injection.js'
import type { Lookup } from './net/agents.js'
import { createWaitAtMost, setTimeoutDeadline } from './net/deadline.js'
import { createHttpClient, type Deadline, type HttpClient } from './net/http-client.js'
import { isPrivateHost } from './oauth/private-host.js'
import { createLog } from './ops/log.js'
import { createProvider } from './providers/resolve.js'
import { keepTokensElsewhere } from './store/elsewhere.js'
import { createStore } from './store/store.js'
import type { Store, TokenStore } from './store/types.js'
import { causeFields, describeCause } from './web/cause.js'

/** A configuration whose addresses are known. */
export interface PlacedConfig extends Config {
  publicUrl: string
  cookiePrefix: string
}

/** What tests, and apps that mount this one, may put in the place of the real world. */
export interface Overrides {
  /** Milliseconds since 1970. */
  now?: () => number
  /** Milliseconds for durations inside this process, which no setting of the clock changes. Follows `now` if only that is given. */
  monotonic?: () => number
  random?: () => string
  /** What ends a call to a provider that takes too long. */
  deadline?: Deadline
  /** How the names of providers become addresses. */
  resolve?: Lookup
  /** What all calls to providers go through, over the door outwards itself: tests lead them to another far side. */
  outbound?: (door: HttpClient) => HttpClient
  /** What everything that reads or writes goes through, over the store itself. */
  store?: (store: Store) => Store
  /** Where the providers' tokens are kept, in place of the sealed table. */
  tokens?: TokenStore
  /** How the development provider waits where it is told to be slow. */
  pause?: Pause
  logDestination?: DestinationStream
}

export type Ground = ReturnType<typeof layGround>

/** Everything below the web: keys, log, database, the door outwards, providers. */
export function layGround(config: PlacedConfig, overrides: Overrides) {
  const { random = randomToken } = overrides
  const { now, monotonic } = clocksOf(overrides)
  const keyring = createKeyring(config.secretKeys)
  const database = createStore(config.databaseUrl, keyring.sealer('provider-token'))
  const kept = overrides.tokens ? keepTokensElsewhere(database, overrides.tokens) : database
  const store = overrides.store?.(kept) ?? kept
  const log = createLog({ level: config.logLevel, readable: config.local, destination: overrides.logDestination })
  const complain = (what: string) => (error: unknown) => log.warn(causeOf(error), what)
  const door = createHttpClient({
    allowHttp: config.local,
    isPrivateHost,
    proxies: config.proxies,
    ...(overrides.resolve && { lookup: overrides.resolve }),
    ...(overrides.deadline && { deadline: overrides.deadline }),
  })
  return {
    ...{ keyring, store, log, now, monotonic, random },
    hooks: createHooks(complain('A listener failed')),
    errands: createErrands((error, provider) => {
      log.warn({ provider, ...causeOf(error, provider) }, 'Tokens could not be given back')
    }),
    refreshes: createRefreshes(complain('A provider could not tell of a person after a refresh'), monotonic),
    checkFields: createFieldCheck(message => log.warn(message)),
    pause: (ms: number): Promise<void> => wait(ms),
    waitAtMost: createWaitAtMost(overrides.deadline ?? setTimeoutDeadline),
    trail: createTrail(store.events, { now, monotonic }, complain('The audit trail could not be written')),
    outbound: overrides.outbound?.(door) ?? door,
    sessions: createSessions({
      ...{ table: store.sessions, limits: config.session, roles: rolesIn(config) },
      ...{ now, monotonic, random },
    }),
    rows: config.providers.map(settings => createProvider(settings, config.devProvider?.url ?? config.publicUrl)),
  }
}

/** A mistake in code, for example in a listener, is logged with its stack; a refusal without. */
const causeOf = (error: unknown, provider?: string) => causeFields(describeCause(error, !isCoded(error), provider))

/** The process's own clocks, or those of a test. */
const clocksOf = ({ now, monotonic = now }: Overrides) => ({
  now: now ?? Date.now,
  monotonic: monotonic ?? (() => performance.now()),
})

/** The roles that somebody can have. */
const rolesIn = ({ roleRules }: Config): ReadonlySet<string> => new Set(roleRules.map(({ role }) => role))
