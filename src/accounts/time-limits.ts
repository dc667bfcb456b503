// How long providers may keep a request waiting. What one request waits for together stays below what its connection
// may be silent (http-server.ts): else the browser is cut off, and the session that comes of the request belongs to no browser.

/** The code exchange with everything that is asked after it: keys, the user endpoint, each page of groups. */
export const EXCHANGE_TIMEOUT_MS = 30_000
/** What a sign-in needs before its browser can be sent off, such as a temporary token. */
export const START_TIMEOUT_MS = 10_000
/** A provider's metadata in all the places where they may be, and its keys, each for everybody who waits for them. */
export const METADATA_TIMEOUT_MS = 10_000
/** A refresh with all that is asked for it. */
export const REFRESH_TIMEOUT_MS = 10_000
/** How long a request waits for a refresh: it goes on without, so that the tokens that come of it are kept. */
export const REFRESH_WAIT_MS = 12_000
/** Who the person is by now, after a refresh; no request waits for all of it. */
export const RECHECK_TIMEOUT_MS = 20_000
/** What a page can do without. */
export const PAGE_TIMEOUT_MS = 3_000
