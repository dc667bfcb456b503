import type { Context } from 'koa'
import { readFormText } from '../params.js'
import { OAuth1Problem } from './problem.js'
import type { Pair } from './signature.js'

const FORM = 'application/x-www-form-urlencoded'

/**
 * Every parameter that a signature covers, and the signature: from the header, the query and the form (RFC 5849,
 * 3.4.1.3.1). The realm is not one of them.
 * @throws OAuth1Problem for a header that cannot be read
 */
export async function readPairs(ctx: Context): Promise<Pair[]> {
  const form = ctx.is(FORM) ? await readFormText(ctx) : ''
  return [
    ...readHeader(ctx.get('authorization')),
    ...new URLSearchParams(ctx.querystring),
    ...new URLSearchParams(form),
  ]
}

function readHeader(header: string): Pair[] {
  const [, list] = /^oauth\s+(.*)$/is.exec(header) ?? []
  if (list === undefined) return []
  const pairs: Pair[] = []
  const next = /\s*([^\s=",]+)="([^"]*)"\s*(?:,|$)/y
  while (next.lastIndex < list.length) {
    const [, name, value] = next.exec(list) ?? []
    if (name === undefined || value === undefined) throw new OAuth1Problem('parameter_rejected')
    if (name.toLowerCase() !== 'realm') pairs.push([decode(name), decode(value)])
  }
  return pairs
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new OAuth1Problem('parameter_rejected')
  }
}
