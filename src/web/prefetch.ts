import type { Context } from './context.js'

/** A browser asks in advance for what a person may open next, or never; once they do, it asks again where this failed. */
export function isPrefetch(ctx: Context): boolean {
  const purposes = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz'].map(name => ctx.get(name))
  return /prefetch|prerender|preview/i.test(purposes.join(' '))
}
