import { closest, distance } from 'fastest-levenshtein'
import type { PresetCatalog } from '../types.js'

/** The preset with the most similar name, if any is similar. */
export function nearestPreset(name: string, catalog: PresetCatalog): string | undefined {
  const names = Object.keys(catalog)
  if (names.length === 0) return undefined
  const near = closest(name, names)
  return distance(name, near) <= near.length / 2 ? near : undefined
}
