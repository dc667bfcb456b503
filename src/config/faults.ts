/** What is wrong with one setting, as a sentence that goes on after its name. */
export interface Fault {
  setting: string
  text: string
}

/** The configuration cannot be used; `message` lists every fault and holds no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  /** @param sources what was read, as people know it */
  constructor(
    readonly faults: readonly Fault[],
    sources: readonly string[],
  ) {
    super(`The configuration cannot be used (${inWords(sources)}):\n\n${columns(faults)}\n`)
  }
}

/** A value as a fault shows it: quoted, cut, without control characters. Not for secrets. */
export function shown(value: string): string {
  const clean = value.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\u{fffd}')
  return `"${clean.length > 100 ? `${clean.slice(0, 100)}...` : clean}"`
}

/** A URL as a fault shows it: without the user name, password and query, which may be secret. */
export function shownUrl(value: string): string {
  const at = value.lastIndexOf('@')
  const host = value.indexOf('//') + 2
  const scheme = host >= 2 && host <= at ? value.slice(0, host) : ''
  const named = at < 0 ? value : `${scheme}...${value.slice(at)}`
  return shown(named.replace(/[?#].+$/s, match => `${match.charAt(0)}...`))
}

/** `a, b and c` */
export function inWords(words: readonly string[], conjunction = 'and'): string {
  const last = words.at(-1) ?? ''
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`
}

function columns(faults: readonly Fault[]): string {
  const width = Math.max(...faults.map(fault => fault.setting.length))
  return faults.map(fault => `  ${fault.setting.padEnd(width)} ${fault.text}`).join('\n')
}
