import type { Deadline } from '../../src/net/deadline.js'

/** A deadline that comes when a signal says so, and not by the clock. */
export const bySignal =
  (signalAfter: (ms: number) => AbortSignal): Deadline =>
  (ms, act) => {
    const signal = signalAfter(ms)
    if (signal.aborted) act()
    signal.addEventListener('abort', act)
    return () => signal.removeEventListener('abort', act)
  }
