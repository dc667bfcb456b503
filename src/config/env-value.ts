/** The value of a setting in an env file and the number of its lines, or what is wrong with it. */
type EnvValue =
  | { value: string; lines: number; problem?: undefined }
  /** `continues`: the next lines belong to this value. */
  | { value?: undefined; problem: string; continues: boolean }

const TYPOGRAPHIC_QUOTES = '\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb'
const TYPOGRAPHIC_QUOTE_AT_AN_END = new RegExp(`^[${TYPOGRAPHIC_QUOTES}]|[${TYPOGRAPHIC_QUOTES}]$`)
// Spaces other than U+0020, and characters without a width: they can be in text that is copied from a web page.
const INVISIBLE_CHARACTER = '[\\p{Zs}\\p{Cf}\\u2028\\u2029]'
const INVISIBLE_AT_AN_END = new RegExp(`^(?! )${INVISIBLE_CHARACTER}|(?! )${INVISIBLE_CHARACTER}$`, 'u')
/** What a shell would replace by the value of a variable. */
const VARIABLE = /^\$(\w+|\{[^}]*\})$/
const PEM = /^-----BEGIN /

const useSingleQuotes = (name: string) => `put the value into single quotes: ${name}='...'`

/** Reads a value without quotes: the text after the `=`. */
export function readBareValue(name: string, text: string): EnvValue {
  const hash = text.indexOf('#')
  if (hash >= 0 && !/[ \t]/.test(text.charAt(hash - 1))) {
    return invalid(`has # in the value of ${name}, where a comment could begin; ${useSingleQuotes(name)}`)
  }
  const value = (hash < 0 ? text : text.slice(0, hash)).replace(/^[ \t]+|[ \t]+$/g, '')
  if (PEM.test(value) && !value.includes('-----END ')) {
    const problem = `begins a key in the value of ${name} that has several lines; put all of it into double quotes`
    return invalid(problem, true)
  }
  const problem = problemOfBareValue(name, value) ?? problemOfCharacters(name, value)
  return problem === undefined ? { value, lines: 1 } : invalid(problem)
}

const invalid = (problem: string, continues = false): EnvValue => ({ problem, continues })

function problemOfBareValue(name: string, value: string): string | undefined {
  if (TYPOGRAPHIC_QUOTE_AT_AN_END.test(value)) {
    return `has typographic quotes around the value of ${name}, which would be a part of it; write straight ones, ' or "`
  }
  if (/["'`]$/.test(value))
    return `ends the value of ${name} with a quote that was not opened; ${useSingleQuotes(name)}`
  if (value.endsWith('\\')) {
    return `ends with \\, which does not continue a line here; write the value of ${name} on one line, or ${useSingleQuotes(name)}`
  }
  return VARIABLE.test(value)
    ? `has the name of a variable as the value of ${name}, and variables are not replaced here; write the value itself`
    : undefined
}

/**
 * Reads a value in quotes, which may have several lines.
 * @param text the rest of the file, from the opening quote on
 * @param isSetting whether a line begins another setting
 */
export function readQuotedValue(name: string, text: string, isSetting: (line: string) => boolean): EnvValue {
  const quote = text.charAt(0)
  const end = findClosingQuote(text, quote)
  const isKey = PEM.test(text.slice(1))
  if (end < 0) return invalid(`opens a quote (${quote}) in the value of ${name} and does not close it`, isKey)
  const inside = text.slice(1, end)
  const lines = inside.split('\n')
  const after = text.slice(end + 1).split('\n', 1)[0] ?? ''
  const problem =
    problemOfQuoteEnd({ name, quote, lines: lines, after }, isSetting) ??
    (quote === '"' ? problemOfDoubleQuotes(name, inside) : undefined) ??
    problemOfCharacters(name, inside.replaceAll('\n', ' '))
  if (problem !== undefined) return invalid(problem, isKey)
  const value = quote === '"' ? inside.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : inside
  return { value, lines: lines.length }
}

/**
 * In double quotes, many programs do not take a quote after a backslash as the end; problemOfDouble looks at the
 * backslash.
 */
function findClosingQuote(text: string, quote: string): number {
  if (quote !== '"') return text.indexOf(quote, 1)
  // A loop, because a regular expression would need quadratic time for a text whose quote is never closed.
  for (let index = 1; index < text.length; index++) {
    if (text.charAt(index) === '\\') index += 1
    else if (text.charAt(index) === quote) return index
  }
  return -1
}

interface QuoteEnd {
  name: string
  quote: string
  /** The lines between the quotes. */
  lines: readonly string[]
  /** The rest of the line after the closing quote. */
  after: string
}

function problemOfQuoteEnd(
  { name, quote, lines, after }: QuoteEnd,
  isSetting: (line: string) => boolean,
): string | undefined {
  const isClean = /^[ \t]*(#.*)?$/.test(after)
  if (lines.length > 1 && (!isClean || lines.slice(1).some(isSetting))) {
    return `opens a quote (${quote}) in the value of ${name} and does not close it before the next setting`
  }
  return isClean
    ? undefined
    : `has text after the closing quote of ${name}; close the quote at the end, and use a kind of quotes that is not in the value`
}

/**
 * What a shell reads in another way than dotenv, which only knows \n and \r. A key in PEM has only one meaning, so it
 * is left alone.
 */
function problemOfDoubleQuotes(name: string, inside: string): string | undefined {
  if (VARIABLE.test(inside)) return problemOfBareValue(name, inside)
  return /\\[\\"$`]/.test(inside) && !PEM.test(inside)
    ? `has \\ before another character in the double quotes of ${name}, which programs read in different ways; ${useSingleQuotes(name)}`
    : undefined
}

function problemOfCharacters(name: string, value: string): string | undefined {
  if (INVISIBLE_AT_AN_END.test(value)) {
    return `has an unusual blank, or an invisible character, at an end of the value of ${name}; type it again`
  }
  return /\p{Cc}/u.test(value) ? `has a control character in the value of ${name}; remove it` : undefined
}
