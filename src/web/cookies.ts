import type { AttemptCookies, SealedAttempt } from '../accounts/accounts.js'
import { ATTEMPT_SLOTS, MAX_SLOT_CHARS } from '../accounts/sign-in/attempt-cookies.js'
import type { Sealer } from '../crypto/keys.js'
import type { Context } from './context.js'
import { isPrefetch } from './request-info.js'

const HOUR_MS = 60 * 60_000
const YEAR_MS = 365 * 24 * HOUR_MS
const FLASH_TTL_MS = 60_000
/** With 6,000 bytes of attempts, a session and a name, our cookies leave 1,000 of the 8,192 bytes that nginx gives a line. */
const MAX_FLASH_CHARS = 900
/** Attempt cookies of an older version had such a name in place of a slot. */
const OLD_ATTEMPT_ID = /^[\w-]{8}$/
/** A Set-Cookie line has about 120 bytes, and nginx reads no more than 4,096 of a response's headers. */
const MAX_CLEARED_COOKIES = 8

export interface Cookies {
  /** The attributes of every cookie of ours. */
  attributes: { httpOnly: true; path: '/'; sameSite: 'lax'; secure: boolean; signed: false; overwrite: true }
  sessionName: string
  /** The handle that the browser sent, whether or not such a session exists. */
  session(ctx: Context): string | undefined
  clearSession(ctx: Context): void
  attempts(ctx: Context): AttemptCookies
  setAttempt(ctx: Context, attempt: SealedAttempt): void
  clearAttempt(ctx: Context, slots: readonly string[]): void
  /** Clears cookies with the name of an attempt that have another format or are too long. */
  clearUnknownAttempts(ctx: Context): void
  /** Set-Cookie lines that clear all cookies that may be long, for a response without a context. */
  clearingLines: readonly string[]
  /** The provider of the last sign-in in this browser. The user can change it, so it is not trusted. */
  lastProvider(ctx: Context): string | undefined
  setLastProvider(ctx: Context, provider: string): void
  setFlash(ctx: Context, text: string): void
  /** The message for this page. Its cookie is cleared. */
  takeFlash(ctx: Context): string | null
}

interface Options {
  /** True when PUBLIC_URL is https, also behind a proxy that ends TLS. */
  secure: boolean
  /** COOKIE_PREFIX */
  prefix: string
  flashSealer: Sealer
}

/** The only place that sets cookies, except koa-session, which uses the attributes from here. */
export function createCookies({ secure, prefix, flashSealer }: Options): Cookies {
  const { sessionName, attemptPrefix, flashName, lastName } = cookieNames(secure, prefix)
  const attributes = { httpOnly: true, path: '/', sameSite: 'lax', secure, signed: false, overwrite: true } as const

  const set = (ctx: Context, name: string, value: string, maxAge: number) =>
    ctx.cookies.set(name, value, { ...attributes, maxAge })
  const clear = (ctx: Context, name: string) => ctx.cookies.set(name, '', { ...attributes, maxAge: 0 })

  return {
    attributes,
    sessionName,
    session: ctx => ctx.cookies.get(sessionName, { signed: false }),
    clearSession: ctx => clear(ctx, sessionName),

    attempts: ctx => new Map(readAttempts(ctx, attemptPrefix).filter(hasAttemptFormat)),

    setAttempt(ctx, attempt) {
      for (const [slot, value] of attempt.cookies) set(ctx, attemptPrefix + slot, value, HOUR_MS)
    },

    clearAttempt(ctx, slots) {
      for (const slot of slots) clear(ctx, attemptPrefix + slot)
    },

    clearUnknownAttempts(ctx) {
      const unknown = readAttempts(ctx, attemptPrefix).filter(mustBeCleared).slice(0, MAX_CLEARED_COOKIES)
      for (const [id] of unknown) clear(ctx, attemptPrefix + id)
    },

    clearingLines: clearingLines(secure, [flashName, ...ATTEMPT_SLOTS.map(slot => attemptPrefix + slot)]),

    lastProvider: ctx => ctx.cookies.get(lastName, { signed: false }),
    setLastProvider: (ctx, provider) => set(ctx, lastName, provider, YEAR_MS),

    setFlash(ctx, text) {
      const sealed = flashSealer.seal(text, 'flash')
      // A message that is too long is left out, and so is the message before, which is no longer true.
      if (sealed.length <= MAX_FLASH_CHARS) set(ctx, flashName, sealed, FLASH_TTL_MS)
      else clear(ctx, flashName)
    },

    takeFlash(ctx) {
      // The message is for a page that the user opens.
      const sealed = isPrefetch(ctx) ? undefined : ctx.cookies.get(flashName, { signed: false })
      if (!sealed) return null
      if (ctx.method !== 'HEAD') clear(ctx, flashName)
      return flashSealer.open(sealed, 'flash') ?? null
    },
  }
}

/** `__Host-` keeps sub-domains from setting a cookie of this name. Browsers apply it on https only. */
function cookieNames(secure: boolean, prefix: string) {
  const start = secure ? `__Host-${prefix}` : prefix
  return {
    sessionName: `${start}-session`,
    attemptPrefix: `${start}-attempt-`,
    flashName: `${start}-flash`,
    lastName: `${start}-last`,
  }
}

const clearingLines = (secure: boolean, names: readonly string[]): string[] =>
  names.map(
    name =>
      `${name}=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; ${secure ? 'secure; ' : ''}httponly; samesite=lax`,
  )

/** Slot and value. */
type AttemptCookie = readonly [id: string, value: string]

const hasAttemptFormat = ([id, value]: AttemptCookie): boolean =>
  ATTEMPT_SLOTS.includes(id) && value.length <= MAX_SLOT_CHARS

/** Only names that this app has set once. A cookie of another name may be impossible to clear. */
const mustBeCleared = ([id, value]: AttemptCookie): boolean =>
  ATTEMPT_SLOTS.includes(id) ? value.length > MAX_SLOT_CHARS : OLD_ATTEMPT_ID.test(id)

function readAttempts({ headers: { cookie = '' } }: Context, prefix: string): AttemptCookie[] {
  const pairs = cookie.split('; ').filter(pair => pair.startsWith(prefix))
  return pairs.map(pair => {
    const equals = pair.indexOf('=')
    return [pair.slice(prefix.length, equals), pair.slice(equals + 1)]
  })
}
