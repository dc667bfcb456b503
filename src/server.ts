import type Koa from 'koa'
import type { Hooks } from './accounts/hooks.js'
import { createClockCheck } from './accounts/sessions/clock-check.js'
import { prune } from './accounts/sessions/prune.js'
import { describeProxies } from './config/app/proxies.js'
import type { DevProvider } from './dev-provider/app.js'
import { setUpDevProvider } from './dev-provider-setup.js'
import type { Log } from './ops/log.js'
import { createServices, type Overrides, type ResolvedConfig } from './services.js'
import { createWeb, VIEWS } from './site.js'
import { requireCurrentSchema } from './store/db/migrations.js'
import type { Store } from './store/types.js'
import type { AppContext, State } from './web/context.js'
import { describeThrown } from './web/errors/thrown.js'

const CLEAN_UP_INTERVAL_MS = 60_000

export type { Overrides, ResolvedConfig as PlacedConfig } from './services.js'

export interface Vestibule {
  app: Koa<State, AppContext>
  /** The response to requests whose headers are too large for the app to get them. */
  headersTooLarge: string
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
export function build(config: ResolvedConfig, overrides: Overrides = {}): Vestibule {
  const services = createServices(config, overrides)
  const { log, store, httpClient: outbound, sessions, hooks, backgroundTasks, now } = services
  const clock = createClockCheck(services)
  let cleaning: NodeJS.Timeout | undefined

  async function cleanUp(): Promise<void> {
    try {
      const { isTrusted, warning } = await clock.run()
      if (warning !== undefined) log.warn(warning)
      if (isTrusted) await prune(store, sessions, config.eventsKeep, now())
    } catch (error) {
      log.warn({ cause: describeThrown(error).message }, 'Cleaning up failed')
    }
  }

  return {
    ...{ log, store, on: hooks.on },
    ...createWeb(config, services),
    devProvider:
      config.devProvider &&
      setUpDevProvider({ ...services, config, url: config.devProvider.url, viewsDir: VIEWS, pause: overrides.pause }),

    async start() {
      if (config.proxies) log.info(describeProxies(config.proxies))
      if (config.local) await store.migrate()
      await requireCurrentSchema(store)
      for (const warning of await clock.start()) log.warn(warning)
      cleaning = setInterval(cleanUp, CLEAN_UP_INTERVAL_MS).unref()
    },

    async stop() {
      clearInterval(cleaning)
      await backgroundTasks.settled()
      await outbound.close()
      await store.close()
    },
  }
}
