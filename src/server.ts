import type Koa from 'koa'
import { createClockCheck } from './accounts/clock-check.js'
import type { Hooks } from './accounts/hooks.js'
import { sweep } from './accounts/sweep.js'
import { describeProxies } from './config/proxies.js'
import type { DevProvider } from './dev-provider/app.js'
import { setUpDevProvider } from './dev-provider-setup.js'
import { layGround, type Overrides, type PlacedConfig } from './ground.js'
import type { Log } from './ops/log.js'
import { furnish, VIEWS } from './site.js'
import { refuseOtherSchema } from './store/schema.js'
import type { Store } from './store/types.js'
import type { Reach, State } from './web/context.js'
import { describeThrown } from './web/thrown.js'

const MINUTE = 60_000

export type { Overrides, PlacedConfig } from './ground.js'

export interface Vestibule {
  app: Koa<State, Reach>
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
export function build(config: PlacedConfig, overrides: Overrides = {}): Vestibule {
  const ground = layGround(config, overrides)
  const { log, store, outbound, sessions, hooks, errands, now } = ground
  const clock = createClockCheck(ground)
  let cleaning: NodeJS.Timeout | undefined

  async function cleanUp(): Promise<void> {
    try {
      const { isTrusted, warning } = await clock.run()
      if (warning !== undefined) log.warn(warning)
      if (isTrusted) await sweep(store, sessions, config.eventsKeep, now())
    } catch (error) {
      log.warn({ cause: describeThrown(error).message }, 'Cleaning up failed')
    }
  }

  return {
    ...{ log, store, on: hooks.on },
    ...furnish(config, ground),
    devProvider:
      config.devProvider &&
      setUpDevProvider({ ...ground, config, url: config.devProvider.url, viewsDir: VIEWS, pause: overrides.pause }),

    async start() {
      if (config.proxies) log.info(describeProxies(config.proxies))
      if (config.local) await store.migrate()
      await refuseOtherSchema(store)
      for (const warning of await clock.start()) log.warn(warning)
      cleaning = setInterval(cleanUp, MINUTE).unref()
    },

    async stop() {
      clearInterval(cleaning)
      await errands.settled()
      await outbound.close()
      await store.close()
    },
  }
}
