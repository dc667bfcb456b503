import type { ActiveSession, SafePath, SealedAttempt, StartedSignIn } from '../accounts/accounts.js'
import type { Signer } from '../crypto/keys.js'
import type { Context } from './context.js'
import type { Cookies } from './cookies.js'
import type { HostMismatches } from './host-mismatch.js'
import type { OwnPath } from './links.js'
import type { ForgetEndedSession } from './middleware/session.js'
import { presentUser } from './present/user.js'

/** What every page shows of this installation. */
export interface Site {
  base: string
  css: string
  icon: string
  environment: string
  local: boolean
}

export interface Respond {
  page(ctx: Context, view: string, locals?: Record<string, unknown>): Promise<void>
  /** To a page of ours, by 303, so that no form is sent twice. */
  redirect(ctx: Context, to: SafePath | OwnPath, flash?: string): void
  /** To a page of ours at PUBLIC_URL, for a browser that came under another name of this host. */
  redirectToPublicUrl(ctx: Context, to: OwnPath): void
  /** The only redirect to another origin: to a provider, with the attempt in a cookie. */
  redirectToProvider(ctx: Context, start: StartedSignIn): void
  /**
   * To a provider after a form of ours, or to a page of ours that may redirect there. A page with a Refresh header does
   * it, because browsers apply `form-action` to redirects after a form post too.
   */
  showRedirectPage(ctx: Context, target: RedirectPageTarget): Promise<void>
  json(ctx: Context, body: unknown): void
}

export interface RedirectPageTarget {
  url: string
  /** The name of the target, for the user. */
  label: string
  /** Where this starts a sign-in: its attempt, for the cookies. */
  attempt?: SealedAttempt
  /** The reason, where the user does not know it. */
  note?: string
}

interface RespondOptions {
  publicUrl: string
  site: Site
  cookies: Cookies
  hostMismatches: HostMismatches
  csrf: Signer
  forgetEndedSession: ForgetEndedSession
}

/** The URL parser needs an origin to read a path of ours. No browser is ever redirected to this one. */
const OWN_ORIGIN = 'https://own.invalid'

/** The only place that renders and redirects. */
export function createRespond(options: RespondOptions): Respond {
  const { publicUrl, cookies, hostMismatches } = options
  function saveAttempt(ctx: Context, attempt: SealedAttempt, returnTo: SafePath | undefined) {
    hostMismatches.record(ctx, attempt.id, returnTo)
    cookies.setAttempt(ctx, attempt)
  }

  const page = pageRenderer(options)

  return {
    page,

    redirect(ctx, to, flash) {
      if (flash) cookies.setFlash(ctx, flash)
      redirectTo(ctx, to)
    },

    redirectToPublicUrl: (ctx, to) => redirectTo(ctx, publicUrl + to),

    redirectToProvider(ctx, { authorizationUrl, attempt, returnTo }) {
      saveAttempt(ctx, attempt, returnTo)
      redirectTo(ctx, requireWebUrl(authorizationUrl))
    },

    async showRedirectPage(ctx, { url, label, attempt, note }) {
      if (attempt) saveAttempt(ctx, attempt, undefined)
      const href = refreshUrl(url)
      await page(ctx, 'redirect', { href, label, note: note ?? null, flash: null })
      ctx.set('Refresh', `0;url=${href}`)
    },

    json(ctx, body) {
      ctx.type = 'json'
      ctx.body = JSON.stringify(body)
    },
  }
}

function pageRenderer({ site, cookies, csrf, forgetEndedSession }: RespondOptions): Respond['page'] {
  const tokenOf = csrfTokens(csrf)
  return async (ctx, view, locals = {}) => {
    await forgetEndedSession(ctx)
    const { user, session } = ctx.state
    // With the ending: without it, koa-views looks for a file of the bare name first, at each render.
    await ctx.render(`${view}.njk`, {
      site,
      current: view,
      user: user ? presentUser(user) : null,
      csrf: session ? tokenOf(session) : null,
      // A page that sets `flash: null` leaves the message for the next page.
      flash: locals.flash === null || ctx.state.endedSession ? null : cookies.takeFlash(ctx),
      ...locals,
    })
  }
}

/** The session cache returns the same object for some seconds, and the token is the same for the whole session. */
function csrfTokens(csrf: Signer): (session: ActiveSession) => string {
  const tokens = new WeakMap<ActiveSession, string>()
  return session => {
    const token = tokens.get(session) ?? csrf.sign(session.handleHash)
    tokens.set(session, token)
    return token
  }
}

function redirectTo(ctx: Context, url: string): void {
  ctx.status = 303
  ctx.set('Location', url)
  ctx.body = ''
}

/** A browser reads `https:id.example` in a Location as a path of ours, but the URL parser reads a host. */
const WEB_URL = /^https?:\/\/(?![/\\])/i

/** @throws TypeError unless it is an absolute URL with http or https */
function requireWebUrl(url: string): string {
  if (WEB_URL.test(url) && URL.canParse(url)) return url
  throw new TypeError('A redirect to a provider needs a whole URL that begins with http:// or https://')
}

/**
 * A URL for the Refresh header. The rest of the header's value is the URL, with its semicolons (HTML, "shared declarative
 * refresh steps"). The URL parser encodes or drops line breaks and characters outside of ASCII.
 * @throws TypeError unless it is an absolute URL with http or https, or a path of ours
 */
function refreshUrl(url: string): string {
  const isOwn = url.startsWith('/')
  const { href, origin } = new URL(isOwn ? url : requireWebUrl(url), OWN_ORIGIN)
  if (origin !== OWN_ORIGIN) return href
  const path = href.slice(OWN_ORIGIN.length)
  // Dot segments (`/..//other.example`) can leave two slashes, which a browser would read as a host.
  if (path.startsWith('//')) throw new TypeError('A path of ours begins with one slash')
  return path
}
