import { OAuth1Problem } from './problem.js'

/** Refuses a signed request that is sent twice (RFC 5849, 3.3). */
export interface Nonces {
  /** @throws OAuth1Problem for a time that is not within five minutes of ours */
  requireTimestamp(timestamp: string): void
  /** @throws OAuth1Problem for a nonce that this client has used before */
  use(clientId: string, nonce: string, timestamp: string): void
}

const TIMESTAMP_WINDOW_SECONDS = 5 * 60

/** @param now milliseconds */
export function createNonces(now: () => number): Nonces {
  // By client and nonce: when the entry may be deleted, because the timestamp is refused from then on.
  const used = new Map<string, number>()
  const deleteOld = (present: number) => {
    for (const [key, until] of used) if (until < present) used.delete(key)
  }
  return {
    requireTimestamp(timestamp) {
      const present = Math.floor(now() / 1000)
      const [earliest, latest] = [present - TIMESTAMP_WINDOW_SECONDS, present + TIMESTAMP_WINDOW_SECONDS]
      const sent = /^[1-9]\d{0,14}$/.test(timestamp) ? Number(timestamp) : 0
      if (sent >= earliest && sent <= latest) return
      throw new OAuth1Problem('timestamp_refused', { oauth_acceptable_timestamps: `${earliest}-${latest}` })
    },
    use(clientId, nonce, timestamp) {
      deleteOld(Math.floor(now() / 1000))
      const key = JSON.stringify([clientId, nonce])
      if (used.has(key)) throw new OAuth1Problem('nonce_used')
      used.set(key, Number(timestamp) + TIMESTAMP_WINDOW_SECONDS)
    },
  }
}
