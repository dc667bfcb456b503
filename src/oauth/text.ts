/**
 * Characters that a text from outside may not contain: they end a line, are invisible, or change the direction of the
 * text.
 */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu
const OVERRIDES = /[\p{Cs}\u202a-\u202e\u2066-\u2069\ufeff]+/gu

/**
 * The error code of a provider for messages, if it has the form of RFC 6749 (4.1.2.1, 5.2). Any other text could be a
 * token.
 */
export const safeErrorCode = (value: unknown): string => (isOAuthErrorCode(value) ? value : 'without a usual name')

/** Whether a value has the form of an error code. */
export const isOAuthErrorCode = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z][a-z_]{0,63}$/.test(value)

/**
 * A text from outside on one line, without bidirectional overrides, cut to `max` code points. Letters stay as they are.
 */
export function cleanText(text: string, max: number): string {
  const clean = text.replace(CONTROLS, ' ').replace(OVERRIDES, '').trim()
  return Array.from(clean.slice(0, 2 * max))
    .slice(0, max)
    .join('')
}

/** Characters of the longest identifier of a user or a session (OpenID Connect Core, 2: of `sub`). */
const MAX_IDENTIFIER_LENGTH = 255

/**
 * U+FFFD and lone surrogates stand for lost bytes: two users could get the same identifier. With line ends and changes
 * of direction an identifier would look like another one in a log.
 */
const UNUSABLE = /[\p{Cc}\p{Cs}\ufffd\ufeff\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/** Whether a value can identify a user, a session or a token: 1 to 255 characters without ambiguous ones. */
export const isIdentifier = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_IDENTIFIER_LENGTH && !UNUSABLE.test(value)

/** Whether a value differs from a URL only by a slash at the end. */
export const isSameButForSlash = (value: unknown, url: string): boolean =>
  typeof value === 'string' && (value === `${url}/` || `${value}/` === url)
