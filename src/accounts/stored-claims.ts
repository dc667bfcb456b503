import { isObject } from '../oauth/response.js'
import type { JsonObject } from '../oauth/types.js'
import type { ClaimSources, SourcedClaims } from '../providers/claims.js'
import type { Identity } from '../store/types.js'

type Stored = Pick<Identity, 'rawProfile' | 'claimSources'>

/** What a provider said of an identity before, as it is stored. What cannot be read counts as not said. */
export function storedClaims({ rawProfile, claimSources }: Stored): SourcedClaims {
  return { claims: readObject(rawProfile), sources: claimSources === null ? undefined : readSources(claimSources) }
}

/** @param cover what the names in the stored profile have been through */
export const sourcesAsJson = (sources: ClaimSources | undefined, cover: (name: string) => string): string | null =>
  sources ? JSON.stringify({ id_token: sources.idToken.map(cover), userinfo: sources.userinfo.map(cover) }) : null

function readSources(json: string): ClaimSources | undefined {
  const { id_token: idToken, userinfo } = readObject(json)
  return isListOfText(idToken) && isListOfText(userinfo) ? { idToken, userinfo } : undefined
}

function readObject(json: string): JsonObject {
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

const isListOfText = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(each => typeof each === 'string')
