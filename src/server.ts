import { fileURLToPath } from 'node:url'
import type Koa from 'koa'
import { type Accounts, createAccounts } from './accounts/accounts.js'
import type { Hooks } from './accounts/hooks.js'
import { createReturnPaths, type ReturnPathOptions, type ReturnPaths } from './accounts/return-path.js'
import { createClockCheck, prune } from './accounts/sessions/prune.js'
import { describeProxies } from './config/app/proxies.js'
import { ConfigError, quoted } from './config/errors.js'
import type { DevProvider } from './dev-provider/app.js'
import { setUpDevProvider } from './dev-provider-setup.js'
import { trustedProxies } from './net/client-address.js'
import type { Log } from './ops/log.js'
import type { Provider } from './providers/provider.js'
import { createServices, type Overrides, type ResolvedConfig, type Services } from './services.js'
import { requireCurrentSchema } from './store/db/migrations.js'
import { createReadyCheck } from './store/db/ready-check.js'
import type { Store } from './store/types.js'
import { createApp } from './web/app.js'
import type { AppContext, State } from './web/context.js'
import { createCookies } from './web/cookies.js'
import type { WebProvider } from './web/deps.js'
import { headersTooLargeResponse } from './web/errors/headers-too-large.js'
import { describeThrown } from './web/errors/thrown.js'
import { createSealedResponses } from './web/form-post.js'
import { createRateLimits } from './web/guards/rate-limit-counters.js'
import { createHostMismatches } from './web/host-mismatch.js'
import { createLinks } from './web/links.js'
import { createAssets } from './web/middleware/assets.js'
import { createForgetEndedSession } from './web/middleware/session.js'
import { createRespond } from './web/respond.js'

const VIEWS_DIR = fileURLToPath(new URL('../../views', import.meta.url))
const PRUNE_INTERVAL_MS = 60_000

export type { Overrides } from './services.js'

export interface Vestibule extends Web {
  /** The development provider, if PROVIDERS names it; it needs a port of its own. */
  devProvider: DevProvider | undefined
  log: Log
  store: Store
  /** Adds a listener to what happens to users; a listener of `signing-in` may refuse the sign-in. */
  on: Hooks['on']
  /** Requires the tables of this build, in local after migrating, and begins to prune each minute. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Builds everything: services, then accounts, then web. Nothing runs before `start`. */
export function build(config: ResolvedConfig, overrides: Overrides = {}): Vestibule {
  const services = createServices(config, overrides)
  const { log, store, httpClient, hooks, backgroundTasks, providers, now } = services
  const { publicUrl, basePath, homePath } = config
  const reserved = providers.map(({ callbackPath }) => callbackPath)
  const returnPaths = createAppReturnPaths({ publicUrl, basePath, homePath, reserved })
  const accounts = createAccounts(config, services, returnPaths.home)
  const clockCheck = createClockCheck(services)
  let pruning: NodeJS.Timeout | undefined

  async function pruneIfClockIsTrusted(): Promise<void> {
    try {
      const { isTrusted, warning } = await clockCheck.run()
      if (warning !== undefined) log.warn(warning)
      if (isTrusted) await prune(store, services.sessions, config.eventsKeep, now())
    } catch (error) {
      log.warn({ cause: describeThrown(error).message }, 'Cleaning up failed')
    }
  }

  return {
    log,
    store,
    on: hooks.on,
    ...createWeb(config, services, accounts, returnPaths),
    devProvider: setUpDevProvider(config, services, VIEWS_DIR, overrides.pause),

    async start() {
      if (config.proxies) log.info(describeProxies(config.proxies))
      if (config.local) await store.migrate()
      await requireCurrentSchema(store)
      for (const warning of await clockCheck.start()) log.warn(warning)
      pruning = setInterval(pruneIfClockIsTrusted, PRUNE_INTERVAL_MS).unref()
    },

    async stop() {
      clearInterval(pruning)
      await backgroundTasks.settled()
      await httpClient.close()
      await store.close()
    },
  }
}

/**
 * The paths of the app that a sign-in may return to.
 * @throws ConfigError if HOME_PATH is not such a path: only `createReturnPaths` knows all reasons against one
 */
export function createAppReturnPaths(options: ReturnPathOptions): ReturnPaths {
  try {
    return createReturnPaths(options)
  } catch {
    const text = `is ${quoted(options.homePath)}, which no sign-in may return to; write a page outside of all callback paths`
    throw new ConfigError([{ setting: 'HOME_PATH', text }], ['all sources together'])
  }
}

interface Web {
  app: Koa<State, AppContext>
  /** The complete response to a request whose headers are too large; the app never gets such a request. */
  headersTooLarge: string
}

function createWeb(config: ResolvedConfig, services: Services, accounts: Accounts, returnPaths: ReturnPaths): Web {
  const { publicUrl, basePath, cookiePrefix, environment, local } = config
  const { keyring, log, sessions, providers, now } = services
  const cookies = createCookies({
    secure: publicUrl.startsWith('https:'),
    prefix: cookiePrefix,
    flashSealer: keyring.sealer('flash'),
  })
  const csrf = keyring.signer('csrf')
  const hostMismatches = createHostMismatches(publicUrl, local)
  const forgetEndedSession = createForgetEndedSession(sessions, cookies)
  const assets = createAssets(VIEWS_DIR, basePath)
  const site = { base: basePath, css: assets.css, icon: assets.icon, environment, local }
  const deps = {
    accounts,
    cookies,
    csrf,
    hostMismatches,
    publicUrl,
    now,
    local,
    returnPaths,
    forgetEndedSession,
    hasTimedOut: sessions.hasTimedOut,
    checkReady: createReadyCheck(services.store, now),
    respond: createRespond({ publicUrl, site, cookies, hostMismatches, csrf, forgetEndedSession }),
    links: createLinks(basePath),
    providers: new Map(providers.map(provider => [provider.name, webProvider(provider)])),
    sealedResponses: createSealedResponses(keyring.sealer('form-post'), now),
    defaultProvider: config.defaultProvider,
    rateLimits: config.rateLimits && createRateLimits(services.monotonic, config.rateLimits),
    sessionLimits: config.session,
  }
  const hsts = cookies.attributes.secure ? config.hsts : 'off'
  const permanentSessions = config.session.permanent
  const trusted = trustedProxies(config.trustedProxies)
  const viewsRoot = VIEWS_DIR
  const app = createApp({ deps, sessions, log, basePath, local, permanentSessions, hsts, trusted, assets, viewsRoot })
  return { app, headersTooLarge: headersTooLargeResponse({ cookies, hsts, css: assets.css, home: deps.links.home }) }
}

const webProvider = (provider: Provider): WebProvider => ({
  label: provider.label,
  protocol: provider.protocol,
  callbackPath: provider.callbackPath,
  usesFormPost: provider.protocol === 'oidc' && provider.responseMode === 'form_post',
})
