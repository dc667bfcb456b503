import { LRUCache } from 'lru-cache'
import type { SafePath } from '../accounts/accounts.js'
import type { Context } from './context.js'

const MAX_STARTS = 1_000

/** Sign-ins that began under another host than that of PUBLIC_URL. The cookie of such an attempt stays at the other host. */
export interface HostMismatches {
  record(ctx: Context, attemptId: string, returnTo: SafePath | undefined): void
  find(attemptId: string | undefined): MismatchedStart | undefined
  /**
   * A trusted proxy says that the browser asked for the host of PUBLIC_URL with `www.` in front, or without it. Any other
   * host may be the proxy's own name, so it does not decide where a user is redirected.
   */
  isWwwVariant(ctx: Context): boolean
}

export interface MismatchedStart {
  host: string
  /**
   * The origin that the browser certainly used: a trusted proxy says so, or the environment is local, where nothing else
   * rewrites a Host.
   */
  origin: string | undefined
  returnTo: SafePath | undefined
}

/**
 * Kept in this process, for the texts of the error page and the log. Outside of local a proxy may send another Host than
 * the browser asked for, so no request is rejected because of its Host, and no Host is taken for certain.
 */
export function createHostMismatches(publicUrl: string, local: boolean): HostMismatches {
  const starts = new LRUCache<string, MismatchedStart>({ max: MAX_STARTS })
  const { host: publicHost, protocol } = new URL(publicUrl)

  /** The host that a trusted proxy was asked for, written as in PUBLIC_URL. */
  function forwardedHost({ state: { forwardedHost: host } }: Context): string | undefined {
    const url = `${protocol}//${host}`
    return host && URL.canParse(url) ? new URL(url).host : undefined
  }

  return {
    record(ctx, attemptId, returnTo) {
      const forwarded = forwardedHost(ctx)
      const host = forwarded ?? ctx.host
      if (host === publicHost) return
      const isCertain = local || forwarded !== undefined
      const origin = isCertain ? `${local ? 'http:' : protocol}//${host}` : undefined
      starts.set(attemptId, { host, origin, returnTo })
    },
    find: attemptId => (attemptId === undefined ? undefined : starts.get(attemptId)),
    isWwwVariant(ctx) {
      const host = forwardedHost(ctx)
      return host === `www.${publicHost}` || `www.${host}` === publicHost
    },
  }
}
