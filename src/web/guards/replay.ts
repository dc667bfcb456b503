import { AccountError } from '../../accounts/errors.js'
import type { Handler } from '../context.js'
import type { WebDeps } from '../deps.js'

/** Sends a signed-in person, whose back button opened an old callback, to where that sign-in led. */
export const redirectReplays =
  ({ respond }: WebDeps): Handler =>
  async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const isReplay = error instanceof AccountError && error.code === 'attempt_used' && ctx.state.user
      if (!isReplay || !error.retry) throw error
      respond.redirect(ctx, error.retry.returnTo, 'You are already signed in.')
    }
  }
