import { fileURLToPath } from 'node:url'
import type Koa from 'koa'
import type { Ground, PlacedConfig } from './ground.js'
import { trustedProxies } from './net/client-address.js'
import type { Provider } from './providers/provider.js'
import { returnPathsOf } from './return-paths.js'
import { createReadyCheck } from './store/schema.js'
import { tellTheStory } from './story.js'
import { createApp } from './web/app.js'
import { assets } from './web/assets.js'
import type { Reach, State } from './web/context.js'
import { createCookies } from './web/cookies.js'
import { createForgetEndedSession } from './web/ended-session.js'
import { headersTooLarge } from './web/headers-too-large.js'
import { createLinks } from './web/links.js'
import { createPostedAnswers } from './web/posted-answer.js'
import { createRateLimits } from './web/rate-limits.js'
import { createRespond } from './web/respond.js'
import { createStrays } from './web/strays.js'

export const VIEWS = fileURLToPath(new URL('../../views', import.meta.url))

export interface Web {
  app: Koa<State, Reach>
  /** A whole response, for what never becomes a request of the app. */
  headersTooLarge: string
}

/** The web on top of the ground. */
export function furnish(config: PlacedConfig, ground: Ground): Web {
  const { publicUrl, basePath, homePath, cookiePrefix, environment, local } = config
  const { keyring, log, sessions, rows, now } = ground
  const accounts = tellTheStory(config, ground)
  const callbackPaths = new Map(rows.map(row => [row.name, row.callbackPath]))
  const cookies = createCookies({
    secure: publicUrl.startsWith('https:'),
    prefix: cookiePrefix,
    flashSealer: keyring.sealer('flash'),
  })
  const csrf = keyring.signer('csrf')
  const strays = createStrays(publicUrl, local)
  const forgetEndedSession = createForgetEndedSession(sessions, cookies)
  const files = assets(VIEWS, basePath)
  const site = { base: basePath, css: files.css, icon: files.icon, environment, local }
  const deps = {
    ...{ accounts, cookies, csrf, strays, publicUrl, callbackPaths, now },
    local: config.local,
    hasTimedOut: ground.sessions.hasTimedOut,
    checkReady: createReadyCheck(ground.store, now),
    forgetEndedSession,
    respond: createRespond({ publicUrl, site, cookies, strays, csrf, forgetEndedSession }),
    links: createLinks(basePath),
    returnPaths: returnPathsOf({ origin: publicUrl, basePath, homePath, reserved: [...callbackPaths.values()] }),
    providerLabels: new Map(rows.map(row => [row.name, row.label])),
    protocols: new Map(rows.map(row => [row.name, row.protocol])),
    formPostProviders: new Set(rows.filter(postsAnswers).map(row => row.name)),
    postedAnswers: createPostedAnswers(keyring.sealer('form-post'), now),
    defaultProvider: config.defaultProvider,
    rateLimits: config.rateLimits && createRateLimits(ground.monotonic, config.rateLimits),
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
  return { app, headersTooLarge: headersTooLarge({ cookies, hsts, css: files.css, home: deps.links.home }) }
}

const postsAnswers = (row: Provider) => row.protocol === 'oidc' && row.responseMode === 'form_post'
