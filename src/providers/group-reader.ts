import type { ProviderSettings } from '../config/types.js'
import { groupsAt } from './groups.js'
import type { Preset } from './provider.js'

/** An OpenID provider has its groups among the claims, where the settings say. */
export function groupsReader(settings: ProviderSettings, preset: Preset): Preset['readGroups'] {
  if (preset.readGroups || preset.protocol !== 'oidc') return preset.readGroups
  const read = groupsAt(groupClaimsOf(settings, preset) ?? [])
  const { nameGroup } = preset
  return nameGroup ? claims => read(claims).map(group => nameGroup(group, claims)) : read
}

/** The claims that groups are read from; undefined where a preset asks an API for them. */
export function groupClaimsOf(
  { preset: presetName, groupsFields }: ProviderSettings,
  preset: Preset,
): readonly string[] | undefined {
  if (presetName !== undefined && (preset.readGroups || preset.protocol !== 'oidc')) return undefined
  return groupsFields ?? (preset.protocol === 'oidc' ? preset.groupsFields : undefined) ?? ['groups']
}
