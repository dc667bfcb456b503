import { surplusAttempts } from '../accounts/attempt.js'
import type { LiveSession } from '../accounts/live-session.js'
import type { SafePath } from '../accounts/return-path.js'
import type { Start } from '../accounts/start.js'
import type { Sealer, Signer } from '../crypto/keys.js'
import type { Context } from './context.js'
import type { Cookies } from './cookies.js'
import type { OwnPath } from './links.js'
import { person } from './present/person.js'
import type { Strays } from './strays.js'

/** What every page knows of the place it is shown at. */
export interface Site {
  base: string
  css: string
  icon: string
  environment: string
  local: boolean
}

export interface Respond {
  page(ctx: Context, view: string, locals?: Record<string, unknown>): Promise<void>
  /** Leads to a page of ours; by 303, so that no form is sent twice. */
  redirect(ctx: Context, to: SafePath | OwnPath, flash?: string): void
  /** The only way off this origin: to a provider, with the attempt kept in the browser. */
  leaveFor(ctx: Context, start: Start): void
  json(ctx: Context, body: unknown): void
}

interface Parts {
  site: Site
  cookies: Cookies
  strays: Strays
  csrf: Signer
  attemptSealer: Sealer
}

/** The only place that renders and redirects. */
export function createRespond({ site, cookies, strays, csrf, attemptSealer }: Parts): Respond {
  function redirectTo(ctx: Context, url: string) {
    ctx.status = 303
    ctx.set('Location', url)
    ctx.body = ''
  }

  /** A live session is the same object for some seconds, and its token the same for as long as it lives. */
  const tokens = new WeakMap<LiveSession, string>()
  function tokenOf(session: LiveSession): string {
    const token = tokens.get(session) ?? csrf.sign(session.handleHash)
    tokens.set(session, token)
    return token
  }

  return {
    page(ctx, view, locals = {}) {
      const { user, session } = ctx.state
      // With its ending: without, koa-views looks for a file of the bare name first, at each render.
      return ctx.render(`${view}.njk`, {
        site,
        current: view,
        user: user ? person(user) : null,
        csrf: session ? tokenOf(session) : null,
        flash: cookies.takeFlash(ctx),
        ...locals,
      })
    },

    redirect(ctx, to, flash) {
      if (flash) cookies.setFlash(ctx, flash)
      redirectTo(ctx, to)
    },

    leaveFor(ctx, { authorizationUrl, attempt }) {
      strays.note(ctx, attempt.id)
      cookies.keepAttempt(ctx, attempt, surplusAttempts(attemptSealer, cookies.attempts(ctx), attempt))
      redirectTo(ctx, authorizationUrl)
    },

    json(ctx, body) {
      ctx.type = 'json'
      ctx.body = JSON.stringify(body)
    },
  }
}
