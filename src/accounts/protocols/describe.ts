import type { JsonObject } from '../../oauth/types.js'
import type { ApiGet, Provider } from '../../providers/provider.js'
import type { Described } from './protocol.js'

/** A person by the object that the provider answered with, or by claims. A refusal in disguise ends it before groups are asked for. */
export async function describe(provider: Provider, user: JsonObject, get: ApiGet): Promise<Described> {
  const profile = await provider.readProfile(user, get)
  const groups = (await provider.readGroups?.(user, get)) ?? []
  return { profile, groups, ...(provider.emailTrusted && { emailTrusted: true }) }
}
