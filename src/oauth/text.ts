/** What a text from outside may not do: end a line, hide, or turn the reading direction of what follows it. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu
const OVERRIDES = /[\p{Cs}\u202a-\u202e\u2066-\u2069\ufeff]+/gu

/** An error's name, as RFC 6749 (4.1.2.1, 5.2) and its kin have them. Any other text could be a token that went astray. */
export const errorName = (value: unknown): string => (isErrorName(value) ? value : 'without a usual name')

/** Whether a value is the name of an error. */
export const isErrorName = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z][a-z_]{0,63}$/.test(value)

/** A text from outside on one line, without bidirectional overrides, cut to `max` code points. Letters stay as they are. */
export function cleanText(text: string, max: number): string {
  const clean = text.replace(CONTROLS, ' ').replace(OVERRIDES, '').trim()
  return Array.from(clean.slice(0, 2 * max))
    .slice(0, max)
    .join('')
}

/** The longest name that somebody may have for a person or a session (OpenID Connect Core, 2: of `sub`). */
const NAME_LENGTH = 255

/**
 * U+FFFD and lone surrogates stand for bytes that were lost: two people could end up with one name. Line ends and turns
 * of direction would make it read as another one in a log.
 */
const UNUSABLE = /[\p{Cc}\p{Cs}\ufffd\ufeff\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/** Whether a value is a text that can be told from all others: of 1 to 255 characters, and none of them unusable. */
export const isUsableName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= NAME_LENGTH && !UNUSABLE.test(value)

/** Whether a value is the other of two URLs that differ by a slash at the end alone. */
export const isSameButForSlash = (value: unknown, url: string): boolean =>
  typeof value === 'string' && (value === `${url}/` || `${value}/` === url)
