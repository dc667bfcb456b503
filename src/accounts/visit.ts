import type { BroughtAttempts } from './attempt.js'
import type { LiveSession } from './live-session.js'
import type { Browser } from './sessions.js'

/** The browser that a request came from. */
export interface Caller {
  attempts: BroughtAttempts
  browser: Browser
}

/** A browser that comes back from a provider. */
export interface Visit extends Caller {
  provider: string
  /** The query of the callback, as it came. */
  answer: URLSearchParams
  /** Who is signed in there already. */
  session: LiveSession | undefined
}
