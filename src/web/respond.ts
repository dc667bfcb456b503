import type { ActiveSession, SafePath, SealedAttempt, StartedSignIn } from '../accounts/accounts.js'
import type { Signer } from '../crypto/keys.js'
import type { Context } from './context.js'
import type { Cookies } from './cookies.js'
import type { ForgetEndedSession } from './ended-session.js'
import type { HostMismatches } from './host-mismatch.js'
import type { OwnPath } from './links.js'
import { presentUser } from './present/user.js'

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
  /** The same for a browser that came by another name of this host. */
  redirectToPublicUrl(ctx: Context, to: OwnPath): void
  /** The only way off this origin: to a provider, with the attempt kept in the browser. */
  redirectToProvider(ctx: Context, start: StartedSignIn): void
  /**
   * The way there after a form of ours, or to a page of ours that may lead there: by a page that moves on by itself,
   * because browsers apply `form-action` to redirects after a form post too.
   * @param label what is there, for people
   * @param attempt kept in the browser, where a sign-in begins
   * @param note why, where that is not plain
   */
  showRedirectPage(ctx: Context, url: string, label: string, attempt?: SealedAttempt, note?: string): Promise<void>
  json(ctx: Context, body: unknown): void
}

interface RespondOptions {
  publicUrl: string
  site: Site
  cookies: Cookies
  strays: HostMismatches
  csrf: Signer
  forgetEndedSession: ForgetEndedSession
}

/** What paths of our own are read against, for want of an origin; nobody is ever sent there. */
const OWN_ORIGIN = 'https://own.invalid'

/** The only place that renders and redirects. */
export function createRespond(options: RespondOptions): Respond {
  const { publicUrl, cookies, strays } = options
  function saveAttempt(ctx: Context, attempt: SealedAttempt, returnTo: SafePath | undefined) {
    strays.record(ctx, attempt.id, returnTo)
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

    async showRedirectPage(ctx, url, label, attempt, note) {
      if (attempt) saveAttempt(ctx, attempt, undefined)
      const href = refreshUrl(url)
      await page(ctx, 'depart', { href, label, note: note ?? null, flash: null })
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
    // With its ending: without, koa-views looks for a file of the bare name first, at each render.
    await ctx.render(`${view}.njk`, {
      site,
      current: view,
      user: user ? presentUser(user) : null,
      csrf: session ? tokenOf(session) : null,
      // Where a page says that it shows none, the message waits for the next.
      flash: locals.flash === null || ctx.state.endedSession ? null : cookies.takeFlash(ctx),
      ...locals,
    })
  }
}

/** A live session is the same object for some seconds, and its token the same for as long as it lives. */
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

/** A browser reads `https:id.example` in a Location as a path of ours, where the URL parser sees a host. */
const WEB_URL = /^https?:\/\/(?![/\\])/i

/** @throws TypeError for what is not a whole URL of the web */
function requireWebUrl(url: string): string {
  if (WEB_URL.test(url) && URL.canParse(url)) return url
  throw new TypeError('A redirect to a provider needs a whole URL that begins with http:// or https://')
}

/**
 * A URL as a header can carry it. The rest of the line is the URL, semicolons and all (HTML, "shared declarative refresh
 * steps"); what would end the line, or is not ASCII, a parser of URLs encodes or drops.
 * @throws TypeError for what is no URL of the web, and no path of ours
 */
function refreshUrl(url: string): string {
  const isOwn = url.startsWith('/')
  const { href, origin } = new URL(isOwn ? url : requireWebUrl(url), OWN_ORIGIN)
  if (origin !== OWN_ORIGIN) return href
  const path = href.slice(OWN_ORIGIN.length)
  // Walked by dots (`/..//other.example`), and a browser would take it for a host.
  if (path.startsWith('//')) throw new TypeError('A path of ours begins with one slash')
  return path
}
