import type { Context, Middleware } from 'koa'
import { answerProblem } from '../bites.js'
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
export const answerSigned =
  (answer: (ctx: Context) => Promise<void>): Middleware =>
  async ctx => {
    try {
      await answer(ctx)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      await answerProblem(error.problem, error.more)({ ctx, usual: () => {}, pause: async () => {} })
    }
  }
