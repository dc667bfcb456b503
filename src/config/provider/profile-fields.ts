import { quoted } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import { settingOf } from '../settings.js'
import type { PresetInfo, ProfileField, ProviderSettings } from '../types.js'
import { readList } from '../value-readers.js'

const FIELD_SETTINGS = {
  subject: 'SUBJECT_FIELD',
  name: 'NAME_FIELD',
  login: 'LOGIN_FIELD',
  email: 'EMAIL_FIELD',
  emailVerified: 'EMAIL_VERIFIED_FIELD',
  picture: 'PICTURE_FIELD',
} as const satisfies Record<ProfileField, string>

const DOTTED_PATH = /^[^.\s\p{Cc}]+(\.[^.\s\p{Cc}]+)*$/u

/** Where the parts of a custom provider's profile are. */
export function readProfileFields(
  reader: SettingsReader,
  name: string,
  preset: string | undefined,
): ProviderSettings['fields'] {
  const fields: ProviderSettings['fields'] = {}
  for (const field of Object.keys(FIELD_SETTINGS) as ProfileField[]) {
    const setting = settingOf(name, FIELD_SETTINGS[field])
    // A name may be in several places: given and family name.
    const path = field === 'name' ? readList(reader, setting)?.join() : reader.value(setting)
    if (!path) continue
    if (preset !== undefined) {
      reader.addIssue(setting, `is for custom providers; the preset ${preset} knows its profile, so remove it`)
    } else if (field === 'name' && !path.split(',').every(each => DOTTED_PATH.test(each))) {
      reader.addIssue(setting, `is ${quoted(path)}; write dotted paths, like given_name,family_name`)
    } else if (field !== 'name' && !DOTTED_PATH.test(path)) {
      reader.addIssue(setting, `is ${quoted(path)}; write a dotted path, like data.id`)
    } else {
      fields[field] = path
    }
  }
  return fields
}

/** Where the groups are. This differs between installations of an OpenID provider, also where it has a preset. */
export function readGroupsPaths(
  reader: SettingsReader,
  name: string,
  info: PresetInfo | undefined,
): readonly string[] | undefined {
  const setting = settingOf(name, 'GROUPS_FIELD')
  const paths = readList(reader, setting)
  if (paths === undefined) return undefined
  if (info && !info.hasGroups) {
    return reader.addIssue(setting, `is for providers that send groups, and ${info.label} sends none; remove it`)
  }
  if (info && info.protocol !== 'oidc') {
    return reader.addIssue(
      setting,
      `is for custom providers and OpenID Connect; ${info.label} has its own, so remove it`,
    )
  }
  const wrong = paths.find(path => !DOTTED_PATH.test(path))
  return wrong === undefined
    ? paths
    : reader.addIssue(setting, `names ${quoted(wrong)}; write dotted paths, like groups,realm_access.roles`)
}
