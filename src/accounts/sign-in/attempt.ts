import { sha256, timingSafeEqual } from '../../crypto/digest.js'
import type { Sealer } from '../../crypto/keys.js'
import { isOlderThan } from '../age.js'
import { AccountError, type Retry } from '../errors.js'
import type { SafePath } from '../return-path.js'
import type { ActiveSession } from '../sessions/active-session.js'
import type { Browser } from '../sessions/sessions.js'
import {
  ATTEMPT_SLOTS,
  type AttemptCookies,
  chooseSlots,
  readSlots,
  slotsFor,
  splitIntoSlots,
} from './attempt-cookies.js'

const MINUTE_MS = 60_000
const ATTEMPT_LIFETIME_MS = 10 * MINUTE_MS
/** The Max-Age of its cookies; see web/cookies.ts. */
export const ATTEMPT_COOKIE_LIFETIME_MS = 60 * MINUTE_MS
/**
 * Above this an attempt loses its return path. What nginx reads of a response's headers are 4,096 bytes, and the URL of
 * the provider stands there too.
 */
const MAX_SLOTS_WITH_PATH = 3
const CONTEXT = 'attempt'

/** The browser that a request comes from. */
export interface Caller {
  attemptCookies: AttemptCookies
  browser: Browser
}

/** A browser comes back from a provider. */
export interface CallbackRequest extends Caller {
  provider: string
  /** The query of the callback, unchanged. */
  params: URLSearchParams
  /** The session that the browser has already. */
  session: ActiveSession | undefined
}

/**
 * A sign-in that has started. The browser that started it has it in a sealed cookie, so visitors who never finish leave
 * no trace here. The names of the fields are part of the format: a new version has to open the cookies of an old one.
 */
export interface Attempt {
  /** With OAuth 1.0a the temporary token, which is what comes back there. */
  state: string
  codeVerifier: string
  nonce?: string | undefined
  /** The issuer that a callback must name, where it names one. */
  issuer?: string | undefined
  issuerRequired?: boolean | undefined
  /** OAuth 1.0a: the secret of the temporary token. */
  temporarySecret?: string | undefined
  provider: string
  redirectUri: string
  returnTo: SafePath
  /** The identity is linked to this account, which is signed in already. */
  link?: LinkTarget | undefined
  /** After the sign-in the identity of this link token is linked too. */
  join?: LinkToken | undefined
  /** The provider was asked to let the person choose another account. */
  asAnother?: true | undefined
  /** The id of the browser: that of the first attempt that it still had when it started another one. */
  browser: string
  /** Milliseconds since 1970. */
  startedAt: number
}

/** The account that an identity is linked to: the callback counts only for this user, in this session. */
export interface LinkTarget {
  userId: string
  /** SHA-256 of the session's handle. */
  session: string
  /** The identity that has to come back, where it is known already: see `identityHash`. */
  expects?: string | undefined
}

/** A new identity, and the accounts that it may be linked to as soon as the user has signed in to one of them. */
export interface LinkToken {
  provider: string
  /** See `identityHash`. */
  identity: string
  userIds: readonly string[]
}

/** The attempt as the browser holds it: only this app can read it. */
export interface SealedAttempt {
  id: string
  /** By slot: several slots for an attempt that is too large for one. */
  cookies: ReadonlyMap<string, string>
}

/** An attempt of a browser, and its slots. */
export interface OpenedAttempt {
  attempt: Attempt
  slots: readonly string[]
}

/** What decides which slots an attempt gets. */
export interface SlotChoice {
  cookies: AttemptCookies
  /** See `chooseSlots`. */
  startCount: number
  now: number
}

/**
 * Seals an attempt into slots of its browser, where it replaces the oldest one. An attempt that is too large loses its
 * return path. Undefined where it is too large without it.
 */
export function sealAttempt(
  sealer: Sealer,
  attempt: Attempt,
  home: SafePath,
  { cookies, startCount, now }: SlotChoice,
): SealedAttempt | undefined {
  const seal = (each: Attempt) => sealer.seal(JSON.stringify(each), CONTEXT)
  const whole = seal(attempt)
  const value = slotsFor(whole.length) <= MAX_SLOTS_WITH_PATH ? whole : seal({ ...attempt, returnTo: home })
  const count = slotsFor(value.length)
  if (count > ATTEMPT_SLOTS.length) return undefined
  const unexpired = openAttempts(sealer, cookies).filter(held => !isAttemptExpired(held.attempt, now))
  const startedAt = new Map(unexpired.flatMap(held => held.slots.map(slot => [slot, held.attempt.startedAt] as const)))
  return { id: attemptId(attempt.state), cookies: splitIntoSlots(chooseSlots(count, startedAt, startCount), value) }
}

/** The attempts in the cookies that can be opened. */
export const openAttempts = (sealer: Sealer, cookies: AttemptCookies): OpenedAttempt[] =>
  readSlots(cookies).flatMap(({ slots, value }) => {
    const attempt = unseal(sealer, value)
    return attempt ? [{ attempt, slots }] : []
  })

/** Finds the attempt that a state belongs to: started by this browser, and at this provider. */
export function openAttempt(sealer: Sealer, cookies: AttemptCookies, state: string, provider: string): Attempt {
  const attempt = findAttempt(sealer, cookies, state)?.attempt
  const details = { attemptId: attemptId(state) }
  if (!attempt) throw new AccountError('attempt_missing', 'No attempt of this browser fits the state', details)
  // RFC 9700, 4.4.2.2: a callback counts only at the redirect URI of the provider that the attempt was made for.
  if (attempt.provider !== provider) {
    throw new AccountError(
      'attempt_missing',
      `The attempt was made for ${attempt.provider}, its callback came to ${provider}`,
      details,
    )
  }
  return attempt
}

const findAttempt = (sealer: Sealer, cookies: AttemptCookies, state: string): OpenedAttempt | undefined =>
  openAttempts(sealer, cookies).find(({ attempt }) => isOfState(attempt, state))

export const isOfState = (attempt: Attempt, state: string): boolean => timingSafeEqual(attempt.state, state)

/** The slots of an attempt, so that its cookies can be cleared when it has ended. */
export const slotsOf = (sealer: Sealer, cookies: AttemptCookies, { state }: Attempt): readonly string[] =>
  findAttempt(sealer, cookies, state)?.slots ?? []

/** The id of the browser that sent these attempts; undefined if no attempt can be opened. A browser cannot take the id of another one. */
export const browserIdOf = (sealer: Sealer, cookies: AttemptCookies): string | undefined =>
  openAttempts(sealer, cookies)[0]?.attempt.browser

export const isAttemptExpired = (attempt: Attempt, now: number): boolean =>
  isOlderThan(attempt.startedAt, ATTEMPT_LIFETIME_MS, now)

/** A browser that respects Max-Age has deleted the cookie by now. */
export const isCookieExpired = (attempt: Attempt, now: number): boolean =>
  now >= attempt.startedAt + ATTEMPT_COOKIE_LIFETIME_MS

/** What the table `used_attempts` stores of an attempt. */
export const attemptHash = ({ state }: Pick<Attempt, 'state'>): string => sha256(state)

export const retryTargetOf = (attempt: Attempt): Retry => ({ provider: attempt.provider, returnTo: attempt.returnTo })

export const attemptId = (state: string): string => sha256(state).slice(0, 8)

function unseal(sealer: Sealer, value: string): Attempt | undefined {
  const text = sealer.open(value, CONTEXT)
  // Only what sealAttempt wrote opens, so its shape is known.
  return text ? (JSON.parse(text) as Attempt) : undefined
}
