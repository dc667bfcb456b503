import { LRUCache } from 'lru-cache'
import { attemptId } from '../accounts/attempt.js'
import type { Context } from './context.js'

const MOST = 1_000

/** Sign-ins that began under another name of this machine than PUBLIC_URL, whose cookie will be missing on the way back. */
export interface Strays {
  note(ctx: Context, attempt: string): void
  /** The origin that the sign-in of this callback was begun at, if it was another one. */
  openedAt(ctx: Context): string | undefined
}

/**
 * Kept in local alone, in this process: there somebody opens 127.0.0.1 for localhost every day, while elsewhere a proxy
 * may well give us another Host than the browser asked for.
 */
export function createStrays(publicUrl: string, local: boolean): Strays {
  const hosts = new LRUCache<string, string>({ max: MOST })
  const { host } = new URL(publicUrl)
  return {
    note(ctx, attempt) {
      if (local && ctx.host !== host) hosts.set(attempt, ctx.host)
    },
    openedAt(ctx) {
      const state = ctx.state.answer?.get('state')
      const opened = state ? hosts.get(attemptId(state)) : undefined
      return opened && `http://${opened}`
    },
  }
}
