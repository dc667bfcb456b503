import type { Context, Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { HttpError } from '../errors/http-error.js'
import { readForm } from '../form.js'
import { pageOfForm } from '../form-page.js'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a request that changes something unless a page of ours, in this very session, sent it: the token always; what
 * the browser says of its origin, if it says anything. `null` is what `Referrer-Policy: no-referrer` makes of our own.
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
  // Without a session there is nothing to forge in anybody's name; the route asks for a person itself.
  if (!session || signer.verify(session.handleHash, token)) return
  const actions = [{ label: 'Open the page again', href: pageOfForm(deps, ctx) }]
  throw new HttpError('csrf', 'The CSRF token is not ours', { actions })
}

const CROSS_SITE_TEXTS = {
  heading: 'That form came from another site',
  text: 'Only the pages of this site may send it. Nothing was changed.',
}

/** As far as the browser says. */
export function isSameOrigin(ctx: Context, publicUrl: string): boolean {
  const site = ctx.get('Sec-Fetch-Site')
  if (site) return site === 'same-origin'
  return ['', 'null', publicUrl].includes(ctx.get('Origin'))
}
