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

/** A configuration whose addresses are known, because the ports are bound. */
export interface ResolvedConfig extends Config {
  publicUrl: string
  cookiePrefix: string
}

/** What tests, and apps that mount this one, can replace. */
export interface Overrides {
  /** Milliseconds since 1970. */
  now?: () => number
  /** Milliseconds for durations in this process, independent of changes of the clock. By default `now`, if that is given. */
  monotonic?: () => number
  random?: () => string
  /** Ends a call to a provider that takes too long. */
  deadline?: Deadline
  /** Resolves the host names of providers. */
  lookup?: Lookup
  /** Wraps the HTTP client of all calls to providers: tests lead the calls to a fake provider. */
  httpClient?: (client: HttpClient) => HttpClient
  /** Wraps the store of all reads and writes. */
  store?: (store: Store) => Store
  /** Stores the providers' tokens in place of the sealed table. */
  tokens?: TokenStore
  /** How the development provider waits before a slow response. */
  pause?: Pause
  logDestination?: DestinationStream
}

export type Services = ReturnType<typeof createServices>

/** What accounts and web are built on: keys, log, database, HTTP client, providers. */
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
    keyring,
    store,
    log,
    now,
    monotonic,
    random,
    hooks: createHooks(onError('A listener failed')),
    backgroundTasks: createBackgroundTasks((error, provider) => {
      log.warn({ provider, ...logFieldsOf(error, provider) }, 'Tokens could not be revoked')
    }),
    refreshState: createRefreshState(
      onError('The user could not be loaded from the provider after a refresh'),
      monotonic,
    ),
    warnUnusableFields: createUnusableFieldWarnings(message => log.warn(message)),
    pause: (ms: number): Promise<void> => wait(ms),
    waitAtMost: createWaitAtMost(overrides.deadline ?? setTimeoutDeadline),
    auditLog: createAuditLog(store.events, { now, monotonic }, onError('The audit trail could not be written')),
    httpClient: overrides.httpClient?.(client) ?? client,
    sessions: createSessions({
      table: store.sessions,
      limits: config.session,
      roles: roleNames(config),
      now,
      monotonic,
      random,
    }),
    providers: config.providers.map(settings => createProvider(settings, config.devProvider?.url ?? config.publicUrl)),
  }
}

/** An error with a code is logged without its stack; other errors are mistakes in code, for example in a listener. */
const logFieldsOf = (error: unknown, provider?: string) =>
  causeFields(describeCause(error, !hasErrorCode(error), provider))

/** The clocks of the process, or of a test. */
const createClocks = ({ now, monotonic = now }: Overrides) => ({
  now: now ?? Date.now,
  monotonic: monotonic ?? (() => performance.now()),
})

/** The roles that a user can have. */
const roleNames = ({ roleRules }: Config): ReadonlySet<string> => new Set(roleRules.map(({ role }) => role))
