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

/** Where progress is printed, such as `process.stderr`. */
export interface ProgressStream {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

/** Shows how much of a task is done. */
export interface Progress {
  to(done: number, total: number): void
  /** Ends the line of the bar, so that the next output is below it. */
  end(): void
}

const MAX_BAR_CHARS = 40

/** On a terminal it prints a bar that grows; in other streams a line at the beginning and after each tenth. */
export function createProgress(stream: ProgressStream): Progress {
  return stream.isTTY ? createBar(stream) : createLines(stream)
}

function createBar(stream: ProgressStream): Progress {
  return {
    to(done, total) {
      const text = percentAndCount(done, total)
      // A full line would wrap, and then \r would not return to its beginning.
      const available = (stream.columns || 80) - percentAndCount(total, total).length - 4
      const width = Math.max(0, Math.min(MAX_BAR_CHARS, available))
      const filled = Math.round(width * share(done, total))
      stream.write(`\r[${'#'.repeat(filled)}${' '.repeat(width - filled)}] ${text}\x1b[K`)
    },
    end: () => void stream.write('\n'),
  }
}

function createLines(stream: ProgressStream): Progress {
  let tenth = -1
  return {
    to(done, total) {
      const reached = Math.floor(share(done, total) * 10)
      if (reached > tenth) stream.write(`${percentAndCount(done, total)}\n`)
      tenth = Math.max(tenth, reached)
    },
    end: () => {},
  }
}

const percentAndCount = (done: number, total: number) =>
  `${Math.floor(share(done, total) * 100)} %, ${done} of ${total}`

// Rows may have been added since they were counted.
const share = (done: number, total: number) => (total === 0 ? 1 : Math.min(1, done / total))
