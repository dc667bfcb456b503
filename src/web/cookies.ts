import type { BroughtAttempts, SealedAttempt } from '../accounts/attempt.js'
import type { Sealer } from '../crypto/keys.js'
import type { Context } from './context.js'
import { isPrefetch } from './prefetch.js'

const HOUR = 60 * 60_000
const YEAR = 365 * 24 * HOUR
const FLASH_LIFE = 60_000
/** Browsers keep 4,096 bytes (RFC 6265, 6.1); the rest is for name and attributes. */
const MAX_VALUE_CHARS = 3_750
const ATTEMPT_ID = /^[\w-]{8}$/

export interface Cookies {
  /** Attributes that every cookie of ours has. */
  attributes: { httpOnly: true; path: '/'; sameSite: 'lax'; secure: boolean; signed: false; overwrite: true }
  sessionName: string
  /** The handle that this browser sent, whether or not there is such a session. */
  session(ctx: Context): string | undefined
  dropSession(ctx: Context): void
  attempts(ctx: Context): BroughtAttempts
  keepAttempt(ctx: Context, attempt: SealedAttempt, surplus: readonly string[]): void
  dropAttempt(ctx: Context, id: string): void
  /** The provider that this browser signed in with last, which its owner may have changed: not to be trusted. */
  lastProvider(ctx: Context): string | undefined
  keepLastProvider(ctx: Context, provider: string): void
  setFlash(ctx: Context, text: string): void
  /** The message for this page, which is gone with it. */
  takeFlash(ctx: Context): string | null
}

interface Options {
  /** True when PUBLIC_URL is https, also behind a proxy that ends TLS. */
  secure: boolean
  /** COOKIE_PREFIX */
  prefix: string
  flashSealer: Sealer
}

/** The only place that sets cookies, but for koa-session with the attributes from here. */
export function createCookies({ secure, prefix, flashSealer }: Options): Cookies {
  const { sessionName, attemptPrefix, flashName, lastName } = namesOf(secure, prefix)
  const attributes = { httpOnly: true, path: '/', sameSite: 'lax', secure, signed: false, overwrite: true } as const

  const set = (ctx: Context, name: string, value: string, maxAge: number) =>
    ctx.cookies.set(name, value, { ...attributes, maxAge })
  const drop = (ctx: Context, name: string) => ctx.cookies.set(name, '', { ...attributes, maxAge: 0 })

  return {
    attributes,
    sessionName,
    session: ctx => ctx.cookies.get(sessionName, { signed: false }),
    dropSession: ctx => drop(ctx, sessionName),

    attempts: ctx => readAttempts(ctx.headers.cookie, attemptPrefix),

    keepAttempt(ctx, { id, value }, surplus) {
      for (const old of surplus) drop(ctx, attemptPrefix + old)
      set(ctx, attemptPrefix + id, value, HOUR)
    },

    dropAttempt: (ctx, id) => drop(ctx, attemptPrefix + id),

    lastProvider: ctx => ctx.cookies.get(lastName, { signed: false }),
    keepLastProvider: (ctx, provider) => set(ctx, lastName, provider, YEAR),

    setFlash(ctx, text) {
      const sealed = flashSealer.seal(text, 'flash')
      // A browser would drop it, and go on showing the one before.
      if (sealed.length <= MAX_VALUE_CHARS) set(ctx, flashName, sealed, FLASH_LIFE)
      else drop(ctx, flashName)
    },

    takeFlash(ctx) {
      // The message is for the page that a person opens.
      if (isPrefetch(ctx)) return null
      const sealed = ctx.cookies.get(flashName, { signed: false })
      if (!sealed) return null
      if (ctx.method !== 'HEAD') drop(ctx, flashName)
      return flashSealer.open(sealed, 'flash') ?? null
    },
  }
}

/** `__Host-` keeps sub-domains from planting a cookie of this name; browsers honour it on https only. */
function namesOf(secure: boolean, prefix: string) {
  const first = secure ? `__Host-${prefix}` : prefix
  return {
    sessionName: `${first}-session`,
    attemptPrefix: `${first}-attempt-`,
    flashName: `${first}-flash`,
    lastName: `${first}-last`,
  }
}

function readAttempts(header: string | undefined, prefix: string): BroughtAttempts {
  const pairs = (header ?? '').split('; ').filter(pair => pair.startsWith(prefix))
  const attempts = pairs.map(pair => {
    const equals = pair.indexOf('=')
    return [pair.slice(prefix.length, equals), pair.slice(equals + 1)] as const
  })
  // Any other name is not of our making, and may be one that no cookie can be dropped by.
  return new Map(attempts.filter(([id]) => ATTEMPT_ID.test(id)))
}
