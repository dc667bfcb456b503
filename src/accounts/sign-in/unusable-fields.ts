import { cleanText } from '../../oauth/text.js'
import type { UnusableField } from '../../providers/profile-field-check.js'
import { settingName } from '../errors.js'

export type WarnUnusableFields = (provider: string, fields: readonly UnusableField[] | undefined) => void

const MAX_PATH_CHARS = 100

/**
 * Warns about `<NAME>_..._FIELD` settings whose path leads to no usable value: once in this process, at the first sign-in
 * with the provider. Without the warning such a path would have no effect and no message.
 */
export function createUnusableFieldWarnings(warn: (message: string) => void): WarnUnusableFields {
  const checked = new Set<string>()
  return (provider, fields) => {
    if (fields === undefined || checked.has(provider)) return
    checked.add(provider)
    for (const { suffix, path, found, wanted: expected } of fields) {
      const setting = `${settingName(provider, suffix)}=${cleanText(path, MAX_PATH_CHARS)}`
      warn(`${setting} leads to ${found} at the first sign-in with ${provider}, and ${expected} is wanted there`)
    }
  }
}
