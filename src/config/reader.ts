import type { FileContent, LineIssue } from './env-file.js'
import { type ConfigIssue, quoted } from './errors.js'
import { findSetting, type SettingName, splitProviderSetting } from './settings.js'

export type EnvValues = Readonly<Record<string, string | undefined>>

/** Everything that `parse` checks, already read. */
export interface Sources {
  /** A name that is safe in a path. */
  environment: string
  process: EnvValues
  /** The id of this process, which LISTEN_PID is compared with. */
  pid?: number
  /** Our files, in order of priority. The process environment has priority over all of them. */
  files: readonly EnvFile[]
  /** The contents of the files that `NAME_FILE` settings name, by the path as it was written. */
  contents: ReadonlyMap<string, FileContent>
}

export interface EnvFile {
  name: string
  values: EnvValues
  /** The lines that cannot be read. A setting on such a line does not count as missing. */
  issues?: readonly LineIssue[]
}

/** The values in effect, and where the functions that read them report what is wrong. */
export interface SettingsReader {
  readonly environment: string
  readonly local: boolean
  /** The value in effect; undefined when it is not set, empty or unusable. */
  value(name: SettingName): string | undefined
  /** Whether `by` is set in a source that comes before the source of `name`. */
  isOverridden(name: SettingName, by: SettingName): boolean
  /** Returns undefined, so that a caller can return the result of this call. */
  addIssue(name: string, text: string): undefined
  /** Adds the issue that a required setting is missing, unless it has an issue already. */
  missing(name: SettingName, text: string): undefined
  warn(name: string, text: string): void
  readonly issues: readonly ConfigIssue[]
  readonly warnings: readonly ConfigIssue[]
}

/** Finds the source of each setting's value. */
export function createReader(sources: Sources): SettingsReader {
  const issues: ConfigIssue[] = sources.files.flatMap(issuesOfLines)
  const warnings: ConfigIssue[] = []
  const unreadable = new Set(sources.files.flatMap(file => file.issues ?? []).map(({ setting }) => setting))
  const resolved = new Map<string, string | undefined>()

  const addIssue = (setting: string, text: string) => {
    issues.push({ setting, text })
    return undefined
  }
  const warn = (setting: string, text: string) => void warnings.push({ setting, text })
  return {
    environment: sources.environment,
    local: sources.environment === 'local',
    value(name) {
      if (!resolved.has(name)) resolved.set(name, resolveValue(sources, name, { addIssue, warn }))
      return resolved.get(name)
    },
    isOverridden: (name, by) => rankOf(sources, name) > rankOf(sources, by),
    addIssue,
    missing(name, text) {
      const both = [name, `${name}_FILE`]
      const known = issues.some(({ setting }) => both.includes(setting)) || both.some(each => unreadable.has(each))
      return known ? undefined : addIssue(name, `is missing${text}`)
    },
    warn,
    issues,
    warnings,
  }
}

const issuesOfLines = ({ name, issues = [] }: EnvFile): ConfigIssue[] =>
  issues.map(({ line, text }) => ({ setting: `${name}, line ${line}:`, text }))

/** Whether the source of a setting has a value for it, as NAME or as NAME_FILE. */
export function isSet(sources: Sources, name: string): boolean {
  const { plain, file } = findInSources(sources, name) ?? {}
  return Boolean(plain || file)
}

interface IssueRecorder {
  addIssue(name: string, text: string): undefined
  warn(name: string, text: string): void
}

function resolveValue(sources: Sources, name: string, recorder: IssueRecorder): string | undefined {
  const found = findInSources(sources, name)
  // An empty value counts as not set, and still hides the later sources.
  if (!found || !(found.plain || found.file)) return undefined
  const { plain, file, source, rank } = found
  if (plain && file) return recorder.addIssue(name, `and ${name}_FILE are both set in ${source}; keep one of them`)
  // The quotes of an env file were removed before. Quotes that remain were written inside other quotes, on purpose.
  if (plain !== undefined && !file) {
    return rank > 0 ? plain : withoutQuotes(plain, { name, setting: name, source: `in ${source}` }, recorder)
  }
  const setting = `${name}_FILE`
  const text = readContent(sources.contents.get(file ?? ''), setting, file ?? '', recorder.addIssue)
  return text && withoutQuotes(text, { name, setting, source: 'in the file that it names' }, recorder)
}

interface Quotable {
  name: string
  /** The setting that was written: NAME or NAME_FILE. */
  setting: string
  source: string
}

/** Quotes around a whole value are an issue where nothing removes them. Only a secret may have quotes on purpose. */
function withoutQuotes(
  value: string,
  { name, setting, source }: Quotable,
  { addIssue, warn }: IssueRecorder,
): string | undefined {
  const [, inside] = /^(["'`])(.*)\1$/s.exec(value) ?? []
  const isQuoted =
    inside !== undefined || /^[\u201c\u201e\u2018\u201a\u00ab].*[\u201d\u201c\u2019\u2018\u00bb]$/s.test(value)
  // A private key in quotes is still recognised (credentials.ts).
  if (!isQuoted || name.endsWith('_PRIVATE_KEY')) return value
  const text = `is in quotation marks ${source}, where they are a part of the value`
  const isProvidersSecret = findSetting(name)?.secret && splitProviderSetting(name)
  if (!isProvidersSecret) return addIssue(setting, `${text}; write it without them`)
  warn(setting, `${text}; write it without them, if the provider gave it to you without`)
  return value
}

function readContent(
  content: FileContent | undefined,
  name: string,
  path: string,
  addIssue: IssueRecorder['addIssue'],
) {
  const file = nameOfFile(name, path)
  if (!content) return addIssue(name, `names ${file}, which was not read`)
  if ('problem' in content) return addIssue(name, `names ${file}, which ${content.problem}`)
  const text = content.text.replace(/\r?\n$/, '')
  return text === '' ? addIssue(name, `names ${file}, which is empty`) : text
}

/** A secret in place of the path to it is a common mistake, so for a secret only an obvious path is shown. */
function nameOfFile(name: string, path: string): string {
  if (isPathOfWords(path)) return `the file ${path}`
  return findSetting(name)?.secret
    ? 'a file (not shown, because it may be the secret itself; write a path such as /run/secrets/name)'
    : `the file ${quoted(path)}`
}

/** Whether a text is a path whose segments are all words: no segment looks like random text. */
const isPathOfWords = (path: string): boolean =>
  /^\.{0,2}\/[^/]/.test(path) && path.split(/[/._@-]/).every(word => WORD.test(word))

const WORD = /^([A-Z]?[a-z]{0,24}|[A-Z]{0,24})\d{0,4}$/

function findInSources(sources: Sources, name: string) {
  const sourcesInOrder = [{ name: 'the process environment', values: sources.process }, ...sources.files]
  for (const [rank, { name: source, values }] of sourcesInOrder.entries()) {
    const plain = values[name]
    const file = values[`${name}_FILE`]
    if (plain !== undefined || file !== undefined) return { rank, source, plain, file }
  }
  return undefined
}

/** The position of the source that sets it; 0 for a setting that is not set. */
const rankOf = (sources: Sources, name: string): number => findInSources(sources, name)?.rank ?? 0
