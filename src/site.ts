import { fileURLToPath } from 'node:url'
import type Koa from 'koa'
import { createAccounts } from './accounts/accounts.js'
import { trustedProxies } from './net/client-address.js'
import type { Provider } from './providers/provider.js'
import { createAppReturnPaths } from './return-paths.js'
import type { ResolvedConfig, Services } from './services.js'
import { createReadyCheck } from './store/db/ready-check.js'
import { createApp } from './web/app.js'
import type { AppContext, State } from './web/context.js'
import { createCookies } from './web/cookies.js'
import { createForgetEndedSession } from './web/ended-session.js'
import { headersTooLargeResponse } from './web/errors/headers-too-large.js'
import { createSealedResponses } from './web/form-post.js'
import { createRateLimits } from './web/guards/rate-limit-counters.js'
import { createHostMismatches } from './web/host-mismatch.js'
import { createLinks } from './web/links.js'
import { createAssets } from './web/middleware/assets.js'
import { createRespond } from './web/respond.js'

export const VIEWS = fileURLToPath(new URL('../../views', import.meta.url))

export interface Web {
  app: Koa<State, AppContext>
  /** A whole response, for what never becomes a request of the app. */
  headersTooLarge: string
}

/** The web on top of the ground. */
export function createWeb(config: ResolvedConfig, services: Services): Web {
  const { publicUrl, basePath, homePath, cookiePrefix, environment, local } = config
  const { keyring, log, sessions, providers, now } = services
  const callbackPaths = new Map(providers.map(row => [row.name, row.callbackPath]))
  const reserved = [...callbackPaths.values()]
  const returnPaths = createAppReturnPaths({ origin: publicUrl, basePath, homePath, reserved })
  const accounts = createAccounts(config, services, returnPaths.home)
  const cookies = createCookies({
    secure: publicUrl.startsWith('https:'),
    prefix: cookiePrefix,
    flashSealer: keyring.sealer('flash'),
  })
  const csrf = keyring.signer('csrf')
  const strays = createHostMismatches(publicUrl, local)
  const forgetEndedSession = createForgetEndedSession(sessions, cookies)
  const files = createAssets(VIEWS, basePath)
  const site = { base: basePath, css: files.css, icon: files.icon, environment, local }
  const deps = {
    ...{ accounts, cookies, csrf, strays, publicUrl, callbackPaths, now },
    local: config.local,
    hasTimedOut: services.sessions.hasTimedOut,
    checkReady: createReadyCheck(services.store, now),
    forgetEndedSession,
    respond: createRespond({ publicUrl, site, cookies, strays, csrf, forgetEndedSession }),
    links: createLinks(basePath),
    returnPaths,
    providerLabels: new Map(providers.map(row => [row.name, row.label])),
    protocols: new Map(providers.map(row => [row.name, row.protocol])),
    formPostProviders: new Set(providers.filter(usesFormPost).map(row => row.name)),
    postedAnswers: createSealedResponses(keyring.sealer('form-post'), now),
    defaultProvider: config.defaultProvider,
    rateLimits: config.rateLimits && createRateLimits(services.monotonic, config.rateLimits),
    sessionLimits: config.session,
  }
  const hsts = cookies.attributes.secure ? config.hsts : 'off'
  const permanentSessions = config.session.permanent
  const trusted = trustedProxies(config.trustedProxies)
  const app = createApp({
    deps,
    sessions,
    log,
    basePath,
    local,
    permanentSessions,
    hsts,
    trusted,
    assets: files,
    viewsRoot: VIEWS,
  })
  return { app, headersTooLarge: headersTooLargeResponse({ cookies, hsts, css: files.css, home: deps.links.home }) }
}

const usesFormPost = (row: Provider) => row.protocol === 'oidc' && row.responseMode === 'form_post'
