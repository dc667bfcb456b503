import { hasErrorCode } from '../../accounts/errors.js'
import { sha256 } from '../../crypto/digest.js'
import type { Context, Middleware } from '../context.js'
import type { WebDeps } from '../deps.js'
import { describeCause } from '../errors/cause.js'
import { HttpError } from '../errors/http-error.js'
import { readForm } from '../form.js'
import { isSameOrigin } from '../request-info.js'

const SIGNED_OUT_TEXT =
  'You are signed out in this browser. The session itself could not be ended in the database, which does not answer; it ends there when its time is over.'
const UNFINISHED_TEXT =
  'What you asked for could not be finished, because the database does not answer. You are signed out in this browser: sign in again in a moment, and look what became of it.'

/**
 * Signs the browser out where the database cannot end the session. The cookie is cleared all the same, so that the next
 * user of a shared computer is not signed in. It is outside of the session middleware, whose own read may be what fails.
 */
export function signOutInBrowser(deps: WebDeps, basePath: string): Middleware {
  const logoutPath = `${basePath}/logout`
  return async (ctx, next) => {
    const isLogoutPath = ctx.path === logoutPath
    // Only the sign-out page itself and forms end a session.
    if (!isLogoutPath && ctx.method !== 'POST') return next()
    try {
      await next()
    } catch (error) {
      if (!hasErrorCode(error) || error.code !== 'store_unavailable') throw error
      if (isLogoutPath && ctx.method === 'GET') return showSignOutPage(deps, ctx, error)
      const isSignOut = isLogoutPath && ctx.method === 'POST'
      if (!ctx.state.endsSession && !(isSignOut && (await isOwnForm(deps, ctx)))) throw error
      throw endSessionHere(deps, ctx, error, isSignOut ? SIGNED_OUT_TEXT : UNFINISHED_TEXT)
    }
  }
}

/** The CSRF token belongs to the handle in the cookie, whether or not the session can be read. */
function showSignOutPage(
  { cookies, csrf, respond }: WebDeps,
  ctx: Context,
  error: Error & { code: string },
): Promise<void> {
  const handle = cookies.session(ctx)
  if (handle === undefined) throw error
  ctx.state.error = { code: error.code, cause: describeCause(error, false, undefined) }
  return respond.page(ctx, 'logout', { csrf: csrf.sign(sha256(handle)), flash: null })
}

async function isOwnForm({ cookies, csrf, publicUrl }: WebDeps, ctx: Context): Promise<boolean> {
  const handle = cookies.session(ctx)
  if (handle === undefined || !isSameOrigin(ctx, publicUrl)) return false
  const form = await readForm(ctx)
  return csrf.verify(sha256(handle), form.csrf ?? ctx.get('X-CSRF-Token'))
}

function endSessionHere({ cookies }: WebDeps, ctx: Context, error: Error, text: string): HttpError {
  const name = ctx.state.session ? `session ${ctx.state.session.id}` : 'session'
  delete ctx.state.session
  delete ctx.state.user
  cookies.clearSession(ctx)
  const message = `The ${name} has ended in this browser only; its row stays until it expires: ${error.message}`
  return new HttpError('store_unavailable', message, { text })
}
