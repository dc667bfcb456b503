import { HttpClientError } from './errors.js'

/**
 * The purpose of a call to a provider. A sign-in, the metadata and keys that all of them share, and a refresh, which
 * also checks who may stay, may use all slots; other purposes leave some of them free for these.
 */
export type CallPurpose = 'sign-in' | 'metadata' | 'refresh' | 'page' | 'revocation'

const UNRESTRICTED_PURPOSES: ReadonlySet<CallPurpose> = new Set(['sign-in', 'metadata', 'refresh'])
/** The share of a provider's slots that the other purposes may take together. */
const RESTRICTED_SHARE = 3 / 4

/** A slot among a provider's calls. It is free again when all its holders have released it. */
export interface Permit {
  /** Adds a holder. Returns the function that releases it; a second release does nothing. */
  acquire(): () => void
  /**
   * Frees the slot for a while; returns the function that takes it back. That never fails, so that no caller is
   * rejected in the middle of its work: for a moment there can be more calls than allowed.
   */
  suspend(): () => void
}

interface Usage {
  all: number
  restricted: number
}

/**
 * Takes a slot at a provider.
 * @param onRelease is called once, when the slot is free again
 * @throws OutboundError provider_busy
 */
export type Limiter = (provider: string, purpose: CallPurpose, onRelease?: () => void) => Permit

/** @param max for each provider */
export function createLimiter(max: number): Limiter {
  const taken = new Map<string, Usage>()
  const maxRestricted = Math.max(1, Math.floor(max * RESTRICTED_SHARE))

  return (provider, purpose, onRelease) => {
    const usage = taken.get(provider) ?? { all: 0, restricted: 0 }
    taken.set(provider, usage)
    const isRestricted = !UNRESTRICTED_PURPOSES.has(purpose)
    if (usage.all >= max) throw busy(`All ${max} slots of ${provider} are taken`)
    if (isRestricted && usage.restricted >= maxRestricted) {
      throw busy(`All ${maxRestricted} slots of ${provider} that are not left for sign-ins are taken`)
    }
    return createPermit(change => {
      usage.all += change
      if (isRestricted) usage.restricted += change
    }, onRelease)
  }
}

function createPermit(count: (change: 1 | -1) => void, onRelease: (() => void) | undefined): Permit {
  let holders = 0
  let suspensions = 0
  let isCounted = false
  function updateCount(): void {
    const shouldCount = holders > 0 && suspensions === 0
    if (shouldCount !== isCounted) count(shouldCount ? 1 : -1)
    isCounted = shouldCount
  }
  return {
    acquire() {
      holders += 1
      updateCount()
      return once(() => {
        holders -= 1
        updateCount()
        if (holders === 0) onRelease?.()
      })
    },
    suspend() {
      suspensions += 1
      updateCount()
      return once(() => {
        suspensions -= 1
        updateCount()
      })
    },
  }
}

const busy = (message: string) => new HttpClientError('provider_busy', message)

export function once(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}
