/** A file as the rules of architecture.ts see it; paths are relative to the repository, with slashes. */
export interface SourceFile {
  path: string
  text: string
}

/** The same text, of the same length, with blanks for what a view leaves out: so lines and columns agree. */
export interface Views {
  /** Neither comments nor what is said in strings, templates and regular expressions. */
  code: string
  /** Everything but comments. */
  spoken: string
  comments: string
}

export interface Import {
  from: string
  /** `import type`: gone once compiled. */
  typeOnly: boolean
  line: number
}

export interface Extent {
  line: number
  lines: number
  /** The line that begins it. */
  head: string
}

interface Part {
  kind: 'code' | 'said' | 'comment'
  text: string
}

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y
const QUOTED = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y
const REGEXP = /\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
/** From the backtick or the brace that ends a value, to the next value or the end. */
const TEMPLATE = /[`}](?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y
/** A slash behind one of these begins a regular expression; elsewhere it divides. */
const BEFORE_REGEXP = /(?:^|[=(,:[!&|?{};>~+*%<-]|\b(?:return|typeof|case|of|in|await|yield))\s*$/
const CONTROL = /^\s*(?:\} )?(?:if|for|while|switch|catch|return|else|do|try|with)\b/
const CLOSES = /^\s*[)\]}]/
const METHOD = /^\s*(?:(?:public|private|protected|static|override|async|get|set) )*[\w$#*]+(?:<.*>)?\((?:.*\{)?$/

export function viewsOf(text: string): Views {
  const parts = partsOf(text)
  const view = (see: (part: Part) => string) => parts.map(see).join('')
  return {
    // Quotes stay: that something is said here can be seen.
    code: view(({ kind, text }) => (kind === 'code' ? text : kind === 'said' ? inside(text) : blank(text))),
    spoken: view(({ kind, text }) => (kind === 'comment' ? blank(text) : text)),
    comments: view(({ kind, text }) => (kind === 'comment' ? text : blank(text))),
  }
}

const blank = (text: string): string => text.replace(/[^\n]/g, ' ')
const inside = (text: string): string => text.slice(0, 1) + blank(text.slice(1, -1)) + text.slice(1).slice(-1)

/** Tells code, strings and comments apart, as far as formatted TypeScript needs it. */
function partsOf(text: string): Part[] {
  const parts: Part[] = []
  /** How deep in braces each open template's value began. */
  const values: number[] = []
  let depth = 0
  for (let at = 0; at < text.length; at += parts.at(-1)?.text.length ?? 1) {
    const part = nextPart(text, at, lastCode(parts), values.at(-1) === depth)
    if (part.kind === 'said' && part.text.startsWith('}')) values.pop()
    if (part.kind === 'said' && part.text.endsWith('${')) values.push(depth)
    if (part.text === '{') depth++
    if (part.text === '}') depth--
    parts.push(part)
  }
  return parts
}

function nextPart(text: string, at: number, before: string, inValue: boolean): Part {
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0]
  }
  const char = text.charAt(at)
  const comment = take(COMMENT)
  if (comment !== undefined) return { kind: 'comment', text: comment }
  const template = char === '`' || (char === '}' && inValue) ? take(TEMPLATE) : undefined
  const message = template ?? take(QUOTED) ?? (BEFORE_REGEXP.test(before) ? take(REGEXP) : undefined)
  if (message !== undefined) return { kind: 'said', text: message }
  return { kind: 'code', text: /[\w$ ]+|[\s\S]/y.exec(text.slice(at))?.[0] ?? char }
}

/** The end of the code so far, long enough to tell what stands before a slash. */
function lastCode(parts: readonly Part[]): string {
  return parts
    .slice(-3)
    .map(({ kind, text }) => (kind === 'said' ? '""' : kind === 'comment' ? ' ' : text))
    .join('')
}

/** Imports, re-exports and `import()`. */
export function importsOf(text: string): Import[] {
  const { code, spoken } = viewsOf(text)
  const found = code.matchAll(/\b(?:import|export)\b(\s+type\b)?([^'"`;()]*?\bfrom\s*|\s*\(?\s*)(['"])( *)\3/g)
  return Array.from(found, ({ 0: whole, 1: type, 4: name = '', index }) => {
    const end = index + whole.length - 1
    return { from: spoken.slice(end - name.length, end), typeOnly: type !== undefined, line: lineAt(code, index) }
  })
}

/**
 * How long each function is. The formatter's indentation tells where one ends: a function goes on for as long as lines
 * stand further in than its first, and on over a line that closes one bracket and opens the next.
 */
export function functionsOf(text: string): Extent[] {
  const lines = layoutOf(text).split('\n')
  const shown = text.split('\n')
  return lines.flatMap((head, at) => {
    const end = endOf(lines, at)
    if (!isFunction(lines.slice(at, end + 1))) return []
    return [{ line: at + 1, lines: end - at + 1, head: (shown[at] ?? head).trim() }]
  })
}

/** The code, where what follows a line break inside a template stands as far in as nothing else. */
function layoutOf(text: string): string {
  const far = `\n${' '.repeat(1000)}`
  return partsOf(text)
    .map(({ kind, text }) => (kind === 'code' ? text : blank(text).replaceAll('\n', kind === 'said' ? far : '\n')))
    .join('')
}

function isFunction(lines: readonly string[]): boolean {
  const [head = ''] = lines
  if (CLOSES.test(head)) return false
  const joints = lines.filter(line => indentOf(line) === indentOf(head) && line.trim() !== '')
  if (joints.some(line => /\bfunction\b|=>/.test(line))) return true
  return joints.length > 1 && METHOD.test(head) && !CONTROL.test(head) && /\{\s*$/.test(joints.at(-2) ?? '')
}

function endOf(lines: readonly string[], start: number): number {
  const indent = indentOf(lines[start])
  let end = start
  for (let at = start + 1; at < lines.length; at++) {
    const line = lines[at] ?? ''
    if (line.trim() === '') continue
    const closes = indentOf(line) === indent && CLOSES.test(line)
    if (indentOf(line) <= indent && !closes) break
    end = at
    if (closes && !/(?:[([{]|=>)\s*$/.test(line)) break
  }
  return end
}

const indentOf = (line = ''): number => line.length - line.trimStart().length

export const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length
