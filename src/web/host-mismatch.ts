import { LRUCache } from 'lru-cache'
import type { SafePath } from '../accounts/accounts.js'
import { attemptId } from '../accounts/sign-in/attempt.js'
import type { Context } from './context.js'

const MAX_STARTS = 1_000

/** Sign-ins that began under another host than that of PUBLIC_URL, where the cookie of the attempt stayed. */
export interface HostMismatches {
  record(ctx: Context, attempt: string, returnTo: SafePath | undefined): void
  /** The origin that the sign-in of this callback was begun at, if it certainly was another one. */
  originOf(ctx: Context): string | undefined
  /** What is known of the start of this callback's sign-in, if that had another host. */
  startOf(ctx: Context): MismatchedStart | undefined
  /** For the log. */
  describe(ctx: Context): string | undefined
  /**
   * A trusted proxy says that the browser asked for the host of PUBLIC_URL with `www.` in front, or without it. Any other host
   * may be what the proxy calls itself, and has no say in where people are led.
   */
  isWwwVariant(ctx: Context): boolean
}

export interface MismatchedStart {
  host: string
  /** By the word of a trusted proxy, or in local, where nothing else rewrites a Host. */
  isCertain: boolean
  returnTo: SafePath | undefined
}

/**
 * Kept in this process, for the words of the error page and the log. Outside of local a proxy may well send another Host
 * than the browser asked for, so that nothing is refused by a Host, and nothing is taken for certain.
 */
export function createHostMismatches(publicUrl: string, local: boolean): HostMismatches {
  const starts = new LRUCache<string, MismatchedStart>({ max: MAX_STARTS })
  const { host: publicHost, protocol } = new URL(publicUrl)

  /** The host that a trusted proxy was asked for, as PUBLIC_URL would have it. */
  function forwardedHost({ state: { forwardedHost: host } }: Context): string | undefined {
    const url = `${protocol}//${host}`
    return host && URL.canParse(url) ? new URL(url).host : undefined
  }

  function startOf(ctx: Context): MismatchedStart | undefined {
    const state = ctx.state.answer?.get('state')
    return state ? starts.get(attemptId(state)) : undefined
  }

  return {
    record(ctx, attempt, returnTo) {
      const forwarded = forwardedHost(ctx)
      const host = forwarded ?? ctx.host
      if (host !== publicHost) starts.set(attempt, { host, isCertain: local || forwarded !== undefined, returnTo })
    },
    originOf(ctx) {
      const start = startOf(ctx)
      return start?.isCertain ? `${local ? 'http:' : protocol}//${start.host}` : undefined
    },
    startOf,
    describe(ctx) {
      const start = startOf(ctx)
      return start && `the sign-in began with the Host ${start.host}, and PUBLIC_URL is ${publicUrl}`
    },
    isWwwVariant(ctx) {
      const host = forwardedHost(ctx)
      return host === `www.${publicHost}` || `www.${host}` === publicHost
    },
  }
}
