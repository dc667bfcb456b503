import { HttpClientError } from './errors.js'

/** Calls a function after some milliseconds, unless the returned function is called before. */
export type Deadline = (ms: number, act: () => void) => () => void

/**
 * AbortSignal.timeout is not used: the garbage collector can remove its signal too early, and then the call never ends
 * (nodejs/node#57736).
 */
export const setTimeoutDeadline: Deadline = (ms, act) => {
  // A running call keeps the process alive by itself; the timer of a forgotten response must not do so.
  const timer = setTimeout(act, ms).unref()
  return () => clearTimeout(timer)
}

/** The deadline that all calls of a slot share. */
export interface SharedDeadline {
  isOver: boolean
  /** Never resolves; rejects when the time is over. */
  passed: Promise<never>
  calls: Set<AbortController>
  clear(): void
}

/**
 * @param what describes the work, for the operator
 * @param onTimeout is called once, after the calls have been ended
 */
export function createSharedDeadline(
  timeoutMs: number,
  what: string,
  deadline: Deadline,
  onTimeout: () => void,
): SharedDeadline {
  const calls = new Set<AbortController>()
  let fail = (_: Error): void => {}
  const passed = new Promise<never>((_, reject) => {
    fail = reject
  })
  passed.catch(() => {})
  const sharedDeadline: SharedDeadline = { isOver: false, passed, calls, clear: () => clear() }
  const clear = deadline(timeoutMs, () => {
    sharedDeadline.isOver = true
    for (const call of calls) call.abort()
    onTimeout()
    fail(new HttpClientError('provider_slow', `${what} took more than ${timeoutMs / 1_000} seconds in all`))
  })
  return sharedDeadline
}

/** Waits for some work. If the wait takes too long, it throws HttpClientError provider_slow, and the work continues. */
export type WaitAtMost = <T>(ms: number, work: Promise<T>, what: string) => Promise<T>

export const createWaitAtMost =
  (deadline: Deadline): WaitAtMost =>
  async (ms, work, what) => {
    const timeout = createSharedDeadline(ms, what, deadline, () => {})
    try {
      return await Promise.race([work, timeout.passed])
    } finally {
      timeout.clear()
    }
  }
