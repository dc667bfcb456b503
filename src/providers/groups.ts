import type { JsonObject } from '../oauth/types.js'
import { valueAt } from './paths.js'

const GROUP_LENGTH = 256
const MOST = 1_000

/** What would look like another group on a page or in a log, and lone surrogates, which stand for bytes that were lost. */
const UNUSABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u

/**
 * Groups exactly as told, each once: access rules match them, and one that was mended could be another one. Only a list
 * of texts is one: a single text may be several groups to whoever wrote it, so it is none. What is unusable or too much
 * is left out, so somebody may be let in less, and never more.
 */
export function readGroups(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  return [...new Set<string>(value.filter(isGroup))].slice(0, MOST)
}

const isGroup = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= GROUP_LENGTH && !UNUSABLE.test(value)

/** A reader for groups that stand in the profile: in all of the lists at these paths. */
export const groupsAt =
  (paths: readonly string[]) =>
  (user: JsonObject): string[] =>
    readGroups(paths.flatMap(path => readGroups(claimAt(user, path))))

/** A claim whose whole name is the path comes first: Auth0 calls its own like URLs, with dots in them. */
const claimAt = (user: JsonObject, path: string): unknown =>
  Object.hasOwn(user, path) ? user[path] : valueAt(user, path)
