import type { Context } from 'koa'
import { readFormText } from '../params.js'
import { OAuth1Problem } from './problem.js'
import type { NameAndValue } from './signature.js'

const FORM = 'application/x-www-form-urlencoded'

/**
 * Every parameter that a signature covers, and the signature: from the header, the query and the form (RFC 5849,
 * 3.4.1.3.1). The realm is not one of them.
 * @throws OAuth1Problem for a header that cannot be read
 */
export async function readSignedParams(ctx: Context): Promise<NameAndValue[]> {
  const form = ctx.is(FORM) ? await readFormText(ctx) : ''
  return [
    ...readHeaderParams(ctx.get('authorization')),
    ...new URLSearchParams(ctx.querystring),
    ...new URLSearchParams(form),
  ]
}

function readHeaderParams(header: string): NameAndValue[] {
  const [, list] = /^oauth\s+(.*)$/is.exec(header) ?? []
  if (list === undefined) return []
  const pairs: NameAndValue[] = []
  const next = /\s*([^\s=",]+)="([^"]*)"\s*(?:,|$)/y
  while (next.lastIndex < list.length) {
    const [, name, value] = next.exec(list) ?? []
    if (name === undefined || value === undefined) throw new OAuth1Problem('parameter_rejected')
    if (name.toLowerCase() !== 'realm') pairs.push([percentDecode(name), percentDecode(value)])
  }
  return pairs
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new OAuth1Problem('parameter_rejected')
  }
}
