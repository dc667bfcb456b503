import { sha256 } from '../../crypto/digest.js'
import { randomId } from '../../crypto/random.js'
import type { NewSession, SessionTable } from '../../store/types.js'
import { ageOf, isOlderThan } from '../age.js'
import type { ActiveSession } from './active-session.js'
import { type CachedSession, createSessionCache } from './session-cache.js'

const SECOND_MS = 1_000
const TOUCH_INTERVAL_MS = 60 * SECOND_MS

declare const handleBrand: unique symbol
/** The value of the session cookie: 32 random bytes in base64url. The table has only its SHA-256. */
export type SessionHandle = string & { readonly [handleBrand]: 'SessionHandle' }

export interface Browser {
  userAgent: string | null
  address: string | null
}

export interface SessionLimits {
  /** Milliseconds without a request. */
  idle: number
  /** Milliseconds from the sign-in. */
  lifetime: number
}

export interface Sessions {
  /** @param table inside the transaction that writes the user */
  open(table: SessionTable, params: NewSessionParams): Promise<SessionHandle>
  /** The session of a handle, if it is within its limits and its user is not disabled. */
  read(handle: string): Promise<ActiveSession | undefined>
  /** Whether a session that was read a moment ago is still active. Queries the table only where sessions have ended since. */
  isActive(session: ActiveSession): Promise<boolean>
  /** Whether `read` does not return a session because of its limits, and not because it was ended. Until it is pruned. */
  hasTimedOut(handle: string): Promise<boolean>
  /** Saves the data of a session; a session that has ended meanwhile stays ended. */
  save(handle: string, data: string): Promise<void>
  end(handle: string): Promise<void>
  /** To be called after any sessions have ended in the table. */
  forgetAll(): void
  /** Sessions that were last seen before this time have ended. */
  seenBefore(now: number): number
}

interface SessionsDeps {
  table: SessionTable
  limits: SessionLimits
  /** The roles in ROLE_RULES. */
  roles: ReadonlySet<string>
  now(): number
  monotonic(): number
  random(): string
}

/** The user, the browser, and the provider's own session of a new session. */
export interface NewSessionParams {
  userId: string
  identityId: string
  browser: Browser
  /** The `sid` claim. */
  providerSid?: string | undefined
  idToken?: string | undefined
}

/** Sessions in their table, with a cache of five seconds. A session that ends in this process has ended at once. */
export function createSessions({ table, limits, roles, now, monotonic, random }: SessionsDeps): Sessions {
  const cache = createSessionCache(table, roles, monotonic)

  // A session that was opened or seen in the future has ended, but its row stays: no request can decide which clock was wrong.
  const isWithinLimits = ({ session: { createdAt, expiresAt, user }, seenAt }: CachedSession) =>
    !isOlderThan(createdAt, expiresAt - createdAt, now()) &&
    !isOlderThan(seenAt, limits.idle, now()) &&
    user.disabledAt === null

  return {
    async open(transactionTable, params) {
      const handle = random() as SessionHandle
      await transactionTable.insert(toNewSession(sha256(handle), params, now(), limits))
      return handle
    },

    async read(handle) {
      const cached = await cache.read(sha256(handle))
      if (!cached || !isWithinLimits(cached)) return undefined
      await touchSession(table, cached, now(), Math.min(TOUCH_INTERVAL_MS, limits.idle / 4))
      return cached.session
    },

    async isActive(session) {
      if (cache.isCached(session)) return true
      const cached = await cache.read(session.handleHash)
      return cached !== undefined && isWithinLimits(cached)
    },

    async hasTimedOut(handle) {
      const cached = await cache.read(sha256(handle))
      return cached !== undefined && cached.session.user.disabledAt === null && !isWithinLimits(cached)
    },

    async save(handle, data) {
      await table.updateData(sha256(handle), data)
      cache.forget(sha256(handle))
    },

    async end(handle) {
      await table.remove(sha256(handle))
      cache.forget(sha256(handle))
    },

    forgetAll: () => cache.forgetAll(),
    seenBefore: time => time - limits.idle,
  }
}

/** Once a minute at most, so that not every request writes a row. */
async function touchSession(
  table: SessionTable,
  cached: CachedSession,
  now: number,
  intervalMs: number,
): Promise<void> {
  const previouslySeenAt = cached.seenAt
  if (ageOf(previouslySeenAt, now) < intervalMs) return
  cached.seenAt = now
  try {
    await table.touch(cached.session.handleHash, now)
  } catch (error) {
    // Otherwise every other request would succeed on a database that cannot write, and a session could outlive its idle limit.
    cached.seenAt = previouslySeenAt
    throw error
  }
}

function toNewSession(
  handleHash: string,
  params: NewSessionParams,
  now: number,
  { lifetime }: SessionLimits,
): NewSession {
  const { userId, identityId, browser, providerSid = null, idToken } = params
  const times = { createdAt: now, seenAt: now, expiresAt: now + lifetime }
  return { handleHash, id: randomId(), userId, identityId, data: '{}', providerSid, idToken, ...browser, ...times }
}
