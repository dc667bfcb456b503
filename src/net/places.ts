import { OutboundError } from './errors.js'

/** Acts after so many milliseconds, unless what it returns is called before. */
export type Deadline = (ms: number, act: () => void) => () => void

/** Not AbortSignal.timeout: what the garbage collector takes before its time ends no call (nodejs/node#57736). */
export const byTheClock: Deadline = (ms, act) => {
  // What it would end keeps the process alive by itself; an answer that somebody has forgotten need not.
  const timer = setTimeout(act, ms).unref()
  return () => clearTimeout(timer)
}

/** A place among a provider's calls. It is free again once everybody who holds it has let go. */
export interface Place {
  /** Returns what lets go of it; to let go twice is to let go once. */
  hold(): () => void
}

/** @param most for each provider */
export function createPlaces(most: number): (provider: string) => Place {
  const taken = new Map<string, number>()

  return provider => {
    const others = taken.get(provider) ?? 0
    if (others >= most) throw new OutboundError('provider_busy', `All ${most} slots of ${provider} are taken`)
    taken.set(provider, others + 1)
    let holders = 0
    return {
      hold() {
        holders += 1
        return onlyOnce(() => {
          holders -= 1
          if (holders === 0) taken.set(provider, (taken.get(provider) ?? 1) - 1)
        })
      },
    }
  }
}

/** The end that all calls of a slot have in common. */
export interface End {
  over: boolean
  calls: Set<AbortController>
  callOff(): void
}

export function endOf(within: number, deadline: Deadline): End {
  const end = { over: false, calls: new Set<AbortController>() }
  const callOff = deadline(within, () => {
    end.over = true
    for (const call of end.calls) call.abort()
  })
  return Object.assign(end, { callOff })
}

export function onlyOnce(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}
