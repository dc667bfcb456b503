import { closest, distance } from 'fastest-levenshtein'
import { joinWords, quoted } from '../errors.js'
import { isSet, type SettingsReader, type Sources } from '../reader.js'
import { globalSettings, settingOf } from '../settings.js'
import type { PresetCatalog } from '../types.js'
import { readList } from '../value-readers.js'
import { providerSettings } from './provider-settings.js'

const PROVIDER_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

interface ProviderNames {
  /** PROVIDERS, without the invalid names. */
  names: readonly string[]
  /** Misspelt names of presets, and the presets. Other settings that use either name are not further issues. */
  misspelt: readonly { name: string; preset: string }[]
}

/** PROVIDERS. */
export function readProviderNames(reader: SettingsReader, sources: Sources, catalog: PresetCatalog): ProviderNames {
  const names = readList(reader, 'PROVIDERS')
  if (names === undefined) {
    if (reader.local) return { names: ['dev'], misspelt: [] }
    reader.missing('PROVIDERS', '; name the providers people sign in with, like github')
    return { names: [], misspelt: [] }
  }
  const distinct = [...new Set(names)]
  for (const name of distinct) {
    if (names.indexOf(name) !== names.lastIndexOf(name)) reader.addIssue('PROVIDERS', `names ${quoted(name)} twice`)
  }
  const usable = distinct.filter(name => isUsableName(reader, name))
  const misspelt = usable.flatMap(name => {
    const preset = presetBehindTypo(name, sources, catalog)
    return preset === undefined ? [] : { name, preset }
  })
  for (const { name, preset } of misspelt) {
    reader.addIssue('PROVIDERS', `names ${name}, which is no known provider; did you mean ${preset}?`)
  }
  const rest = usable.filter(name => !misspelt.some(each => each.name === name))
  checkAmbiguousNames(reader, rest)
  return { names: rest, misspelt }
}

/**
 * A custom provider has settings of its own. A name without settings that is similar to a preset's is a typing error.
 */
function presetBehindTypo(name: string, sources: Sources, catalog: PresetCatalog): string | undefined {
  if (Object.hasOwn(catalog, name) || settingNamesOf(name).some(setting => isSet(sources, setting))) return undefined
  const preset = nearestPreset(name, catalog)
  if (preset === undefined) return undefined
  return distance(name, preset) <= Math.max(1, Math.floor(preset.length / 3)) ? preset : undefined
}

/** The preset with the most similar name, if any is similar. */
export function nearestPreset(name: string, catalog: PresetCatalog): string | undefined {
  const names = Object.keys(catalog)
  if (names.length === 0) return undefined
  const near = closest(name, names)
  return distance(name, near) <= near.length / 2 ? near : undefined
}

/** Whether a text can be the name of a provider. */
export const isProviderName = (text: string): boolean => PROVIDER_NAME.test(text) && text !== 'callback'

function isUsableName(reader: SettingsReader, name: string): boolean {
  if (name === 'callback') {
    reader.addIssue('PROVIDERS', 'names "callback", which is a part of our own URLs; choose another name')
  } else if (!PROVIDER_NAME.test(name)) {
    reader.addIssue(
      'PROVIDERS',
      `names ${quoted(name)}; a name consists of lower-case words, like github or my-company`,
    )
  } else {
    return true
  }
  return false
}

// The REQUEST_TOKEN_URL of `x` and the TOKEN_URL of `x-request` would be one setting.
function checkAmbiguousNames(reader: SettingsReader, providers: readonly string[]): void {
  const owners = new Map<string, string>(
    globalSettings.flatMap(({ name }) => [name, `${name}_FILE`].map(each => [each, 'the app itself'])),
  )
  for (const provider of providers) {
    const clashes = new Map<string, string>()
    for (const setting of settingNamesOf(provider)) {
      const owner = owners.get(setting)
      if (owner) clashes.set(owner, setting)
      owners.set(setting, provider)
    }
    for (const [owner, setting] of clashes) {
      const both = joinWords([owner, provider])
      reader.addIssue('PROVIDERS', `names ${provider}, but ${setting} could mean ${both}; choose another name`)
    }
  }
}

const settingNamesOf = (provider: string): string[] =>
  providerSettings.flatMap(({ name }) => [settingOf(provider, name), `${settingOf(provider, name)}_FILE`])

/**
 * DEFAULT_PROVIDER: the only provider, if there is one and nothing else is set. `PROVIDERS=acme npm start` overrides
 * the whole choice of env/local/.env, so a default from a later source than PROVIDERS is ignored.
 */
export function readDefaultProvider(reader: SettingsReader, providers: readonly string[]): string | undefined {
  const name = reader.value('DEFAULT_PROVIDER')
  if (name !== undefined && providers.includes(name)) return name
  if (name === undefined || reader.isOverridden('DEFAULT_PROVIDER', 'PROVIDERS')) {
    return providers.length === 1 ? providers[0] : undefined
  }
  const choice = providers.length > 0 ? joinWords([...providers, 'nothing'], 'or') : 'one of PROVIDERS'
  return reader.addIssue('DEFAULT_PROVIDER', `is ${quoted(name)}, which is not one of PROVIDERS; write ${choice}`)
}
