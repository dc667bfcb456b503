/** What a text from outside may not do: end a line, hide, or turn the reading direction of what follows it. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu
const OVERRIDES = /[\p{Cs}\u202a-\u202e\u2066-\u2069\ufeff]+/gu

/** A text from outside on one line, without bidirectional overrides, cut to `max` code points. Letters stay as they are. */
export function cleanText(text: string, max: number): string {
  const clean = text.replace(CONTROLS, ' ').replace(OVERRIDES, '').trim()
  return Array.from(clean.slice(0, 2 * max))
    .slice(0, max)
    .join('')
}
