import type { ProviderSettings } from '../config/types.js'
import { groupsAt } from './groups.js'
import type { Preset } from './provider.js'

/** An OpenID provider has its groups among the claims, where the settings say. */
export function groupsReader(settings: ProviderSettings, row: Preset): Preset['readGroups'] {
  if (row.readGroups || row.protocol !== 'oidc') return row.readGroups
  const read = groupsAt(groupClaimsOf(settings, row) ?? [])
  const { nameGroup } = row
  return nameGroup ? claims => read(claims).map(group => nameGroup(group, claims)) : read
}

/** The claims that groups are read from; undefined where a preset asks an API for them. */
export function groupClaimsOf({ preset, groupsFields }: ProviderSettings, row: Preset): readonly string[] | undefined {
  if (preset !== undefined && (row.readGroups || row.protocol !== 'oidc')) return undefined
  return groupsFields ?? (row.protocol === 'oidc' ? row.groupsFields : undefined) ?? ['groups']
}
