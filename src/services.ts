import { setTimeout as wait } from 'node:timers/promises'
import type { DestinationStream } from 'pino'
import { createAuditLog } from './accounts/audit-log.js'
import { createBackgroundTasks } from './accounts/background-tasks.js'
import { hasErrorCode } from './accounts/errors.js'
import { createHooks } from './accounts/hooks.js'
import { createRefreshState } from './accounts/provider-api/refresh-state.js'
import { createSessions } from './accounts/sessions/sessions.js'
import { createUnusableFieldWarnings } from './accounts/sign-in/unusable-fields.js'
import type { Config } from './config/types.js'
import { createKeyring } from './crypto/keys.js'
import { randomToken } from './crypto/random.js'
import type { Pause } from './dev-provider/fault-injection.js'
import type { Lookup } from './net/agents.js'
import { createWaitAtMost, type Deadline, setTimeoutDeadline } from './net/deadline.js'
import { createHttpClient, type HttpClient } from './net/http-client.js'
import { createLog } from './ops/log.js'
import { createProvider } from './providers/create-provider.js'
import { withExternalTokens } from './store/external-tokens.js'
import { createStore } from './store/store.js'
import type { Store, TokenStore } from './store/types.js'
import { causeFields, describeCause } from './web/errors/cause.js'

/** A configuration whose addresses are known. */
export interface ResolvedConfig extends Config {
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
  lookup?: Lookup
  /** What all calls to providers go through, over the door outwards itself: tests lead them to another far side. */
  httpClient?: (door: HttpClient) => HttpClient
  /** What everything that reads or writes goes through, over the store itself. */
  store?: (store: Store) => Store
  /** Where the providers' tokens are kept, in place of the sealed table. */
  tokens?: TokenStore
  /** How the development provider waits where it is told to be slow. */
  pause?: Pause
  logDestination?: DestinationStream
}

export type Services = ReturnType<typeof createServices>

/** Everything below the web: keys, log, database, the door outwards, providers. */
export function createServices(config: ResolvedConfig, overrides: Overrides) {
  const { random = randomToken } = overrides
  const { now, monotonic } = createClocks(overrides)
  const keyring = createKeyring(config.secretKeys)
  const database = createStore(config.databaseUrl, keyring.sealer('provider-token'))
  const withTokens = overrides.tokens ? withExternalTokens(database, overrides.tokens) : database
  const store = overrides.store?.(withTokens) ?? withTokens
  const log = createLog({ level: config.logLevel, readable: config.local, destination: overrides.logDestination })
  const onError = (what: string) => (error: unknown) => log.warn(logFieldsOf(error), what)
  const client = createHttpClient({
    allowHttp: config.local,
    proxies: config.proxies,
    ...(overrides.lookup && { lookup: overrides.lookup }),
    ...(overrides.deadline && { deadline: overrides.deadline }),
  })
  return {
    ...{ keyring, store, log, now, monotonic, random },
    hooks: createHooks(onError('A listener failed')),
    backgroundTasks: createBackgroundTasks((error, provider) => {
      log.warn({ provider, ...logFieldsOf(error, provider) }, 'Tokens could not be given back')
    }),
    refreshState: createRefreshState(onError('A provider could not tell of a person after a refresh'), monotonic),
    warnUnusableFields: createUnusableFieldWarnings(message => log.warn(message)),
    pause: (ms: number): Promise<void> => wait(ms),
    waitAtMost: createWaitAtMost(overrides.deadline ?? setTimeoutDeadline),
    auditLog: createAuditLog(store.events, { now, monotonic }, onError('The audit trail could not be written')),
    httpClient: overrides.httpClient?.(client) ?? client,
    sessions: createSessions({
      ...{ table: store.sessions, limits: config.session, roles: roleNames(config) },
      ...{ now, monotonic, random },
    }),
    providers: config.providers.map(settings => createProvider(settings, config.devProvider?.url ?? config.publicUrl)),
  }
}

/** A mistake in code, for example in a listener, is logged with its stack; a refusal without. */
const logFieldsOf = (error: unknown, provider?: string) =>
  causeFields(describeCause(error, !hasErrorCode(error), provider))

/** The process's own clocks, or those of a test. */
const createClocks = ({ now, monotonic = now }: Overrides) => ({
  now: now ?? Date.now,
  monotonic: monotonic ?? (() => performance.now()),
})

/** The roles that somebody can have. */
const roleNames = ({ roleRules }: Config): ReadonlySet<string> => new Set(roleRules.map(({ role }) => role))
