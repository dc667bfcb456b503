import type { Context, Middleware } from 'koa'
import { respondProblem } from '../fault-injection.js'
import type { Fields } from '../redirect.js'

/** What is wrong with a signed request, in the words of the Problem Reporting extension. */
export class Problem extends Error {
  override readonly name = 'Problem'
  constructor(
    readonly problem: string,
    readonly more: Fields = {},
  ) {
    super(problem)
  }
}

/** Answers a request that is in order, or says what is wrong with it. */
export const handleSigned =
  (answer: (ctx: Context) => Promise<void>): Middleware =>
  async ctx => {
    try {
      await answer(ctx)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      await respondProblem(error.problem, error.more)({ ctx, respond: () => {}, pause: async () => {} })
    }
  }
