import { isObject } from '../../oauth/response.js'
import type { JsonObject } from '../../oauth/types.js'
import type { ClaimSources, SourcedClaims } from '../../providers/claims.js'
import type { Identity } from '../../store/types.js'

type StoredProfile = Pick<Identity, 'rawProfile' | 'claimSources'>

/** What a provider said of an identity before, as it is stored. What cannot be read counts as not said. */
export function storedClaims({ rawProfile, claimSources }: StoredProfile): SourcedClaims {
  return { claims: readObject(rawProfile), sources: claimSources === null ? undefined : readSources(claimSources) }
}

/** @param redact what the names in the stored profile have been through */
export const sourcesAsJson = (sources: ClaimSources | undefined, redact: (name: string) => string): string | null =>
  sources ? JSON.stringify({ id_token: sources.idToken.map(redact), userinfo: sources.userinfo.map(redact) }) : null

function readSources(json: string): ClaimSources | undefined {
  const { id_token: idToken, userinfo } = readObject(json)
  return isStringArray(idToken) && isStringArray(userinfo) ? { idToken, userinfo } : undefined
}

function readObject(json: string): JsonObject {
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

const isStringArray = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(each => typeof each === 'string')
