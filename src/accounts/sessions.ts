import { LRUCache } from 'lru-cache'
import { sha256 } from '../crypto/digest.js'
import type { SessionRow, Sessions as SessionTable, User } from '../store/types.js'

const SECOND = 1_000
const CACHE_LIFE = 5 * SECOND
const CACHE_ENTRIES = 10_000
const SEEN_EVERY = 60 * SECOND

declare const handleBrand: unique symbol
/** What the session cookie holds: 32 random bytes in base64url. The table knows only its SHA-256. */
export type SessionHandle = string & { readonly [handleBrand]: 'SessionHandle' }

/** A session that is valid now, with its person. */
export interface LiveSession {
  handleHash: string
  user: User
  identityId: string
  provider: string
  data: string
  createdAt: number
  expiresAt: number
}

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
  open(userId: string, identityId: string, browser: Browser): Promise<SessionHandle>
  /** The session of a handle if it is within its limits and its person may still come in. */
  read(handle: string): Promise<LiveSession | undefined>
  /** Keeps the document of a session; one that has ended meanwhile stays ended. */
  save(handle: string, data: string): Promise<void>
  end(handle: string): Promise<void>
  endAllOfUser(userId: string): Promise<void>
  /** The handle hashes that sessions unseen for too long were last seen before. */
  seenBefore(now: number): number
}

interface Entry {
  live: LiveSession
  seenAt: number
  readAt: number
}

interface Parts {
  table: SessionTable
  limits: SessionLimits
  now(): number
  random(): string
}

/**
 * Sessions, with a bounded cache in front of the table: a session is looked up at most once in five seconds, and every
 * end of a session in this process empties its place at once.
 */
export function createSessions({ table, limits, now, random }: Parts): Sessions {
  const cache = new LRUCache<string, Entry>({ max: CACHE_ENTRIES })
  // A lookup that began before a session ended must not put it back into the cache.
  let ends = 0

  async function lookUp(handleHash: string): Promise<Entry | undefined> {
    const endsBefore = ends
    const found = await table.find(handleHash)
    if (!found) return undefined
    const { session, user, identity } = found
    const { createdAt, expiresAt, data } = session
    const live = { handleHash, user, identityId: identity.id, provider: identity.provider, data, createdAt, expiresAt }
    const entry = { live, seenAt: session.seenAt, readAt: now() }
    if (ends === endsBefore) cache.set(handleHash, entry)
    return entry
  }

  async function noteSeen(entry: Entry): Promise<void> {
    if (now() - entry.seenAt < Math.min(SEEN_EVERY, limits.idle / 4)) return
    entry.seenAt = now()
    await table.touch(entry.live.handleHash, entry.seenAt)
  }

  const isAlive = ({ live, seenAt }: Entry) =>
    now() < live.expiresAt && now() < seenAt + limits.idle && live.user.disabledAt === null

  function forget(handleHash?: string) {
    ends += 1
    if (handleHash === undefined) cache.clear()
    else cache.delete(handleHash)
  }

  return {
    async open(userId, identityId, { userAgent, address }) {
      const handle = random() as SessionHandle
      const row: SessionRow = {
        handleHash: sha256(handle),
        userId,
        identityId,
        data: '{}',
        userAgent,
        address,
        createdAt: now(),
        seenAt: now(),
        expiresAt: now() + limits.lifetime,
      }
      await table.insert(row)
      return handle
    },

    async read(handle) {
      const handleHash = sha256(handle)
      const cached = cache.get(handleHash)
      const entry = cached && now() - cached.readAt < CACHE_LIFE ? cached : await lookUp(handleHash)
      if (!entry || !isAlive(entry)) return undefined
      await noteSeen(entry)
      return entry.live
    },

    async save(handle, data) {
      const handleHash = sha256(handle)
      await table.updateData(handleHash, data)
      forget(handleHash)
    },

    async end(handle) {
      const handleHash = sha256(handle)
      await table.remove(handleHash)
      forget(handleHash)
    },

    async endAllOfUser(userId) {
      await table.removeAllOfUser(userId)
      forget()
    },

    seenBefore: at => at - limits.idle,
  }
}
