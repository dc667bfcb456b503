import { equal, sha256 } from '../crypto/digest.js'
import type { Sealer } from '../crypto/keys.js'
import { isOver } from '../time/age.js'
import { Refusal, type Retry } from './refusal.js'
import type { SafePath } from './return-path.js'

const MINUTE = 60_000
const ATTEMPT_LIFE = 10 * MINUTE
/** As long as its cookie is kept; see web/cookies.ts. */
const ATTEMPT_COOKIE_LIFE_MS = 60 * MINUTE
const MOST_ATTEMPTS = 5
const MOST_BYTES = 6_000

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
  link?: Link | undefined
  /** Once signed in, it goes on to connect what the ticket is about. */
  join?: Ticket | undefined
  /** The provider was asked to let the person choose another account. */
  asAnother?: true | undefined
  /** The browser, by the id of the first of its attempts that it still had when it came back for another. */
  browser: string
  /** Milliseconds since 1970. */
  startedAt: number
}

/** Who asked for a connection: the answer counts for this person in this session alone. */
export interface Link {
  userId: string
  /** SHA-256 of the session's handle. */
  session: string
  /** What has to come back, where that is known already: see `identityMark`. */
  expects?: string | undefined
}

/** A new identity, and the accounts that it may join as soon as somebody has signed in to one of them. */
export interface Ticket {
  provider: string
  /** See `identityMark`. */
  identity: string
  userIds: readonly string[]
}

/** The attempt as it travels: the id names its cookie, the value is worthless to everybody else. */
export interface SealedAttempt {
  id: string
  value: string
}

/** The sealed attempts that a browser brought along, by id. */
export type BroughtAttempts = ReadonlyMap<string, string>

export function sealAttempt(sealer: Sealer, attempt: Attempt): SealedAttempt {
  const id = attemptId(attempt.state)
  return { id, value: sealer.seal(JSON.stringify(attempt), context(id)) }
}

/**
 * Browsers keep no cookie whose name, value and attributes are longer than 4,096 bytes together (RFC 6265, 6.1), and say
 * nothing. The rest is for name and attributes.
 */
const MAX_SEALED_CHARS = 3_750

/** The same where it fits into a cookie: without its return path if it has to, and undefined if that is not enough. */
export function sealAttemptToFit(sealer: Sealer, attempt: Attempt, home: SafePath): SealedAttempt | undefined {
  const attempts = [attempt, { ...attempt, returnTo: home }]
  return attempts.map(each => sealAttempt(sealer, each)).find(({ value }) => value.length <= MAX_SEALED_CHARS)
}

/** Finds the attempt that a state belongs to: started by this browser, and at this provider. */
export function openAttempt(sealer: Sealer, brought: BroughtAttempts, state: string, provider: string): Attempt {
  const attempt = unseal(sealer, attemptId(state), brought.get(attemptId(state)))
  if (!attempt || !equal(attempt.state, state)) {
    throw new Refusal('attempt_missing', 'No attempt of this browser fits the state')
  }
  // RFC 9700, 4.4.2.2: an answer counts only at the redirect URI of the provider that was asked.
  if (attempt.provider !== provider) {
    throw new Refusal('attempt_missing', `The attempt was made for ${attempt.provider}, its answer came to ${provider}`)
  }
  return attempt
}

/** The browser that brought these attempts; undefined if none of them is ours. Nobody can name themselves another. */
export function browserOf(sealer: Sealer, brought: BroughtAttempts): string | undefined {
  for (const [id, value] of brought) {
    const attempt = unseal(sealer, id, value)
    if (attempt) return attempt.browser
  }
  return undefined
}

export const isExpired = (attempt: Attempt, now: number): boolean => isOver(attempt.startedAt, ATTEMPT_LIFE, now)

/** No browser that does as it was told still has its cookie. */
export const isForgotten = (attempt: Attempt, now: number): boolean => now >= attempt.startedAt + ATTEMPT_COOKIE_LIFE_MS

/** What `used_attempts` keeps of an attempt. */
export const attemptMark = (attempt: Attempt): string => sha256(attempt.state)

export const retryOf = (attempt: Attempt): Retry => ({ provider: attempt.provider, returnTo: attempt.returnTo })

/** The ids that must go so that the fresh attempt fits: unreadable ones first, then the oldest. */
export function surplusAttempts(sealer: Sealer, brought: BroughtAttempts, fresh: SealedAttempt): string[] {
  const kept = [...brought]
    .filter(([id]) => id !== fresh.id)
    .map(([id, value]) => ({ id, bytes: value.length, startedAt: unseal(sealer, id, value)?.startedAt ?? 0 }))
    .sort((one, other) => other.startedAt - one.startedAt)
  let bytes = fresh.value.length
  return kept
    .filter(({ bytes: more, startedAt }, index) => {
      bytes += more
      return startedAt === 0 || index >= MOST_ATTEMPTS - 1 || bytes > MOST_BYTES
    })
    .map(({ id }) => id)
}

export const attemptId = (state: string): string => sha256(state).slice(0, 8)

const context = (id: string) => `attempt ${id}`

function unseal(sealer: Sealer, id: string, value: string | undefined): Attempt | undefined {
  const text = value && sealer.open(value, context(id))
  // Only what sealAttempt wrote opens, so its shape is known.
  return text ? (JSON.parse(text) as Attempt) : undefined
}
