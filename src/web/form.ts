import type { Router } from '@koa/router'
import coBody from 'co-body'
import type { ReturnPaths, SafePath } from '../accounts/accounts.js'
import type { Context } from './context.js'
import { HttpError } from './errors/http-error.js'

const MAX_BODY_SIZE = '64kb'

type Form = Record<string, string>

const formsByRequest = new WeakMap<object, Promise<Form>>()

/** The fields of a form of one of our pages. A field that is given twice counts as missing. */
export function readForm(ctx: Context): Promise<Form> {
  // A body can be read once, and the CSRF guard reads it before the handler.
  const form = formsByRequest.get(ctx.req) ?? parseForm(ctx)
  formsByRequest.set(ctx.req, form)
  return form
}

/** All fields of a form that another site sent, in their order, also those that are given twice. */
export function readUnboundForm(ctx: Context): Promise<URLSearchParams> {
  return readUrlencoded(ctx, async options => {
    const text: string = await coBody.text(ctx.req, options)
    return new URLSearchParams(text)
  })
}

async function parseForm(ctx: Context): Promise<Form> {
  if (!ctx.request.length && !ctx.get('Transfer-Encoding')) return {}
  const fields: Record<string, unknown> = await readUrlencoded(ctx, options => coBody.form(ctx.req, options))
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => typeof field[1] === 'string'),
  )
}

async function readUrlencoded<T>(ctx: Context, read: (options: { limit: string }) => Promise<T>): Promise<T> {
  if (!ctx.is('urlencoded') || ctx.get('Content-Encoding')) {
    throw new HttpError('unsupported_type', 'The body is not a plain urlencoded form')
  }
  try {
    return await read({ limit: MAX_BODY_SIZE })
  } catch (error) {
    throw new HttpError(isTooLarge(error) ? 'too_large' : 'request_malformed', 'The form could not be read')
  }
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'type' in error && error.type === 'entity.too.large'

/**
 * The page that a form was sent from: the `Referer`, or else the nearest page above the form's own path, because
 * `Referrer-Policy: no-referrer` keeps browsers from sending a `Referer` for the pages of this app.
 */
export function pageOfForm(
  { publicUrl, returnPaths }: { publicUrl: string; returnPaths: ReturnPaths },
  ctx: Context,
): SafePath {
  const referrer = ctx.get('Referer')
  const ownPage = referrer.startsWith(`${publicUrl}/`) ? returnPaths.read(referrer.slice(publicUrl.length)) : undefined
  if (ownPage) return ownPage
  const router: Router | undefined = ctx.router
  const pages = pathsAbove(ctx.path).filter(path => router?.match(path, 'GET').route)
  return pages.map(path => returnPaths.read(path)).find(path => path !== undefined) ?? returnPaths.home
}

/** `/a/b/c`: `/a/b/c`, `/a/b`, `/a`. */
function pathsAbove(path: string): string[] {
  const segments = path.split('/').filter(Boolean)
  return segments.map((_, index) => `/${segments.slice(0, segments.length - index).join('/')}`)
}
