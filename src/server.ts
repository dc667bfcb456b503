import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type Koa from 'koa'
import type { DestinationStream } from 'pino'
import { loadAccountPage } from './accounts/account-page.js'
import { browserOf } from './accounts/attempt.js'
import { disconnect, isFresh, startConnecting } from './accounts/connections.js'
import type { Deps as Story } from './accounts/deps.js'
import { createErrands } from './accounts/errands.js'
import { createHooks, type Hooks } from './accounts/hooks.js'
import { loadLiveProfile } from './accounts/live-profile.js'
import { speak } from './accounts/protocols/speak.js'
import { createProviderClient } from './accounts/provider-client.js'
import { createRefreshes } from './accounts/refreshes.js'
import { createSessions } from './accounts/sessions.js'
import { finishSignIn } from './accounts/sign-in.js'
import { endByProvider, endOtherSessions, endSession, leave, signOut } from './accounts/sign-out.js'
import { startSignIn, startsAtOnce } from './accounts/start.js'
import { sweep } from './accounts/sweep.js'
import { createTrail } from './accounts/trail.js'
import type { Config } from './config/types.js'
import { createKeyring } from './crypto/keys.js'
import { randomToken } from './crypto/random.js'
import type { DevProvider } from './dev-provider/app.js'
import type { Pause } from './dev-provider/mischief.js'
import { trustedProxies } from './net/address.js'
import type { Resolve } from './net/connections.js'
import { createOutbound, type Deadline, type Outbound } from './net/outbound.js'
import { isInsideHost } from './oauth/host.js'
import { createLog, type Log } from './ops/log.js'
import type { Provider } from './providers/provider.js'
import { createProvider } from './providers/resolve.js'
import { returnPathsOf } from './return-paths.js'
import { standIn } from './stand-in.js'
import { keepTokensElsewhere } from './store/elsewhere.js'
import { refuseOtherSchema, refuseUnready } from './store/schema.js'
import { createStore } from './store/store.js'
import type { Store, TokenStore } from './store/types.js'
import { createApp } from './web/app.js'
import { assets } from './web/assets.js'
import type { Reach, State } from './web/context.js'
import { createCookies } from './web/cookies.js'
import { createLinks } from './web/links.js'
import { createPostedAnswers } from './web/posted-answer.js'
import { createRateLimits } from './web/rate-limits.js'
import { createRespond } from './web/respond.js'
import { createStrays } from './web/strays.js'

const VIEWS = fileURLToPath(new URL('../../views', import.meta.url))
const MINUTE = 60_000

/** A configuration whose addresses are known. */
export interface PlacedConfig extends Config {
  publicUrl: string
}

/** What tests, and apps that mount this one, may put in the place of the real world. */
export interface Overrides {
  now?: () => number
  random?: () => string
  /** What ends a call to a provider that takes too long. */
  deadline?: Deadline
  /** How the names of providers become addresses. */
  resolve?: Resolve
  /** What all calls to providers go through, over the door outwards itself: tests lead them to another far side. */
  outbound?: (door: Outbound) => Outbound
  /** What everything that reads or writes goes through, over the store itself. */
  store?: (store: Store) => Store
  /** Where the providers' tokens are kept, in place of the sealed table. */
  tokens?: TokenStore
  /** How the development provider waits where it is told to be slow. */
  pause?: Pause
  logDestination?: DestinationStream
}

export interface Vestibule {
  app: Koa<State, Reach>
  /** The development provider, where PROVIDERS names it; it needs a port of its own. */
  devProvider: DevProvider | undefined
  log: Log
  store: Store
  /** Listens to what happens to people; `signing-in` may refuse them. */
  on: Hooks['on']
  /** Looks that the database fits, brings it up to date in local, and begins to clean up each minute. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Builds everything and hands it down; nothing runs before `start`. */
export function build(config: PlacedConfig, overrides: Overrides = {}): Vestibule {
  const ground = layGround(config, overrides)
  const { log, store, outbound, sessions, hooks, errands, now } = ground
  let cleaning: NodeJS.Timeout | undefined

  return {
    ...{ log, store, on: hooks.on },
    app: furnish(config, ground),
    devProvider:
      config.devProvider &&
      standIn({ ...ground, config, url: config.devProvider.url, viewsDir: VIEWS, pause: overrides.pause }),

    async start() {
      if (config.local) await store.migrate()
      await refuseOtherSchema(store)
      cleaning = setInterval(() => {
        sweep(store, sessions, config.eventsKeep, now()).catch(error =>
          log.warn({ cause: String(error) }, 'Cleaning up failed'),
        )
      }, MINUTE).unref()
    },

    async stop() {
      clearInterval(cleaning)
      await errands.settled()
      await outbound.close()
      await store.close()
    },
  }
}

type Ground = ReturnType<typeof layGround>

/** Everything below the web: keys, log, database, the door outwards, providers. */
function layGround(config: PlacedConfig, { now = Date.now, random = randomToken, ...overrides }: Overrides) {
  const keyring = createKeyring(config.secretKeys)
  const database = createStore(config.databaseUrl, keyring.sealer('provider-token'))
  const kept = overrides.tokens ? keepTokensElsewhere(database, overrides.tokens) : database
  const store = overrides.store?.(kept) ?? kept
  const log = createLog({ level: config.logLevel, readable: config.local, destination: overrides.logDestination })
  const complain = (what: string) => (error: unknown) => log.warn({ cause: String(error) }, what)
  const door = createOutbound({
    allowHttp: config.local,
    isInside: isInsideHost,
    ...(overrides.resolve && { resolve: overrides.resolve }),
    ...(overrides.deadline && { deadline: overrides.deadline }),
  })
  return {
    ...{ keyring, store, log, now, random },
    hooks: createHooks(complain('A listener failed')),
    errands: createErrands(complain('Tokens could not be given back')),
    refreshes: createRefreshes(complain('A provider could not tell of a person after a refresh')),
    pause: (ms: number): Promise<void> => wait(ms),
    trail: createTrail(store.events, now, complain('The audit trail could not be written')),
    outbound: overrides.outbound?.(door) ?? door,
    sessions: createSessions({ table: store.sessions, limits: config.session, now, random }),
    rows: config.providers.map(settings => createProvider(settings, config.devProvider?.url ?? config.publicUrl)),
  }
}

/** The web on top of it. */
function furnish(config: PlacedConfig, ground: Ground): Koa<State, Reach> {
  const { publicUrl, basePath, homePath, environment, local } = config
  const { keyring, log, sessions, rows, now } = ground
  const accounts = tellTheStory(config, ground)
  const callbackPaths = new Map(rows.map(row => [row.name, row.callbackPath]))
  const cookies = createCookies({ secure: publicUrl.startsWith('https:'), flashSealer: keyring.sealer('flash') })
  const csrf = keyring.signer('csrf')
  const strays = createStrays(publicUrl, local)
  const files = assets(VIEWS, basePath)
  const site = { base: basePath, css: files.css, icon: files.icon, environment, local }
  const deps = {
    ...{ accounts, cookies, csrf, strays, publicUrl, callbackPaths, now },
    checkReady: () => refuseUnready(ground.store),
    respond: createRespond({ site, cookies, strays, csrf, attemptSealer: keyring.sealer('attempt') }),
    links: createLinks(basePath),
    returnPaths: returnPathsOf({ origin: publicUrl, basePath, homePath, reserved: [...callbackPaths.values()] }),
    providerLabels: new Map(rows.map(row => [row.name, row.label])),
    protocols: new Map(rows.map(row => [row.name, row.protocol])),
    formPostProviders: new Set(rows.filter(postsAnswers).map(row => row.name)),
    postedAnswers: createPostedAnswers(keyring.sealer('form-post'), now),
    defaultProvider: config.defaultProvider,
    rateLimits: config.rateLimits ? createRateLimits(now) : undefined,
    sessionLimits: config.session,
  }
  const permanentSessions = config.session.permanent
  const trusted = trustedProxies(config.trustedProxies)
  return createApp({ deps, sessions, log, basePath, permanentSessions, trusted, assets: files, viewsRoot: VIEWS })
}

/** The verbs of `accounts/`, with what they stand on. */
function tellTheStory(config: PlacedConfig, ground: Ground) {
  const { keyring, outbound, rows, now, random } = ground
  const deps: Story = {
    ...ground,
    providers: new Map(rows.map(row => [row.name, speak(row, { now, random })])),
    rules: config.allowedUsers,
    roleRules: config.roleRules,
    linking: config.accountLinking,
    takeSlot: outbound.takeSlot,
    attemptSealer: keyring.sealer('attempt'),
    redirectUri: (callbackPath: string) => config.publicUrl + config.basePath + callbackPath,
  }
  return {
    startSignIn: startSignIn.bind(null, deps),
    startsAtOnce: startsAtOnce.bind(null, deps),
    browserOf: browserOf.bind(null, deps.attemptSealer),
    finishSignIn: finishSignIn.bind(null, deps),
    loadLiveProfile: loadLiveProfile.bind(null, deps),
    loadAccount: loadAccountPage.bind(null, deps),
    isFresh: isFresh.bind(null, deps),
    startConnecting: startConnecting.bind(null, deps),
    disconnect: disconnect.bind(null, deps),
    endSession: endSession.bind(null, deps),
    endOtherSessions: endOtherSessions.bind(null, deps),
    leave: leave.bind(null, deps),
    signOut: signOut.bind(null, deps),
    endByProvider: endByProvider.bind(null, deps),
    providerClient: createProviderClient.bind(null, deps),
  }
}

const postsAnswers = (row: Provider) => row.protocol === 'oidc' && row.responseMode === 'form_post'
