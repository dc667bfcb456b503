import type { JsonObject } from '../../oauth/types.js'
import type { SourcedClaims } from '../../providers/claims.js'
import type { ApiGet, OidcProvider, Provider } from '../../providers/provider.js'
import type { UserInfo } from './protocol.js'

/** A person by the object that the provider answered with, or by claims. A refusal in disguise ends it before groups are asked for. */
export async function readUserInfo(provider: Provider, user: JsonObject, get: ApiGet): Promise<UserInfo> {
  const profile = await provider.readProfile(user, get)
  const groups = (await provider.readGroups?.(user, get)) ?? []
  const missingGroups = groups.length === 0 ? provider.missingGroups?.(user) : undefined
  const unusableFields = provider.unusableFields?.(user)
  return {
    ...{ profile, groups },
    ...(missingGroups && { missingGroups }),
    ...(unusableFields && { unusableFields }),
    ...(provider.emailTrusted && { emailTrusted: true }),
  }
}

/** The same by what an OpenID provider says. */
export const readUserInfoFromClaims = async (
  provider: OidcProvider,
  { claims, sources }: SourcedClaims,
  get: ApiGet,
): Promise<UserInfo> => ({
  ...(await readUserInfo(provider, claims, get)),
  sources,
  ...(provider.readPostedName && { sendsNameOnce: true }),
})
