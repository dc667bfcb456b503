import { sha256 } from '../crypto/digest.js'
import { randomId } from '../crypto/random.js'
import type { NewSession, Sessions as SessionTable } from '../store/types.js'
import { ageOf, isOver } from '../time/age.js'
import type { LiveSession } from './live-session.js'
import { createSessionCache, type KnownSession } from './session-cache.js'

const SECOND = 1_000
const SEEN_EVERY = 60 * SECOND

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
  open(into: SessionTable, opening: Opening): Promise<SessionHandle>
  /** The session of a handle if it is within its limits and its person may still come in. */
  read(handle: string): Promise<LiveSession | undefined>
  /** Whether a session that was read a moment ago has not ended since. Asks the table only where sessions have ended. */
  isLive(session: LiveSession): Promise<boolean>
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

interface Parts {
  table: SessionTable
  limits: SessionLimits
  /** Those that ROLE_RULES names. */
  roles: ReadonlySet<string>
  now(): number
  monotonic(): number
  random(): string
}

/** Who opens a session, where, and what their provider calls its own. */
export interface Opening {
  userId: string
  identityId: string
  browser: Browser
  providerSid?: string | undefined
  idToken?: string | undefined
}

/** Sessions over their table. What is looked up is known for five seconds; every end here counts at once. */
export function createSessions({ table, limits, roles, now, monotonic, random }: Parts): Sessions {
  const cache = createSessionCache(table, roles, monotonic)

  // One that was opened or seen in the future is over, and its row stays: which clock was wrong, no request can tell.
  const isAlive = ({ live: { createdAt, expiresAt, user }, seenAt }: KnownSession) =>
    !isOver(createdAt, expiresAt - createdAt, now()) && !isOver(seenAt, limits.idle, now()) && user.disabledAt === null

  return {
    async open(into, opening) {
      const handle = random() as SessionHandle
      await into.insert(newRow(sha256(handle), opening, now(), limits))
      return handle
    },

    async read(handle) {
      const known = await cache.read(sha256(handle))
      if (!known || !isAlive(known)) return undefined
      await noteSeen(table, known, now(), Math.min(SEEN_EVERY, limits.idle / 4))
      return known.live
    },

    async isLive(session) {
      if (cache.isKnown(session)) return true
      const known = await cache.read(session.handleHash)
      return known !== undefined && isAlive(known)
    },

    async hasTimedOut(handle) {
      const known = await cache.read(sha256(handle))
      return known !== undefined && known.live.user.disabledAt === null && !isAlive(known)
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
async function noteSeen(table: SessionTable, known: KnownSession, now: number, every: number): Promise<void> {
  const before = known.seenAt
  if (ageOf(before, now) < every) return
  known.seenAt = now
  try {
    await table.touch(known.live.handleHash, now)
  } catch (error) {
    // Or a store that cannot write would answer every other request, and a session could outlive its idle limit.
    known.seenAt = before
    throw error
  }
}

function newRow(handleHash: string, opening: Opening, now: number, { lifetime }: SessionLimits): NewSession {
  const { userId, identityId, browser, providerSid = null, idToken } = opening
  const times = { createdAt: now, seenAt: now, expiresAt: now + lifetime }
  return { handleHash, id: randomId(), userId, identityId, data: '{}', providerSid, idToken, ...browser, ...times }
}
