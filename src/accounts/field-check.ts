import { cleanText } from '../oauth/text.js'
import type { UnusableField } from '../providers/field-check.js'
import { settingName } from './setting-name.js'

export type CheckFields = (provider: string, fields: readonly UnusableField[] | undefined) => void

const PATH_LENGTH = 100

/**
 * Warns about `<NAME>_..._FIELD` settings whose path leads to nothing usable: once in this process, at the first sign-in with
 * the provider. Without the warning such a path has no effect and no message.
 */
export function createFieldCheck(warn: (message: string) => void): CheckFields {
  const checked = new Set<string>()
  return (provider, fields) => {
    if (fields === undefined || checked.has(provider)) return
    checked.add(provider)
    for (const { suffix, path, found, wanted } of fields) {
      const setting = `${settingName(provider, suffix)}=${cleanText(path, PATH_LENGTH)}`
      warn(`${setting} leads to ${found} at the first sign-in with ${provider}, and ${wanted} is wanted there`)
    }
  }
}
