import { inWords, shown } from './faults.js'
import { readList } from './plain-values.js'
import { providerVariables } from './provider-variables.js'
import type { Reading } from './sources.js'
import { globalVariables, settingOf } from './variables.js'

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** PROVIDERS, without the names that are faulty. */
export function readProviderNames(reading: Reading): readonly string[] {
  const names = readList(reading, 'PROVIDERS')
  if (names === undefined) {
    if (reading.local) return ['dev']
    reading.missing('PROVIDERS', '; name the providers people sign in with, like github')
    return []
  }
  const distinct = [...new Set(names)]
  for (const name of distinct) {
    if (names.indexOf(name) !== names.lastIndexOf(name)) reading.fault('PROVIDERS', `names ${shown(name)} twice`)
  }
  const good = distinct.filter(name => isGoodName(reading, name))
  judgeDoubleMeanings(reading, good)
  return good
}

function isGoodName(reading: Reading, name: string): boolean {
  if (name === 'callback') {
    reading.fault('PROVIDERS', 'names "callback", which is a part of our own URLs; take another name')
  } else if (!NAME.test(name)) {
    reading.fault('PROVIDERS', `names ${shown(name)}; a name consists of lower-case words, like github or my-company`)
  } else {
    return true
  }
  return false
}

// The REQUEST_TOKEN_URL of `x` and the TOKEN_URL of `x-request` would be one setting.
function judgeDoubleMeanings(reading: Reading, providers: readonly string[]): void {
  const owners = new Map<string, string>(
    globalVariables.flatMap(({ name }) => [name, `${name}_FILE`].map(each => [each, 'the app itself'])),
  )
  for (const provider of providers) {
    const clashes = new Map<string, string>()
    for (const setting of settingsOf(provider)) {
      const owner = owners.get(setting)
      if (owner) clashes.set(owner, setting)
      owners.set(setting, provider)
    }
    for (const [owner, setting] of clashes) {
      const both = inWords([owner, provider])
      reading.fault('PROVIDERS', `names ${provider}, but ${setting} could mean ${both}; take another name`)
    }
  }
}

const settingsOf = (provider: string): string[] =>
  providerVariables.flatMap(({ name }) => [settingOf(provider, name), `${settingOf(provider, name)}_FILE`])

/**
 * DEFAULT_PROVIDER: the only provider, if there is one and nothing else is said. `PROVIDERS=acme npm start` overrules
 * the whole choice of env/local/.env, so a default that goes with the providers of a later source goes with them.
 */
export function readDefaultProvider(reading: Reading, providers: readonly string[]): string | undefined {
  const name = reading.value('DEFAULT_PROVIDER')
  if (name !== undefined && providers.includes(name)) return name
  if (name === undefined || reading.isOverruled('DEFAULT_PROVIDER', 'PROVIDERS')) {
    return providers.length === 1 ? providers[0] : undefined
  }
  const choice = providers.length > 0 ? inWords([...providers, 'nothing'], 'or') : 'one of PROVIDERS'
  return reading.fault('DEFAULT_PROVIDER', `is ${shown(name)}, which is not one of PROVIDERS; write ${choice}`)
}
