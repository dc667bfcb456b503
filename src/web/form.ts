import coBody from 'co-body'
import type { Context } from './context.js'
import { HttpError } from './errors/http-error.js'

const MAX_BODY_SIZE = '64kb'

type Form = Record<string, string>

const formsByRequest = new WeakMap<object, Promise<Form>>()

/** The fields of a form that was posted to us; a field given twice counts as not given. */
export function readForm(ctx: Context): Promise<Form> {
  // A body can be read once, and the CSRF guard was there before the handler.
  const form = formsByRequest.get(ctx.req) ?? parseForm(ctx)
  formsByRequest.set(ctx.req, form)
  return form
}

/** Everything that a form of somebody else brought, in its order, also what it gave twice. */
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
