import { isObject } from '../oauth/response.js'
import type { Json, JsonObject } from '../oauth/types.js'
import { describeKind, ownValue } from './json-value.js'

const MAX_GROUP_CHARS = 256
const MAX_GROUPS = 1_000

/**
 * What would look like another group on a page or in a log, and lone surrogates, which stand for bytes that were lost.
 */
const UNUSABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u

/**
 * Groups exactly as received, each once: access rules match them, and a corrected one could be another group. A list
 * contains them as texts, or as objects with a `name`; an object has them as its keys, as Zitadel sends roles. A single
 * text may mean several groups, so it counts as none. Unusable groups and those beyond the limit are left out: that can
 * give a user less access, and never more.
 */
export function readGroups(value: unknown): string[] {
  const groups = Array.isArray(value) ? value.map(groupName) : isObject(value) ? grantedKeys(value) : []
  return [...new Set<string>(groups.filter(isGroup))].slice(0, MAX_GROUPS)
}

const isGroup = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_GROUP_CHARS && !UNUSABLE.test(value)

const groupName = (item: unknown): unknown => (isObject(item) ? ownValue(item, 'name') : item)

const grantedKeys = (groups: JsonObject): string[] =>
  Object.entries(groups).flatMap(([name, value]) => (isNotGranted(value) ? [] : [name]))

/** Whether the value of a key says that the group is not granted: it is false in some spelling, or empty. */
const isNotGranted = (value: Json): boolean =>
  !value || value === 'false' || (typeof value === 'object' && Object.keys(value).length === 0)

/** A reader for groups in the profile, at all of these paths. */
export const groupsAt =
  (paths: readonly string[]) =>
  (user: JsonObject): string[] =>
    readGroups(paths.flatMap(path => groupsIn(claimAt(user, path))))

/** Why no groups of a user were found, so that the error message can say it. */
export type MissingGroups =
  /** None of these claims is there. */
  | { why: 'absent'; claims: readonly string[] }
  /** The provider says that there are more than it lists. */
  | { why: 'too_many' }
  /** A claim is there, and nothing is in it. */
  | { why: 'empty' }
  /** A claim is there, and no groups can be read from it; `found` is its kind. */
  | { why: 'not_understood'; found: string }

/** For users for whom `groupsAt` found no groups. */
export const missingGroupsAt =
  (paths: readonly string[]) =>
  (user: JsonObject): MissingGroups => {
    const values = paths.flatMap(path => claimAt(user, path).values).filter(value => value !== undefined)
    if (areGroupsOmitted(user, paths)) return { why: 'too_many' }
    if (values.length === 0) return { why: 'absent', claims: paths }
    const [unreadable] = values.filter(value => !isEmpty(value))
    return unreadable === undefined ? { why: 'empty' } : { why: 'not_understood', found: describeKind(unreadable) }
  }

/**
 * Entra leaves the groups out of a token if there are more than 200: `hasgroups`, or a distributed claim (OpenID
 * Connect Core, 5.6.2), which is never fetched.
 */
const areGroupsOmitted = (user: JsonObject, paths: readonly string[]): boolean =>
  paths.some(path => ownValue(user._claim_names, path.split('.')[0] ?? path) !== undefined) ||
  (paths.includes('groups') && (user.hasgroups === true || user.hasgroups === 'true'))

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === '' ||
  (Array.isArray(value) ? value.length === 0 : isObject(value) && grantedKeys(value).length === 0)

/** What a path leads to: one value, or, if it leads through a list, one value of each item. */
interface ClaimValues {
  values: readonly unknown[]
  isPerItem: boolean
}

/** A single text is a group only where the path names it in each item of a list. */
const groupsIn = ({ values, isPerItem }: ClaimValues): string[] =>
  values.flatMap(value => readGroups(isPerItem && !isObject(value) ? [value].flat().map(numberToText) : value))

/** Some providers identify groups by numbers. */
const numberToText = (value: unknown): unknown => (Number.isSafeInteger(value) ? String(value) : value)

/**
 * A claim whose name is the path or the start of it comes first: Auth0 names custom claims like URLs, with dots in
 * them.
 */
function claimAt(user: JsonObject, path: string): ClaimValues {
  const names = Object.keys(user).filter(name => path === name || path.startsWith(`${name}.`))
  const [name] = names.sort((one, other) => other.length - one.length)
  if (name === undefined) return { values: [], isPerItem: false }
  const steps = path === name ? [] : path.slice(name.length + 1).split('.')
  return steps.reduce(followStep, { values: [user[name]], isPerItem: false })
}

/** A number is an index of a list, and a name is looked up in each of its items. */
function followStep({ values, isPerItem }: ClaimValues, step: string): ClaimValues {
  if (/^\d+$/.test(step)) return { values: values.map(value => ownValue(value, step)), isPerItem }
  const items = values.flatMap(value => (Array.isArray(value) ? value.filter(isObject) : [value]))
  return {
    values: items.map(item => (isObject(item) ? ownValue(item, step) : undefined)),
    isPerItem: isPerItem || values.some(Array.isArray),
  }
}
