import type { ActiveSession } from '../sessions/active-session.js'
import type { Browser } from '../sessions/sessions.js'
import type { AttemptCookies } from './attempt.js'

/** The browser that a request came from. */
export interface Caller {
  attemptCookies: AttemptCookies
  browser: Browser
}

/** A browser that comes back from a provider. */
export interface CallbackRequest extends Caller {
  provider: string
  /** The query of the callback, as it came. */
  params: URLSearchParams
  /** Who is signed in there already. */
  session: ActiveSession | undefined
}
