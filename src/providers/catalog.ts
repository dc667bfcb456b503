import type { PresetCatalog, PresetInfo } from '../config/types.js'
import { CODE_PRESETS } from './presets/code.js'
import { CONSUMER_PRESETS } from './presets/consumer.js'
import { DEVELOPMENT_PRESETS } from './presets/development.js'
import { IDENTITY_SERVER_PRESETS } from './presets/identity-servers.js'
import { OAUTH1_PRESETS } from './presets/oauth1.js'
import { SOCIAL_PRESETS } from './presets/social.js'
import { WORK_PRESETS } from './presets/work.js'
import type { Preset } from './provider.js'

/** The built-in presets. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  ...CODE_PRESETS,
  ...CONSUMER_PRESETS,
  ...IDENTITY_SERVER_PRESETS,
  ...SOCIAL_PRESETS,
  ...WORK_PRESETS,
  ...OAUTH1_PRESETS,
  ...DEVELOPMENT_PRESETS,
}

/** The built-in preset of a name, if there is one. */
export const findPreset = (name: string): Preset | undefined =>
  Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined

/** What the configuration needs to know about the presets. */
export function presetCatalog(): PresetCatalog {
  return Object.fromEntries(Object.entries(PRESETS).map(([name, preset]) => [name, infoOf(preset)]))
}

function infoOf(preset: Preset): PresetInfo {
  const { label, protocol, development, baseUrl, tenant, httpsOnly } = preset
  return {
    label,
    protocol,
    ...(development && { development }),
    ...(baseUrl !== undefined && { baseUrl }),
    ...(tenant && { tenant }),
    ...(httpsOnly && { httpsOnly }),
    ...(hasGroups(preset) && { hasGroups: true as const }),
    ...('createClientSecret' in preset && { createsClientSecret: true as const }),
    ...('scopeParam' in preset && { hasScopeParam: true as const }),
  }
}

/**
 * Whether it can report groups: an OpenID provider can, unless its preset says otherwise, because its operator decides.
 */
const hasGroups = (preset: Preset): boolean =>
  preset.protocol === 'oidc' ? !preset.hasNoGroups : preset.readGroups !== undefined
