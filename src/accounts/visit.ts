import type { BroughtAttempts } from './attempt.js'
import type { LiveSession } from './live-session.js'
import type { Browser } from './sessions.js'

/** A browser that comes back from a provider. */
export interface Visit {
  provider: string
  /** The query of the callback, as it came. */
  answer: URLSearchParams
  attempts: BroughtAttempts
  browser: Browser
  /** Who is signed in there already. */
  session: LiveSession | undefined
}
