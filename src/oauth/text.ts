/** What a text from outside may not do: end a line, hide, or turn the reading direction of what follows it. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu
const OVERRIDES = /[\p{Cs}\u202a-\u202e\u2066-\u2069\ufeff]+/gu

/** An error's name, as RFC 6749 (4.1.2.1, 5.2) and its kin have them. Any other text could be a token that went astray. */
export const errorName = (value: unknown): string =>
  typeof value === 'string' && /^[a-z][a-z_]{0,63}$/.test(value) ? value : 'without a usual name'

/** A text from outside on one line, without bidirectional overrides, cut to `max` code points. Letters stay as they are. */
export function cleanText(text: string, max: number): string {
  const clean = text.replace(CONTROLS, ' ').replace(OVERRIDES, '').trim()
  return Array.from(clean.slice(0, 2 * max))
    .slice(0, max)
    .join('')
}
