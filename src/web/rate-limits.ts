import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { addressGroup } from '../net/address-group.js'

const MINUTE = 60_000

/** How much of each act a minute has room for; all of it may come at once. */
export const A_MINUTE = {
  // An office or a school is one IPv4 address, and all of it signs in at nine o'clock; a script does sixty in a second.
  address: 60,
  // A person signs in once, with a few tabs and a second try. More is two redirects that chase each other, or a script.
  browser: 20,
} as const

/** What is counted: each act by itself, so that whoever has used up their starts can still finish one. */
export type Act = 'start' | 'callback' | 'logout-token'

export interface Who {
  /** Undefined: not counted by address. */
  address: string | undefined
  /** Undefined: not known by anything but the address. */
  browser: string | undefined
}

/** What was too much. */
export interface Excess {
  by: 'address' | 'browser'
  /** Until it may be tried again. */
  seconds: number
}

export interface RateLimits {
  /** Counts an act; tells if it is one too many. Nothing ever takes a count back, a sign-in that succeeds neither. */
  count(act: Act, who: Who): Promise<Excess | undefined>
  /** Tells, without counting, whether an address has used up what it had. */
  spent(act: Act, address: string): Promise<Excess | undefined>
}

/** Counts in memory, each instance for itself: the limits hold off floods, and a few times more of it is no flood. */
export function createRateLimits(now: () => number): RateLimits {
  const counters = { address: createCounter(A_MINUTE.address), browser: createCounter(A_MINUTE.browser) }

  /** The minute is in the key, because the library knows no clock but the machine's. */
  const keyOf = (act: Act, key: string) => `${Math.floor(now() / MINUTE)} ${act} ${key}`

  async function isTooMuch(by: keyof typeof counters, act: Act, key: string): Promise<boolean> {
    return counters[by].consume(keyOf(act, key)).then(
      () => false,
      (refused: RateLimiterRes | Error) => {
        if (refused instanceof Error) throw refused
        return true
      },
    )
  }

  const excess = (by: Excess['by']): Excess => ({ by, seconds: Math.ceil((MINUTE - (now() % MINUTE)) / 1_000) })

  return {
    async count(act, { address, browser }) {
      // The browser first: one that runs in circles must not use up what its whole office has.
      if (browser !== undefined && (await isTooMuch('browser', act, browser))) return excess('browser')
      if (address !== undefined && (await isTooMuch('address', act, addressGroup(address)))) return excess('address')
      return undefined
    },

    async spent(act, address) {
      const counted = await counters.address.get(keyOf(act, addressGroup(address)))
      return counted && counted.consumedPoints >= A_MINUTE.address ? excess('address') : undefined
    },
  }
}

/** A count is forgotten after two minutes of the machine's clock: by then its own minute is over on any. */
const createCounter = (points: number) => new RateLimiterMemory({ points, duration: 120 })
