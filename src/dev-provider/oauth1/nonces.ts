import { Problem } from './problem.js'

/** What keeps a signed request from being sent twice (RFC 5849, 3.3). */
export interface Nonces {
  /** @throws Problem for a time that is not within five minutes of ours */
  refuseTimestamp(timestamp: string): void
  /** @throws Problem for a nonce that this client has used before */
  take(clientId: string, nonce: string, timestamp: string): void
}

const WINDOW = 5 * 60

/** @param now milliseconds */
export function createNonces(now: () => number): Nonces {
  // By client and nonce, until when; later the timestamp alone refuses the request.
  const taken = new Map<string, number>()
  const forgetOld = (present: number) => {
    for (const [key, until] of taken) if (until < present) taken.delete(key)
  }
  return {
    refuseTimestamp(timestamp) {
      const present = Math.floor(now() / 1000)
      const [earliest, latest] = [present - WINDOW, present + WINDOW]
      const sent = /^[1-9]\d{0,14}$/.test(timestamp) ? Number(timestamp) : 0
      if (sent >= earliest && sent <= latest) return
      throw new Problem('timestamp_refused', { oauth_acceptable_timestamps: `${earliest}-${latest}` })
    },
    take(clientId, nonce, timestamp) {
      forgetOld(Math.floor(now() / 1000))
      const key = JSON.stringify([clientId, nonce])
      if (taken.has(key)) throw new Problem('nonce_used')
      taken.set(key, Number(timestamp) + WINDOW)
    },
  }
}
