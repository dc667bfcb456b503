import type { PresetCatalog, PresetInfo } from '../config/types.js'
import { BIG_HOUSES } from './presets/big-houses.js'
import { CODE_HOSTS } from './presets/code-hosts.js'
import { DEVELOPMENT } from './presets/development.js'
import { IDENTITY_SERVERS } from './presets/identity-servers.js'
import { MEETING_PLACES } from './presets/meeting-places.js'
import { SIGNED_REQUESTS } from './presets/signed-requests.js'
import { WORKPLACES } from './presets/workplaces.js'
import type { Preset } from './provider.js'

/** The built-in rows. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  ...CODE_HOSTS,
  ...BIG_HOUSES,
  ...IDENTITY_SERVERS,
  ...MEETING_PLACES,
  ...WORKPLACES,
  ...SIGNED_REQUESTS,
  ...DEVELOPMENT,
}

/** The built-in row of a name, if there is one. */
export const findPreset = (name: string): Preset | undefined =>
  Object.hasOwn(PRESETS, name) ? PRESETS[name] : undefined

/** What the configuration has to know of the rows. */
export function presetCatalog(): PresetCatalog {
  return Object.fromEntries(Object.entries(PRESETS).map(([name, preset]) => [name, infoOf(preset)]))
}

function infoOf(preset: Preset): PresetInfo {
  const { label, protocol, development, baseUrl, tenant, httpsOnly } = preset
  return {
    ...{ label, protocol },
    ...(development && { development }),
    ...(baseUrl !== undefined && { baseUrl }),
    ...(tenant && { tenant }),
    ...(httpsOnly && { httpsOnly }),
    ...(hasGroups(preset) && { hasGroups: true as const }),
    ...('mintSecret' in preset && { createsClientSecret: true as const }),
    ...('scopeParam' in preset && { hasScopeParam: true as const }),
  }
}

/** An OpenID provider can be told to, wherever it is run by whoever uses it. */
const hasGroups = (preset: Preset): boolean =>
  preset.protocol === 'oidc' ? !preset.tellsNoGroups : preset.readGroups !== undefined
