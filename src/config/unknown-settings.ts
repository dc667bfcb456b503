import { closest, distance } from 'fastest-levenshtein'
import { isProxyVariable } from './app/proxies.js'
import { providerSettings } from './provider/provider-settings.js'
import { isSet, type SettingsReader, type Sources } from './reader.js'
import {
  globalSettings,
  isAvailable,
  type SettingName,
  settingOf,
  settingPrefixOf,
  splitProviderSetting,
} from './settings.js'
import type { Setting } from './types.js'

/** Checks the names of all settings: names that are misspelt, belong to no provider, or are only planned. */
export function checkSettingNames(reader: SettingsReader, sources: Sources, providers: readonly string[]): void {
  const names = settingsInUse(providers)
  for (const { name } of names.filter(({ setting }) => !isAvailable(setting))) {
    if (isSet(sources, name)) reader.addIssue(name, 'is not available yet; remove it')
  }
  if (sources.process.ENVIRONMENT_FILE) {
    reader.addIssue('ENVIRONMENT_FILE', 'is not possible; write ENVIRONMENT itself')
  }
  const known = new Set(names.flatMap(({ name }) => [name, `${name}_FILE`]))
  const rightNames = names.filter(({ setting }) => isAvailable(setting)).map(({ name }) => name)
  const unknownNames = (values: Sources['process']) =>
    Object.keys(values).filter(name => !known.has(name) && !isProxyVariable(name))

  const unset = rightNames.filter(name => !isSet(sources, name))
  checkProcessNames(reader, unknownNames(sources.process), unset, providers)
  for (const file of sources.files) {
    if ('ENVIRONMENT' in file.values || 'ENVIRONMENT_FILE' in file.values) {
      reader.addIssue('ENVIRONMENT', `is in ${file.name}; it is read from the process environment only`)
    }
    for (const name of unknownNames(file.values)) {
      checkNameInFile(reader, { name, hasValue: Boolean(file.values[name]), file: file.name }, rightNames, providers)
    }
  }
}

interface SettingInUse {
  name: SettingName
  setting: Setting
}

function settingsInUse(providers: readonly string[]): SettingInUse[] {
  const ofProvider = (provider: string) =>
    providerSettings.map(setting => ({ name: settingOf(provider, setting.name), setting }))
  return [...globalSettings.map(setting => ({ name: setting.name, setting })), ...providers.flatMap(ofProvider)]
}

/**
 * Other programs use the process environment too (GITHUB_SHA), so an unknown name only gets a warning, and only if it
 * is similar to a setting.
 */
function checkProcessNames(
  reader: SettingsReader,
  unknownNames: readonly string[],
  unset: readonly SettingName[],
  providers: readonly string[],
): void {
  for (const name of unknownNames) {
    const near = nearest(name, unset)
    if (!near?.isGlobal && isForUnnamedProvider(name, providers)) continue
    if (near && near.steps <= Math.min(2, Math.floor(near.right.length / 3))) {
      reader.warn(name, `is not a setting; did you mean ${near.right}?`)
    }
  }
}

interface UnknownSetting {
  name: string
  hasValue: boolean
  file: string
}

/** Our files are for our settings only, so an unknown name there is a mistake. */
function checkNameInFile(
  reader: SettingsReader,
  { name, hasValue, file }: UnknownSetting,
  rightNames: readonly SettingName[],
  providers: readonly string[],
): void {
  const near = nearest(name, rightNames)
  if (isForUnnamedProvider(name, providers) && !(near?.isGlobal && near.steps < 2)) {
    if (hasValue) reader.warn(name, `in ${file} is for a provider that PROVIDERS does not name`)
    return
  }
  const isSimilar = near && near.steps <= near.right.length / 2
  reader.addIssue(
    name,
    `is not a setting; ${isSimilar ? `did you mean ${near.right}?` : 'list them all with:  npx vestibule env'}`,
  )
}

/** Whether a name is a valid setting of a provider that is not configured, and not a typing error of one that is. */
function isForUnnamedProvider(name: string, providers: readonly string[]): boolean {
  const prefix = splitProviderSetting(name.replace(/_FILE$/, ''))?.prefix
  return prefix !== undefined && !providers.some(provider => isTypo(prefix, settingPrefixOf(provider)))
}

// GITHB and GTIHUB are typing errors of GITHUB; GITLAB and GITHUB2 are other providers.
function isTypo(name: string, right: string): boolean {
  const letters = (text: string) => [...text].sort().join('')
  const withoutDigits = (text: string) => text.replace(/\d/g, '')
  if (withoutDigits(name) === withoutDigits(right)) return false
  const steps = distance(name, right)
  return steps === 1 || (steps === 2 && letters(name) === letters(right))
}

/** The setting whose name needs the fewest single-letter changes. */
function nearest(name: string, rightNames: readonly string[]) {
  if (rightNames.length === 0) return undefined
  const end = /_FILE$/i.test(name) ? '_FILE' : ''
  const plain = name.slice(0, name.length - end.length).toUpperCase()
  const right = closest(plain, rightNames)
  const isGlobal = globalSettings.some(setting => setting.name === right)
  return { right: `${right}${end}`, steps: distance(plain, right), isGlobal }
}
