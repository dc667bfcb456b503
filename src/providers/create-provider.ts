import type { ProviderSettings } from '../config/types.js'
import { readRsaPrivateKey } from '../crypto/rsa-sha1.js'
import type { Params } from '../http/types.js'
import type { JsonObject } from '../oauth/types.js'
import { findPreset } from './catalog.js'
import { customPreset } from './custom.js'
import { groupClaimsOf, groupsReader } from './group-reader.js'
import { missingGroupsAt } from './groups.js'
import { profileFieldCheck } from './profile-field-check.js'
import type {
  CreateClientSecret,
  OAuth1Preset,
  OAuth1Provider,
  OAuth2Preset,
  OAuth2Provider,
  OidcPreset,
  OidcProvider,
  Preset,
  Provider,
} from './provider.js'
import { switchParamsOf } from './switch-account.js'
import { type UrlContext, urlResolver } from './urls.js'

/** The development provider needs no registration; with a client of its own, its sign-ins go the way real ones go. */
const DEVELOPMENT_CLIENT = { clientId: 'vestibule', clientSecret: 'no-secret-at-all' }

/**
 * A provider in use: its preset, where the settings do not replace it.
 * @param origin where the development provider listens; relative URLs start there
 */
export function createProvider(settings: ProviderSettings, origin: string): Provider {
  const preset = presetOf(settings)
  const context = { origin, base: settings.baseUrl ?? preset.baseUrl, tenant: tenantInUrls(settings, preset) }
  switch (preset.protocol) {
    case 'oauth2':
      return oauth2Provider(settings, preset, context)
    case 'oidc':
      return oidcProvider(settings, preset, context)
    case 'oauth1':
      return oauth1Provider(settings, preset, context)
  }
}

function presetOf(settings: ProviderSettings): Preset {
  if (settings.preset === undefined) return customPreset(settings)
  const preset = findPreset(settings.preset)
  if (preset) return preset
  throw new Error(`There is no preset ${settings.preset} for the provider ${settings.name}`)
}

function tenantInUrls(settings: ProviderSettings, { tenant, tenantInUrls = own => own }: Preset): string | undefined {
  const value = settings.tenant ?? tenant?.defaultValue
  return value === undefined ? undefined : tenantInUrls(value)
}

function oauth2Provider(settings: ProviderSettings, preset: OAuth2Preset, context: UrlContext): OAuth2Provider {
  const { issuer, ...rest } = preset
  const at = urlResolver(context)
  const userUrl = settings.userUrl ?? at((settings.baseUrl && rest.selfHosted?.userUrl) || rest.userUrl)
  const authorizeUrl = at(rest.authorizeUrl)
  // A preset's issuer belongs to its own authorization server: another address is another issuer.
  const usesPresetServer = settings.authorizeUrl === undefined || settings.authorizeUrl === authorizeUrl
  return {
    ...codeFlowParts(settings, rest),
    protocol: 'oauth2',
    issuer: issuer !== undefined && usesPresetServer ? at(issuer) : undefined,
    authorizeUrl: settings.authorizeUrl ?? authorizeUrl,
    tokenUrl: settings.tokenUrl ?? at(rest.tokenUrl),
    ...otherUrls(settings, rest, at),
    userUrl,
    apiBaseUrl: withSlash(settings.apiBaseUrl ?? (rest.apiBaseUrl ? at(rest.apiBaseUrl) : folderOf(userUrl))),
  }
}

function oidcProvider(settings: ProviderSettings, preset: OidcPreset, context: UrlContext): OidcProvider {
  const own = ownIssuer(settings, preset, context)
  const { issuer = own, nonce } = settings
  if (issuer === undefined) throw new Error(`The provider ${settings.name} has no issuer`)
  // What a preset says about its own issuer does not hold for another one.
  const at = (url: string | undefined) => (issuer !== own || url === undefined ? undefined : urlResolver(context)(url))
  return {
    ...codeFlowParts(settings, preset),
    ...(issuer === own && issuerRules(settings, preset)),
    ...(issuer !== own && { findSwitchParams: switchParamsOf(settings, { ...preset, switchParams: undefined }) }),
    ...(preset.readPostedName && { readPostedName: preset.readPostedName }),
    protocol: 'oidc',
    issuer,
    scope: withOpenid(scopeOf(settings, preset)),
    authorizeUrl: settings.authorizeUrl ?? at(preset.authorizeUrl),
    tokenUrl: settings.tokenUrl ?? at(preset.tokenUrl),
    ...otherUrls(settings, preset, at),
    userUrl: settings.userUrl === undefined ? (preset.userUrl === null ? null : at(preset.userUrl)) : settings.userUrl,
    jwksUrl: settings.jwksUrl ?? at(preset.jwksUrl),
    discoveryUrl: settings.discoveryUrl,
    apiBaseUrl: withSlash(settings.apiBaseUrl ?? at(preset.apiBaseUrl) ?? issuer),
    nonce: nonce === undefined ? (preset.nonce ?? 'echoed') : nonce ? 'echoed' : 'never echoed',
    responseMode: settings.responseMode ?? preset.responseMode ?? 'query',
    authMethodGiven: settings.tokenEndpointAuthMethod !== undefined,
    maxAge: settings.maxAge,
    acrValues: settings.acrValues,
    idTokenAlgs: settings.idTokenAlgs,
    audiences: settings.audiences,
  }
}

/** The preset's issuer; undefined where each installation has its own and the settings name the issuer itself. */
const ownIssuer = (
  { issuer, baseUrl }: ProviderSettings,
  preset: OidcPreset,
  context: UrlContext,
): string | undefined =>
  issuer !== undefined && baseUrl === undefined && typeof preset.baseUrl === 'object'
    ? undefined
    : urlResolver(context)(preset.issuer)

/** The rules for responses of the preset's own issuer that differ from the standard's. */
function issuerRules(settings: ProviderSettings, preset: OidcPreset) {
  const { issuerAlias, discoveryIssuer, issuerOf, mayOmitNonce, deniedErrors, checkUserResponse, logoutTokenTyp } =
    preset
  const tenant = settings.tenant ?? preset.tenant?.defaultValue ?? ''
  const issuerInMetadata = discoveryIssuer?.(tenant)
  return {
    ...(issuerAlias !== undefined && { issuerAlias }),
    ...(issuerInMetadata !== undefined && { discoveryIssuer: issuerInMetadata }),
    ...(issuerOf && { issuerOf: (claims: JsonObject) => issuerOf(claims, tenant) }),
    ...(mayOmitNonce && { mayOmitNonce }),
    ...(deniedErrors && { deniedErrors }),
    ...(checkUserResponse && { checkUserResponse }),
    ...(logoutTokenTyp && { logoutTokenTyp }),
  }
}

function oauth1Provider(settings: ProviderSettings, preset: OAuth1Preset, context: UrlContext): OAuth1Provider {
  const at = urlResolver(context)
  const userUrl = settings.userUrl ?? at(preset.userUrl)
  const scope = scopeOf(settings, preset)
  const scopeParams: Params = preset.scopeParam && scope.length > 0 ? [[preset.scopeParam, scope.join(',')]] : []
  return {
    ...sharedParts(settings, preset),
    ...(preset.subjectParam !== undefined && { subjectParam: preset.subjectParam }),
    protocol: 'oauth1',
    privateKey: settings.privateKey === undefined ? undefined : readRsaPrivateKey(settings.privateKey),
    signatureMethod: settings.signatureMethod ?? preset.signatureMethod ?? 'HMAC-SHA1',
    requestTokenUrl: settings.requestTokenUrl ?? at(preset.requestTokenUrl),
    authorizeUrl: settings.authorizeUrl ?? at(preset.authorizeUrl),
    tokenUrl: settings.tokenUrl ?? at(preset.tokenUrl),
    userUrl,
    apiBaseUrl: withSlash(settings.apiBaseUrl ?? (preset.apiBaseUrl ? at(preset.apiBaseUrl) : folderOf(userUrl))),
    requestTokenParams: overrideParams(preset.requestTokenParams, settings.requestTokenParams),
    authorizeParams: overrideParams([...(preset.authorizeParams ?? []), ...scopeParams], settings.authorizeParams),
  }
}

/** The preset's other URLs belong to its own token endpoint: the tokens of another one must not be sent there. */
function otherUrls(
  { tokenUrl, refreshUrl, revocationUrl, endSessionUrl }: ProviderSettings,
  preset: OAuth2Preset | OidcPreset,
  at: (url: string) => string | undefined,
) {
  const usesPresetServer = tokenUrl === undefined || (preset.tokenUrl !== undefined && tokenUrl === at(preset.tokenUrl))
  const own = (url: string | undefined) => (usesPresetServer && url !== undefined ? at(url) : undefined)
  return {
    refreshUrl: refreshUrl ?? own(preset.refreshUrl),
    revocationUrl: revocationUrl ?? own(preset.revocationUrl),
    endSessionUrl: endSessionUrl ?? own(preset.endSessionUrl),
  }
}

/** What the two protocols with a code have in common. */
function codeFlowParts(settings: ProviderSettings, preset: OAuth2Preset | OidcPreset) {
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

/** What all protocols have in common. */
function sharedParts(settings: ProviderSettings, preset: Preset) {
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

/** The scope has no more than the rules need, and a scope in the settings is the whole scope. */
const scopeOf = ({ scope, groupsWanted }: ProviderSettings, preset: Preset): readonly string[] =>
  scope ?? [...preset.scope, ...((groupsWanted && preset.groupsScope) || [])]

function clientCredentials({ name, clientId, clientSecret }: ProviderSettings, development: true | undefined) {
  const known = development ? DEVELOPMENT_CLIENT : undefined
  const id = clientId ?? known?.clientId
  if (id === undefined) throw new Error(`The provider ${name} has no client id`)
  return { clientId: id, clientSecret: clientSecret ?? known?.clientSecret }
}

function secretFactory(settings: ProviderSettings, createSecret: CreateClientSecret) {
  const { name, clientId, privateKey, keyId, tenant } = settings
  if (!clientId || !privateKey || !keyId || !tenant) throw new Error(`The provider ${name} lacks what mints its secret`)
  return (now: number) => createSecret({ clientId, privateKey, keyId, tenant }, now)
}

/** OpenID Connect Core, 3.1.2.1: without `openid` it is not OpenID Connect. */
const withOpenid = (scope: readonly string[]): readonly string[] =>
  scope.includes('openid') ? scope : ['openid', ...scope]

/** The preset's parameters, except those that a setting replaces. */
const overrideParams = (presetParams: Params = [], settingsParams: Params): Params => [
  ...presetParams.filter(([name]) => !settingsParams.some(([given]) => given === name)),
  ...settingsParams,
]

const folderOf = (url: string): string => new URL('.', url).href

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`)
