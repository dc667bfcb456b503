import type { PresetCatalog, PresetFacts } from '../config/types.js'
import { CODE_PRESETS } from './presets/code.js'
import { CONSUMER_PRESETS } from './presets/consumer.js'
import { DEVELOPMENT } from './presets/development.js'
import { IDENTITY_SERVERS } from './presets/identity-servers.js'
import { OAUTH1_PRESETS } from './presets/oauth1.js'
import { SOCIAL_PRESETS } from './presets/social.js'
import { WORK_PRESETS } from './presets/work.js'
import type { Preset } from './provider.js'

/** The built-in presets. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  ...CODE_PRESETS,
  ...CONSUMER_PRESETS,
  ...IDENTITY_SERVERS,
  ...SOCIAL_PRESETS,
  ...WORK_PRESETS,
  ...OAUTH1_PRESETS,
  ...DEVELOPMENT,
}

/** The built-in preset of a name, if there is one. */
export const findPreset = (name: string): Preset | undefined =>
  Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined

/** What the configuration has to know about the presets. */
export function presetFacts(): PresetCatalog {
  return Object.fromEntries(Object.entries(PRESETS).map(([name, preset]) => [name, factsOf(preset)]))
}

function factsOf(preset: Preset): PresetFacts {
  const { label, protocol, development, baseUrl, tenant, httpsOnly } = preset
  return {
    ...{ label, protocol },
    ...(development && { development }),
    ...(baseUrl !== undefined && { baseUrl }),
    ...(tenant && { tenant }),
    ...(httpsOnly && { httpsOnly }),
    ...(tellsGroups(preset) && { tellsGroups: true as const }),
    ...('mintSecret' in preset && { mintsSecret: true as const }),
    ...('scopeParam' in preset && { scoped: true as const }),
  }
}

/** Whether it can report groups: an OpenID provider can unless its preset says otherwise, since its operator decides. */
const tellsGroups = (preset: Preset): boolean =>
  preset.protocol === 'oidc' ? !preset.hasNoGroups : preset.readGroups !== undefined
