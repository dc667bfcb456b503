import { sha256, timingSafeEqual } from '../../crypto/digest.js'
import type { Sealer } from '../../crypto/keys.js'
import { isOlderThan } from '../age.js'
import { AccountError, type Retry } from '../errors.js'
import type { SafePath } from '../return-path.js'
import {
  ATTEMPT_SLOTS,
  type CookiesBySlot,
  chooseSlots,
  readSlots,
  slotsFor,
  splitIntoSlots,
} from './attempt-cookies.js'

const MINUTE_MS = 60_000
const ATTEMPT_LIFETIME_MS = 10 * MINUTE_MS
/** As long as its cookie is kept; see web/cookies.ts. */
export const ATTEMPT_COOKIE_LIFETIME_MS = 60 * MINUTE_MS
/**
 * Above this an attempt loses its return path. What nginx reads of a response's headers are 4,096 bytes, and the URL of
 * the provider stands there too.
 */
const MAX_SLOTS_WITH_PATH = 3
const CONTEXT = 'attempt'

/** A sign-in under way. It lives sealed in the browser that started it, so visitors who never finish leave no trace here. */
export interface Attempt {
  /** With OAuth 1.0a the temporary token, which is what comes back there. */
  state: string
  codeVerifier: string
  nonce?: string | undefined
  /** What a callback has to say of its issuer, where it says anything. */
  issuer?: string | undefined
  issuerRequired?: boolean | undefined
  /** OAuth 1.0a: the secret of the temporary token. */
  temporarySecret?: string | undefined
  provider: string
  redirectUri: string
  returnTo: SafePath
  /** It is to connect what comes back to an account that is signed in already. */
  link?: LinkTarget | undefined
  /** Once signed in, it goes on to connect what the ticket is about. */
  join?: LinkToken | undefined
  /** The provider was asked to let the person choose another account. */
  asAnother?: true | undefined
  /** The browser, by the id of the first of its attempts that it still had when it came back for another. */
  browser: string
  /** Milliseconds since 1970. */
  startedAt: number
}

/** Who asked for a connection: the answer counts for this person in this session alone. */
export interface LinkTarget {
  userId: string
  /** SHA-256 of the session's handle. */
  session: string
  /** What has to come back, where that is known already: see `identityMark`. */
  expects?: string | undefined
}

/** A new identity, and the accounts that it may join as soon as somebody has signed in to one of them. */
export interface LinkToken {
  provider: string
  /** See `identityMark`. */
  identity: string
  userIds: readonly string[]
}

/** The attempt as the browser holds it: only this app can read it. */
export interface SealedAttempt {
  id: string
  /** By slot. Several where one has no room for it. */
  cookies: ReadonlyMap<string, string>
}

/** The sealed attempts that a browser brought along. */
export type AttemptCookies = CookiesBySlot

/** An attempt of a browser, and the slots it lies in. */
export interface OpenedAttempt {
  attempt: Attempt
  slots: readonly string[]
}

/** What decides which slots an attempt gets. */
export interface SlotChoice {
  cookies: AttemptCookies
  /** See `chooseRun`. */
  startCount: number
  now: number
}

/**
 * Seals an attempt into slots of its browser, where it takes the place of the oldest one: without its return path if it
 * has to. Undefined if that is not enough.
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
  const unexpired = openAttempts(sealer, cookies).filter(held => !isExpired(held.attempt, now))
  const startedAt = new Map(unexpired.flatMap(held => held.slots.map(slot => [slot, held.attempt.startedAt] as const)))
  return { id: attemptId(attempt.state), cookies: splitIntoSlots(chooseSlots(count, startedAt, startCount), value) }
}

/** The attempts that a browser brought and that can be opened. */
export const openAttempts = (sealer: Sealer, cookies: AttemptCookies): OpenedAttempt[] =>
  readSlots(cookies).flatMap(({ slots, value }) => {
    const attempt = unseal(sealer, value)
    return attempt ? [{ attempt, slots: slots }] : []
  })

/** Finds the attempt that a state belongs to: started by this browser, and at this provider. */
export function openAttempt(sealer: Sealer, cookies: AttemptCookies, state: string, provider: string): Attempt {
  const attempt = findAttempt(sealer, cookies, state)?.attempt
  if (!attempt) throw new AccountError('attempt_missing', 'No attempt of this browser fits the state')
  // RFC 9700, 4.4.2.2: an answer counts only at the redirect URI of the provider that was asked.
  if (attempt.provider !== provider) {
    throw new AccountError(
      'attempt_missing',
      `The attempt was made for ${attempt.provider}, its answer came to ${provider}`,
    )
  }
  return attempt
}

/** The attempt of a state, in whichever slots it lies. */
export function findAttempt(sealer: Sealer, cookies: AttemptCookies, state: string): OpenedAttempt | undefined {
  return openAttempts(sealer, cookies).find(({ attempt }) => timingSafeEqual(attempt.state, state))
}

/** The slots of an attempt, so that they can be cleared when it is over. */
export const slotsOf = (sealer: Sealer, cookies: AttemptCookies, { state }: Attempt): readonly string[] =>
  findAttempt(sealer, cookies, state)?.slots ?? []

/** The id of the browser that sent these attempts; undefined if none can be opened. A browser cannot take the id of another one. */
export const browserIdOf = (sealer: Sealer, cookies: AttemptCookies): string | undefined =>
  openAttempts(sealer, cookies)[0]?.attempt.browser

export const isExpired = (attempt: Attempt, now: number): boolean =>
  isOlderThan(attempt.startedAt, ATTEMPT_LIFETIME_MS, now)

/** No browser that does as it was told still has its cookie. */
export const isCookieExpired = (attempt: Attempt, now: number): boolean =>
  now >= attempt.startedAt + ATTEMPT_COOKIE_LIFETIME_MS

/** What `used_attempts` keeps of an attempt. */
export const attemptHash = ({ state }: Pick<Attempt, 'state'>): string => sha256(state)

export const retryTargetOf = (attempt: Attempt): Retry => ({ provider: attempt.provider, returnTo: attempt.returnTo })

export const attemptId = (state: string): string => sha256(state).slice(0, 8)

function unseal(sealer: Sealer, value: string): Attempt | undefined {
  const text = sealer.open(value, CONTEXT)
  // Only what sealAttempt wrote opens, so its shape is known.
  return text ? (JSON.parse(text) as Attempt) : undefined
}
