import type { Context, Middleware } from 'koa'
import { respondProblem } from '../fault-injection.js'
import type { Fields } from '../responses.js'

/** A problem of a signed request, named as in the Problem Reporting extension. */
export class OAuth1Problem extends Error {
  override readonly name = 'OAuth1Problem'
  constructor(
    readonly problem: string,
    readonly more: Fields = {},
  ) {
    super(problem)
  }
}

/** Runs the handler, and sends the problem if it throws one. */
export const handleSigned =
  (handle: (ctx: Context) => Promise<void>): Middleware =>
  async ctx => {
    try {
      await handle(ctx)
    } catch (error) {
      if (!(error instanceof OAuth1Problem)) throw error
      await respondProblem(error.problem, error.more)({ ctx, respond: () => {}, pause: async () => {} })
    }
  }
