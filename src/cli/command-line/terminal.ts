/**
 * Characters that move the cursor, are invisible, or change the direction of a line. Joiners are kept, as part of a
 * text.
 */
const CONTROL_CHARACTERS = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u
const [ISOLATE, POP_ISOLATE] = ['\u2068', '\u2069']
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u
const NARROW = /\p{M}|[\u200c\u2068\u2069]|\u200d/u

/**
 * Makes a text from outside safe to print in a line, cut to `columns`: it cannot move the cursor, look like several
 * columns, or change the direction of the text beside it.
 */
export function printable(text: string, columns = Number.POSITIVE_INFINITY): string {
  const clean = text.replace(/\s+/gu, ' ').replace(CONTROL_CHARACTERS, '\u{fffd}').trim()
  const fitting = widthOf(clean) <= columns ? clean : `${cutToWidth(clean, columns - 1)}…`
  return RIGHT_TO_LEFT.test(fitting) ? `${ISOLATE}${fitting}${POP_ISOLATE}` : fitting
}

function cutToWidth(text: string, columns: number): string {
  let width = 0
  let fitting = ''
  for (const character of text) {
    width += widthOf(character)
    if (width > columns) break
    fitting += character
  }
  return fitting
}

/** How many columns of a terminal a text takes. */
function widthOf(text: string): number {
  return Array.from(text).reduce(
    (sum, character) => sum + (NARROW.test(character) ? 0 : WIDE.test(character) ? 2 : 1),
    0,
  )
}

/** Formats rows as lines with aligned columns. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map(row => widthOf(row[index] ?? ''))))
  const pad = (cell: string, index: number) => cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell))
  return rows.map(row => row.map(pad).join('  ').trimEnd())
}

/** JSON that is safe in a terminal too: control characters are escaped. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, character =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  )

/** A time in UTC for people. */
export const formatTime = (at: number | null): string =>
  at === null ? '' : new Date(at).toISOString().slice(0, 16).replace('T', ' ')

/** A time in ISO 8601. */
export const timestamp = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
