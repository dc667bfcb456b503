import { OutboundError } from './errors.js'

/** Acts after so many milliseconds, unless what it returns is called before. */
export type Deadline = (ms: number, act: () => void) => () => void

/** Not AbortSignal.timeout: what the garbage collector takes before its time ends no call (nodejs/node#57736). */
export const byTheClock: Deadline = (ms, act) => {
  // What it would end keeps the process alive by itself; an answer that somebody has forgotten need not.
  const timer = setTimeout(act, ms).unref()
  return () => clearTimeout(timer)
}

/**
 * What a provider is called for. A sign-in, the metadata and keys that all of them share, and a refresh, which also finds
 * out who may stay, have all the places; everything else leaves some of them free for these.
 */
export type CallPurpose = 'sign-in' | 'metadata' | 'refresh' | 'page' | 'revocation'

const HAVE_ALL_PLACES: ReadonlySet<CallPurpose> = new Set(['sign-in', 'metadata', 'refresh'])
/** Of a provider's places, what the other purposes may take together. */
const SHARE_OF_OTHERS = 3 / 4

/** A place among a provider's calls. It is free again once everybody who holds it has let go. */
export interface Place {
  /** Returns what lets go of it; to let go twice is to let go once. */
  hold(): () => void
  /**
   * Lends the place to others; returns what takes it back. Then it is taken in any case, so that no caller is turned away in
   * the middle of their work: for a moment there can be more than the most.
   */
  lend(): () => void
}

interface Taken {
  all: number
  others: number
}

/**
 * Takes a place at a provider.
 * @param whenFree is called once, when it is free again
 * @throws OutboundError provider_busy
 */
export type TakePlace = (provider: string, purpose: CallPurpose, whenFree?: () => void) => Place

/** @param most for each provider */
export function createPlaces(most: number): TakePlace {
  const taken = new Map<string, Taken>()
  const mostOfOthers = Math.max(1, Math.floor(most * SHARE_OF_OTHERS))

  return (provider, purpose, whenFree) => {
    const places = taken.get(provider) ?? { all: 0, others: 0 }
    taken.set(provider, places)
    const isOther = !HAVE_ALL_PLACES.has(purpose)
    if (places.all >= most) throw busy(`All ${most} slots of ${provider} are taken`)
    if (isOther && places.others >= mostOfOthers) {
      throw busy(`All ${mostOfOthers} slots of ${provider} that are not left for sign-ins are taken`)
    }
    return place(change => {
      places.all += change
      if (isOther) places.others += change
    }, whenFree)
  }
}

function place(count: (change: 1 | -1) => void, whenFree: (() => void) | undefined): Place {
  let holders = 0
  let lent = 0
  let isCounted = false
  function settle(): void {
    const shouldCount = holders > 0 && lent === 0
    if (shouldCount !== isCounted) count(shouldCount ? 1 : -1)
    isCounted = shouldCount
  }
  return {
    hold() {
      holders += 1
      settle()
      return onlyOnce(() => {
        holders -= 1
        settle()
        if (holders === 0) whenFree?.()
      })
    },
    lend() {
      lent += 1
      settle()
      return onlyOnce(() => {
        lent -= 1
        settle()
      })
    },
  }
}

const busy = (message: string) => new OutboundError('provider_busy', message)

/** The end that all calls of a slot have in common. */
export interface End {
  over: boolean
  /** Never resolves; rejects when the time is over. */
  passed: Promise<never>
  calls: Set<AbortController>
  callOff(): void
}

/**
 * @param what in words, for the operator
 * @param whenOver is called once, after the calls have been ended
 */
export function endOf(within: number, what: string, deadline: Deadline, whenOver: () => void): End {
  const calls = new Set<AbortController>()
  let fail = (_: Error): void => {}
  const passed = new Promise<never>((_, reject) => {
    fail = reject
  })
  passed.catch(() => {})
  const end: End = { ...{ over: false, passed, calls }, callOff: () => callOff() }
  const callOff = deadline(within, () => {
    end.over = true
    for (const call of calls) call.abort()
    whenOver()
    fail(new OutboundError('provider_slow', `${what} took more than ${within / 1_000} seconds in all`))
  })
  return end
}

/** Waits for some work, which goes on where the wait is over: then OutboundError provider_slow. */
export type WaitAtMost = <T>(ms: number, work: Promise<T>, what: string) => Promise<T>

export const createWaitAtMost =
  (deadline: Deadline): WaitAtMost =>
  async (ms, work, what) => {
    const end = endOf(ms, what, deadline, () => {})
    try {
      return await Promise.race([work, end.passed])
    } finally {
      end.callOff()
    }
  }

export function onlyOnce(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}
