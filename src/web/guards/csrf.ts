import type { Context, Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { HttpError } from '../errors/http-error.js'
import { pageOfForm, readForm } from '../form.js'
import { isSameOrigin } from '../request-info.js'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Rejects a request that changes something unless a page of this app sent it in the same session. It checks the token
 * always, and the origin as far as the browser sends it.
 */
export const csrf =
  (deps: WebDeps): Handler =>
  (ctx, next) =>
    SAFE_METHODS.has(ctx.method) ? next() : requireCsrfToken(deps, ctx).then(next)

async function requireCsrfToken(deps: WebDeps, ctx: Context): Promise<void> {
  const { csrf: signer, publicUrl } = deps
  if (!isSameOrigin(ctx, publicUrl))
    throw new HttpError('csrf', 'The request comes from another origin', CROSS_SITE_TEXTS)
  const { session } = ctx.state
  const token = (await readForm(ctx)).csrf ?? ctx.get('X-CSRF-Token')
  // Without a session a forged request could act for no user; the route itself requires a signed-in user.
  if (!session || signer.verify(session.handleHash, token)) return
  const actions = [{ label: 'Open the page again', href: pageOfForm(deps, ctx) }]
  throw new HttpError('csrf', 'The CSRF token is not ours', { actions })
}

const CROSS_SITE_TEXTS = {
  heading: 'That form came from another site',
  text: 'Only the pages of this site may send it. Nothing was changed.',
}
