import parse from 'co-body'
import type { Context } from 'koa'
import { PageError } from './errors.js'

/** Request parameters by name. An empty value is treated as absent (RFC 6749, 3.1). */
export interface RequestParams {
  /** Undefined also for a name that came more than once: it would be unclear which value is meant. */
  get(name: string): string | undefined
  /** Names that came more than once, which RFC 6749 forbids. */
  readonly repeated: readonly string[]
}

const FORM_LIMIT_BYTES = 64 * 1024

/** Reads a query string or a form body. */
export function readParams(text: string): RequestParams {
  const query = new URLSearchParams(text)
  const names = [...query.keys()]
  const repeated = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))]
  return {
    get: name => (repeated.includes(name) ? undefined : query.get(name) || undefined),
    repeated,
  }
}

/**
 * Reads the form a request carries.
 * @throws PageError 415 for anything but an unpacked form, 413 beyond 64 kB
 */
export const readFormParams = async (ctx: Context): Promise<RequestParams> => readParams(await readFormText(ctx))

/** Reads the form as text; throws the same. */
export async function readFormText(ctx: Context): Promise<string> {
  const packed = ctx.get('content-encoding') || 'identity'
  if (!ctx.is('application/x-www-form-urlencoded') || packed !== 'identity') {
    throw new PageError(415, 'This is not a form', 'Send application/x-www-form-urlencoded, not compressed.')
  }
  return parse.text(ctx, { limit: FORM_LIMIT_BYTES }).catch(rejectBody)
}

function rejectBody(error: { status?: number }): never {
  if (error.status === 413) throw new PageError(413, 'This form is too large', 'A form may have 64 kB at most.')
  throw new PageError(400, 'This form cannot be read', 'Its body broke off or is not text.')
}
