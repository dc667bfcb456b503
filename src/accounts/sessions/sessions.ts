import { sha256 } from '../../crypto/digest.js'
import { randomId } from '../../crypto/random.js'
import type { NewSession, SessionTable } from '../../store/types.js'
import { ageOf, isOlderThan } from '../age.js'
import type { ActiveSession } from './active-session.js'
import { type CachedSession, createSessionCache } from './session-cache.js'

const SECOND_MS = 1_000
const TOUCH_INTERVAL_MS = 60 * SECOND_MS

declare const handleBrand: unique symbol
/** What the session cookie holds: 32 random bytes in base64url. The table knows only its SHA-256. */
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
  /** @param into the table as it is inside the transaction that writes the person down */
  open(into: SessionTable, opening: NewSessionParams): Promise<SessionHandle>
  /** The session of a handle if it is within its limits and its person may still come in. */
  read(handle: string): Promise<ActiveSession | undefined>
  /** Whether a session that was read a moment ago has not ended since. Asks the table only where sessions have ended. */
  isActive(session: ActiveSession): Promise<boolean>
  /** Whether a session that `read` did not find is over by its own limits, and was not ended: until it is pruned. */
  hasTimedOut(handle: string): Promise<boolean>
  /** Keeps the document of a session; one that has ended meanwhile stays ended. */
  save(handle: string, data: string): Promise<void>
  end(handle: string): Promise<void>
  /** After sessions have ended in the table, whosever they were. */
  forgetAll(): void
  /** Sessions last seen before this moment are over. */
  seenBefore(now: number): number
}

interface SessionsDeps {
  table: SessionTable
  limits: SessionLimits
  /** Those that ROLE_RULES names. */
  roles: ReadonlySet<string>
  now(): number
  monotonic(): number
  random(): string
}

/** Who opens a session, where, and what their provider calls its own. */
export interface NewSessionParams {
  userId: string
  identityId: string
  browser: Browser
  providerSid?: string | undefined
  idToken?: string | undefined
}

/** Sessions over their table. What is looked up is known for five seconds; every end here counts at once. */
export function createSessions({ table, limits, roles, now, monotonic, random }: SessionsDeps): Sessions {
  const cache = createSessionCache(table, roles, monotonic)

  // One that was opened or seen in the future is over, and its row stays: which clock was wrong, no request can tell.
  const isWithinLimits = ({ session: { createdAt, expiresAt, user }, seenAt }: CachedSession) =>
    !isOlderThan(createdAt, expiresAt - createdAt, now()) &&
    !isOlderThan(seenAt, limits.idle, now()) &&
    user.disabledAt === null

  return {
    async open(into, params) {
      const handle = random() as SessionHandle
      await into.insert(toNewSession(sha256(handle), params, now(), limits))
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
      const known = await cache.read(session.handleHash)
      return known !== undefined && isWithinLimits(known)
    },

    async hasTimedOut(handle) {
      const known = await cache.read(sha256(handle))
      return known !== undefined && known.session.user.disabledAt === null && !isWithinLimits(known)
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
    seenBefore: at => at - limits.idle,
  }
}

/** Every minute at most: a row is not written at each request. */
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
    // Or a store that cannot write would answer every other request, and a session could outlive its idle limit.
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
