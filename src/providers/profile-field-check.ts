import type { ProfileField, ProviderSettings } from '../config/types.js'
import type { JsonObject } from '../oauth/types.js'
import { isSubject } from '../oauth/userinfo.js'
import { groupsAt, missingGroupsAt } from './groups.js'
import { describeKind, valueAt } from './json-value.js'
import { readEmail, readHttpsUrl, readLogin, readName } from './profile.js'

/** A path in a profile that a setting names, and what was found there in place of what is wanted. */
export interface UnusableField {
  /** The end of the setting's name, as `EMAIL_FIELD`. */
  suffix: string
  path: string
  /** The kind of the value; the value itself is private. */
  found: string
  wanted: string
}

interface FieldRule {
  suffix: string
  wanted: string
  isUsable(value: unknown): boolean
}

const RULES: Readonly<Record<ProfileField, FieldRule>> = {
  subject: { suffix: 'SUBJECT_FIELD', wanted: 'an id', isUsable: value => isSubject(numberToText(value)) },
  name: { suffix: 'NAME_FIELD', wanted: 'a text', isUsable: value => readName(value) !== null },
  login: { suffix: 'LOGIN_FIELD', wanted: 'a text of one line', isUsable: value => readLogin(value) !== null },
  email: { suffix: 'EMAIL_FIELD', wanted: 'one e-mail address', isUsable: value => readEmail(value) !== null },
  emailVerified: { suffix: 'EMAIL_VERIFIED_FIELD', wanted: 'true or false', isUsable: isBooleanOrText },
  picture: { suffix: 'PICTURE_FIELD', wanted: 'an https URL', isUsable: value => readHttpsUrl(value) !== null },
}

function isBooleanOrText(value: unknown): boolean {
  return typeof value === 'boolean' || value === 'true' || value === 'false'
}

const numberToText = (value: unknown): unknown => (Number.isSafeInteger(value) ? String(value) : value)

/** Checks the values of a profile at the paths of the settings. Undefined where the settings name no paths. */
export function profileFieldCheck({ fields, groupsFields, groupsWanted }: ProviderSettings) {
  const rules = (Object.keys(RULES) as ProfileField[]).flatMap(field => {
    const path = fields[field]
    return path === undefined ? [] : [{ ...RULES[field], path }]
  })
  const groups = groupsWanted && groupsFields !== undefined ? unusableGroups(groupsFields) : undefined
  if (rules.length === 0 && !groups) return undefined
  return (user: JsonObject): UnusableField[] => [
    ...rules.flatMap(({ suffix, wanted, isUsable, path }) => {
      // A name may have several paths, with commas between them; one of them is enough.
      const values = path.split(',').map(each => valueAt(user, each))
      return values.some(isUsable) ? [] : [{ suffix, wanted, path, found: describeKind(values[0]) }]
    }),
    ...(groups?.(user) ?? []),
  ]
}

/** Of several paths one is enough, and a list without groups in it is not a mistake. */
function unusableGroups(paths: readonly string[]) {
  const read = groupsAt(paths)
  const missing = missingGroupsAt(paths)
  return (user: JsonObject): UnusableField[] => {
    const reason = read(user).length === 0 ? missing(user) : undefined
    const found = reason?.why === 'absent' ? 'nothing' : reason?.why === 'not_understood' ? reason.found : undefined
    return found === undefined ? [] : [{ suffix: 'GROUPS_FIELD', path: paths.join(), found, wanted: 'a list of texts' }]
  }
}
