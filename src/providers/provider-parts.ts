import type { ProviderSettings } from '../config/types.js'
import type { Params } from '../http/types.js'
import { groupsAt, missingGroupsAt } from './groups.js'
import { profileFieldCheck } from './profile-field-check.js'
import type { CreateClientSecret, OAuth2Preset, OidcPreset, Preset } from './provider.js'
import { switchParamsOf } from './switch-account.js'

/**
 * The development provider needs no registration. A client in the settings is used in its place, as with other
 * providers.
 */
const DEVELOPMENT_CLIENT = { clientId: 'vestibule', clientSecret: 'no-secret-at-all' }

/** The parts of a provider that OAuth 2.0 and OpenID Connect share. */
export function codeFlowParts(settings: ProviderSettings, preset: OAuth2Preset | OidcPreset) {
  const { scopeSeparator, clientIdParam, tokenRequestForm, tokenHeaders, readTokenResponse, readRefreshResponse } =
    preset
  return {
    ...sharedParts(settings, preset),
    ...(scopeSeparator && { scopeSeparator }),
    ...(clientIdParam && { clientIdParam }),
    ...(tokenRequestForm && { tokenRequestForm }),
    ...(tokenHeaders && { tokenHeaders }),
    ...(readTokenResponse && { readTokenResponse }),
    ...(readRefreshResponse && { readRefreshResponse }),
    ...(preset.userRequest && { userRequest: preset.userRequest }),
    ...(preset.endSessionParams && { endSessionParams: preset.endSessionParams }),
    ...(preset.createClientSecret && { createClientSecret: secretFactory(settings, preset.createClientSecret) }),
    scope: scopeOf(settings, preset),
    tokenEndpointAuthMethod: settings.tokenEndpointAuthMethod ?? preset.tokenEndpointAuthMethod,
    pkce: settings.pkce ?? preset.pkce ?? true,
    authorizeParams: overrideParams(preset.authorizeParams, settings.authorizeParams),
    tokenParams: overrideParams(preset.tokenParams, settings.tokenParams),
    refreshParams: overrideParams(preset.refreshParams, settings.refreshParams),
  }
}

/** The parts of a provider that all protocols share. */
export function sharedParts(settings: ProviderSettings, preset: Preset) {
  const { readProfile, readRepositories, apiHeaders, beforeApiRequest, development } = preset
  const readGroups = settings.groupsWanted ? groupsReader(settings, preset) : undefined
  const groupClaims = settings.groupsWanted ? groupClaimsOf(settings, preset) : undefined
  const unusableFields = profileFieldCheck(settings)
  return {
    readProfile,
    ...(readRepositories && { readRepositories }),
    ...(readGroups && { readGroups }),
    ...(groupClaims && { missingGroups: missingGroupsAt(groupClaims) }),
    ...(unusableFields && { unusableFields }),
    ...(apiHeaders && { apiHeaders }),
    ...(beforeApiRequest && { beforeApiRequest }),
    ...(settings.emailTrusted && { emailTrusted: true as const }),
    name: settings.name,
    label: settings.label ?? preset.label,
    callbackPath: settings.callbackPath,
    findSwitchParams: switchParamsOf(settings, preset),
    ...clientCredentials(settings, development),
  }
}

/** The scope contains no more than the rules need; a scope in the settings replaces all of it. */
export const scopeOf = ({ scope, groupsWanted }: ProviderSettings, preset: Preset): readonly string[] =>
  scope ?? [...preset.scope, ...((groupsWanted && preset.groupsScope) || [])]

function clientCredentials({ name, clientId, clientSecret }: ProviderSettings, development: true | undefined) {
  const known = development ? DEVELOPMENT_CLIENT : undefined
  const id = clientId ?? known?.clientId
  if (id === undefined) throw new Error(`The provider ${name} has no client id`)
  return { clientId: id, clientSecret: clientSecret ?? known?.clientSecret }
}

function secretFactory(settings: ProviderSettings, createSecret: CreateClientSecret) {
  const { name, clientId, privateKey, keyId, tenant } = settings
  if (!clientId || !privateKey || !keyId || !tenant)
    throw new Error(`The provider ${name} lacks what its client secret is made of`)
  return (now: number) => createSecret({ clientId, privateKey, keyId, tenant }, now)
}

/** An OpenID provider has its groups among the claims, at the paths of the settings. */
function groupsReader(settings: ProviderSettings, preset: Preset): Preset['readGroups'] {
  if (preset.readGroups || preset.protocol !== 'oidc') return preset.readGroups
  const read = groupsAt(groupClaimsOf(settings, preset) ?? [])
  const { nameGroup } = preset
  return nameGroup ? claims => read(claims).map(group => nameGroup(group, claims)) : read
}

/** The claims that groups are read from; undefined where a preset reads them from an API. */
function groupClaimsOf(
  { preset: presetName, groupsFields }: ProviderSettings,
  preset: Preset,
): readonly string[] | undefined {
  if (presetName !== undefined && (preset.readGroups || preset.protocol !== 'oidc')) return undefined
  return groupsFields ?? (preset.protocol === 'oidc' ? preset.groupsFields : undefined) ?? ['groups']
}

/** The preset's parameters, except those that a setting replaces. */
export const overrideParams = (presetParams: Params = [], settingsParams: Params): Params => [
  ...presetParams.filter(([name]) => !settingsParams.some(([given]) => given === name)),
  ...settingsParams,
]
