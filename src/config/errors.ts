/** What is wrong with one setting: `text` continues the sentence that `setting` begins. */
export interface ConfigIssue {
  setting: string
  text: string
}

/** The configuration cannot be used; `message` lists every issue and holds no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  /** @param sources the names of what was read, for the operator */
  constructor(
    readonly issues: readonly ConfigIssue[],
    sources: readonly string[],
  ) {
    super(`The configuration cannot be used (${joinWords(sources)}):\n\n${columns(issues)}\n`)
  }
}

/** A value as an issue shows it: quoted, cut, without control characters. Not for secrets. */
export function quoted(value: string): string {
  const clean = value.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\u{fffd}')
  return `"${clean.length > 100 ? `${clean.slice(0, 100)}...` : clean}"`
}

/** A URL as an issue shows it: without the user name, password and query, which may be secret. */
export function quotedUrl(value: string): string {
  const at = value.lastIndexOf('@')
  const host = value.indexOf('//') + 2
  const scheme = host >= 2 && host <= at ? value.slice(0, host) : ''
  const named = at < 0 ? value : `${scheme}...${value.slice(at)}`
  return quoted(named.replace(/[?#].+$/s, match => `${match.charAt(0)}...`))
}

/** `a, b and c` */
export function joinWords(words: readonly string[], conjunction = 'and'): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`
}

function columns(issues: readonly ConfigIssue[]): string {
  const width = Math.max(...issues.map(issue => issue.setting.length))
  return issues.map(issue => `  ${issue.setting.padEnd(width)} ${issue.text}`).join('\n')
}
