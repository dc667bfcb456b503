import { isObject } from '../oauth/answer.js'
import type { Json, JsonObject } from '../oauth/types.js'
import { ownValue } from './paths.js'

const GROUP_LENGTH = 256
const MOST = 1_000

/** What would look like another group on a page or in a log, and lone surrogates, which stand for bytes that were lost. */
const UNUSABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u

/**
 * Groups exactly as told, each once: access rules match them, and one that was mended could be another one. A list has
 * them as texts, or as objects by their `name`; an object has them as its keys, as Zitadel tells roles. A single text may
 * be several groups to whoever wrote it, so it is none. What is unusable or too much is left out, so somebody may be let
 * in less, and never more.
 */
export function readGroups(value: unknown): string[] {
  const told = Array.isArray(value) ? value.map(nameOf) : isObject(value) ? grantedKeys(value) : []
  return [...new Set<string>(told.filter(isGroup))].slice(0, MOST)
}

const isGroup = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= GROUP_LENGTH && !UNUSABLE.test(value)

const nameOf = (item: unknown): unknown => (isObject(item) ? ownValue(item, 'name') : item)

const grantedKeys = (groups: JsonObject): string[] =>
  Object.entries(groups).flatMap(([name, value]) => (isNo(value) ? [] : [name]))

/** Whether the value of a key says that the group is not granted: it is false in some spelling, or empty. */
const isNo = (value: Json): boolean =>
  !value || value === 'false' || (typeof value === 'object' && Object.keys(value).length === 0)

/** A reader for groups that stand in the profile: in all of the places at these paths. */
export const groupsAt =
  (paths: readonly string[]) =>
  (user: JsonObject): string[] =>
    readGroups(paths.flatMap(path => groupsIn(claimAt(user, path))))

/** What a path leads to; several values where it leads through a list, one of each item. */
interface Found {
  values: readonly unknown[]
  isOfEach: boolean
}

/** A single text is a group only where the path names it in each item of a list. */
const groupsIn = ({ values, isOfEach }: Found): string[] =>
  values.flatMap(value => readGroups(isOfEach && !isObject(value) ? [value].flat().map(asText) : value))

/** Some number their groups. */
const asText = (value: unknown): unknown => (Number.isSafeInteger(value) ? String(value) : value)

/** A claim whose whole name is the path, or a part of it, comes first: Auth0 calls its own like URLs, with dots in them. */
function claimAt(user: JsonObject, path: string): Found {
  const names = Object.keys(user).filter(name => path === name || path.startsWith(`${name}.`))
  const [name] = names.sort((one, other) => other.length - one.length)
  if (name === undefined) return { values: [], isOfEach: false }
  const steps = path === name ? [] : path.slice(name.length + 1).split('.')
  return steps.reduce(follow, { values: [user[name]], isOfEach: false })
}

/** A number steps into a list, and a name into each of its items. */
function follow({ values, isOfEach }: Found, step: string): Found {
  if (/^\d+$/.test(step)) return { values: values.map(value => ownValue(value, step)), isOfEach }
  const items = values.flatMap(value => (Array.isArray(value) ? value.filter(isObject) : [value]))
  return {
    values: items.map(item => (isObject(item) ? ownValue(item, step) : undefined)),
    isOfEach: isOfEach || values.some(Array.isArray),
  }
}
