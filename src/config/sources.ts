import { type Fault, shown } from './faults.js'
import { rowOf, type SettingName } from './variables.js'

export type Values = Readonly<Record<string, string | undefined>>

/** Everything that `parse` judges, already read. */
export interface Sources {
  /** A name that is safe in a path. */
  environment: string
  process: Values
  /** The id of this process, which LISTEN_PID is compared with. */
  pid?: number
  /** Our files; the first one that mentions a setting wins, and the process environment wins over all. */
  files: readonly { name: string; values: Values }[]
  /** What the files named by `NAME_FILE` hold, by the path as it was written. */
  contents: ReadonlyMap<string, FileContent>
}

export type FileContent = { text: string } | { trouble: string }

/** The settled settings, and where the readers put what they find wrong with them. */
export interface Reading {
  readonly environment: string
  readonly local: boolean
  /** The value that counts; undefined when not set, empty or faulty. */
  value(name: SettingName): string | undefined
  /** Whether a setting is given by a source that a setting given by an earlier one overrules. */
  isOverruled(name: SettingName, by: SettingName): boolean
  /** Notes a fault; returns undefined, so that a reader can give up and say why in one line. */
  fault(name: string, text: string): undefined
  /** Notes that a required setting is missing, unless it is there and faulty already. */
  missing(name: SettingName, text: string): undefined
  warn(name: string, text: string): void
  readonly faults: readonly Fault[]
  readonly warnings: readonly Fault[]
}

/** Settles which source counts for each setting. */
export function openReading(sources: Sources): Reading {
  const faults: Fault[] = []
  const warnings: Fault[] = []
  const settled = new Map<string, string | undefined>()

  const fault = (setting: string, text: string) => {
    faults.push({ setting, text })
    return undefined
  }
  return {
    environment: sources.environment,
    local: sources.environment === 'local',
    value(name) {
      if (!settled.has(name)) settled.set(name, settle(sources, name, fault))
      return settled.get(name)
    },
    isOverruled: (name, by) => rankOf(sources, name) > rankOf(sources, by),
    fault,
    missing(name, text) {
      const known = faults.some(({ setting }) => setting === name || setting === `${name}_FILE`)
      return known ? undefined : fault(name, `is missing${text}`)
    },
    warn: (setting, text) => void warnings.push({ setting, text }),
    faults,
    warnings,
  }
}

/** Whether the source that counts for a setting says something, in either form. */
export function isGiven(sources: Sources, name: string): boolean {
  const { plain, file } = firstMention(sources, name) ?? {}
  return Boolean(plain || file)
}

type NoteFault = (name: string, text: string) => undefined

function settle(sources: Sources, name: string, fault: NoteFault): string | undefined {
  const mention = firstMention(sources, name)
  // Empty is not set, and still hides what the later sources say.
  if (!mention || !(mention.plain || mention.file)) return undefined
  const { plain, file, source } = mention
  if (plain && file) return fault(name, `and ${name}_FILE are both set in ${source}; keep one of them`)
  if (!file) return plain
  return readContent(sources.contents.get(file), `${name}_FILE`, file, fault)
}

function readContent(content: FileContent | undefined, name: string, path: string, fault: NoteFault) {
  // A secret put here in place of the path to it is a common slip, so the path of a secret is not shown either.
  const subject = rowOf(name)?.secret ? 'a file' : shown(path)
  if (!content) return fault(name, `names ${subject}, which was not read`)
  if ('trouble' in content)
    return fault(name, `names ${subject}, which ${content.trouble}; it wants the path of a file`)
  const text = content.text.replace(/\r?\n$/, '')
  return text === '' ? fault(name, `names ${subject}, which is empty`) : text
}

function firstMention(sources: Sources, name: string) {
  const inOrder = [{ name: 'the process environment', values: sources.process }, ...sources.files]
  for (const [rank, { name: source, values }] of inOrder.entries()) {
    const plain = values[name]
    const file = values[`${name}_FILE`]
    if (plain !== undefined || file !== undefined) return { rank, source, plain, file }
  }
  return undefined
}

/** How late a setting is given; one that nobody gives is overruled by nothing. */
const rankOf = (sources: Sources, name: string): number => firstMention(sources, name)?.rank ?? 0
