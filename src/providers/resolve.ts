import type { ProviderSettings } from '../config/types.js'
import { readRsaPrivateKey } from '../crypto/rsa-sha1.js'
import type { Pairs } from '../oauth/params.js'
import type { JsonObject } from '../oauth/types.js'
import { findPreset } from './catalog.js'
import { customPreset } from './custom.js'
import { fieldCheck } from './field-check.js'
import { groupClaimsOf, groupsReader } from './group-reader.js'
import { missingGroupsAt } from './groups.js'
import type {
  MintSecret,
  OAuth1Preset,
  OAuth1Provider,
  OAuth2Preset,
  OAuth2Provider,
  OidcPreset,
  OidcProvider,
  Preset,
  Provider,
} from './provider.js'
import { switchingOf } from './switch-account.js'
import { type Places, urlsIn } from './urls.js'

/** The development provider knows everybody; with a client of its own, its sign-ins go the way real ones go. */
const DEVELOPMENT_CLIENT = { clientId: 'vestibule', clientSecret: 'no-secret-at-all' }

/**
 * A provider in use: its row, where the settings leave it in place.
 * @param origin where the development provider listens; relative URLs start there
 */
export function createProvider(settings: ProviderSettings, origin: string): Provider {
  const preset = presetOf(settings)
  const places = { origin, base: settings.baseUrl ?? preset.baseUrl, tenant: tenantInUrls(settings, preset) }
  switch (preset.protocol) {
    case 'oauth2':
      return oauth2Provider(settings, preset, places)
    case 'oidc':
      return oidcProvider(settings, preset, places)
    case 'oauth1':
      return oauth1Provider(settings, preset, places)
  }
}

function presetOf(settings: ProviderSettings): Preset {
  if (settings.preset === undefined) return customPreset(settings)
  const preset = findPreset(settings.preset)
  if (preset) return preset
  throw new Error(`There is no preset ${settings.preset} for the provider ${settings.name}`)
}

function tenantInUrls(settings: ProviderSettings, { tenant, tenantInUrls = own => own }: Preset): string | undefined {
  const value = settings.tenant ?? tenant?.standard
  return value === undefined ? undefined : tenantInUrls(value)
}

function oauth2Provider(settings: ProviderSettings, preset: OAuth2Preset, places: Places): OAuth2Provider {
  const { issuer, ...row } = preset
  const at = urlsIn(places)
  const userUrl = settings.userUrl ?? at((settings.baseUrl && row.elsewhere?.userUrl) || row.userUrl)
  const authorizeUrl = at(row.authorizeUrl)
  // A preset's issuer belongs to its own authorization server: another address is another issuer.
  const isAtHome = settings.authorizeUrl === undefined || settings.authorizeUrl === authorizeUrl
  return {
    ...codedParts(settings, row),
    protocol: 'oauth2',
    issuer: issuer !== undefined && isAtHome ? at(issuer) : undefined,
    authorizeUrl: settings.authorizeUrl ?? authorizeUrl,
    tokenUrl: settings.tokenUrl ?? at(row.tokenUrl),
    ...furtherUrls(settings, row, at),
    userUrl,
    apiBaseUrl: withSlash(settings.apiBaseUrl ?? (row.apiBaseUrl ? at(row.apiBaseUrl) : folderOf(userUrl))),
  }
}

function oidcProvider(settings: ProviderSettings, row: OidcPreset, places: Places): OidcProvider {
  const own = ownIssuer(settings, row, places)
  const { issuer = own, nonce } = settings
  if (issuer === undefined) throw new Error(`The provider ${settings.name} has no issuer`)
  // What a row says of its own issuer says nothing of another one.
  const at = (url: string | undefined) => (issuer !== own || url === undefined ? undefined : urlsIn(places)(url))
  return {
    ...codedParts(settings, row),
    ...(issuer === own && rulesOf(settings, row)),
    ...(issuer !== own && { findSwitchParams: switchingOf(settings, { ...row, switchParams: undefined }) }),
    ...(row.readPostedName && { readPostedName: row.readPostedName }),
    protocol: 'oidc',
    issuer,
    scope: withOpenid(scopeOf(settings, row)),
    authorizeUrl: settings.authorizeUrl ?? at(row.authorizeUrl),
    tokenUrl: settings.tokenUrl ?? at(row.tokenUrl),
    ...furtherUrls(settings, row, at),
    userUrl: settings.userUrl === undefined ? (row.userUrl === null ? null : at(row.userUrl)) : settings.userUrl,
    jwksUrl: settings.jwksUrl ?? at(row.jwksUrl),
    discoveryUrl: settings.discoveryUrl,
    apiBaseUrl: withSlash(settings.apiBaseUrl ?? at(row.apiBaseUrl) ?? issuer),
    nonce: nonce === undefined ? (row.nonce ?? 'echoed') : nonce ? 'echoed' : 'never echoed',
    responseMode: settings.responseMode ?? row.responseMode ?? 'query',
    authMethodGiven: settings.tokenEndpointAuthMethod !== undefined,
    maxAge: settings.maxAge,
    acrValues: settings.acrValues,
    idTokenAlgs: settings.idTokenAlgs,
    audiences: settings.audiences,
  }
}

/** The row's issuer; undefined where each installation has its own and the settings name the issuer itself. */
const ownIssuer = ({ issuer, baseUrl }: ProviderSettings, row: OidcPreset, places: Places): string | undefined =>
  issuer !== undefined && baseUrl === undefined && typeof row.baseUrl === 'object'
    ? undefined
    : urlsIn(places)(row.issuer)

/** How what the row's own issuer says is judged in another way than what everybody else says. */
function rulesOf(settings: ProviderSettings, row: OidcPreset) {
  const { issuerAlias, announcedIssuer, issuerOf, sparesNonce, denials, refuseUserAnswer, logoutTokenTyp } = row
  const tenant = settings.tenant ?? row.tenant?.standard ?? ''
  const announced = announcedIssuer?.(tenant)
  return {
    ...(issuerAlias !== undefined && { issuerAlias }),
    ...(announced !== undefined && { announcedIssuer: announced }),
    ...(issuerOf && { issuerOf: (claims: JsonObject) => issuerOf(claims, tenant) }),
    ...(sparesNonce && { sparesNonce }),
    ...(denials && { denials }),
    ...(refuseUserAnswer && { refuseUserAnswer }),
    ...(logoutTokenTyp && { logoutTokenTyp }),
  }
}

function oauth1Provider(settings: ProviderSettings, row: OAuth1Preset, places: Places): OAuth1Provider {
  const at = urlsIn(places)
  const userUrl = settings.userUrl ?? at(row.userUrl)
  const scope = scopeOf(settings, row)
  const scopeParams: Pairs = row.scopeParam && scope.length > 0 ? [[row.scopeParam, scope.join(',')]] : []
  return {
    ...partsInUse(settings, row),
    ...(row.toldSubject !== undefined && { toldSubject: row.toldSubject }),
    protocol: 'oauth1',
    privateKey: settings.privateKey === undefined ? undefined : readRsaPrivateKey(settings.privateKey),
    signatureMethod: settings.signatureMethod ?? row.signatureMethod ?? 'HMAC-SHA1',
    requestTokenUrl: settings.requestTokenUrl ?? at(row.requestTokenUrl),
    authorizeUrl: settings.authorizeUrl ?? at(row.authorizeUrl),
    tokenUrl: settings.tokenUrl ?? at(row.tokenUrl),
    userUrl,
    apiBaseUrl: withSlash(settings.apiBaseUrl ?? (row.apiBaseUrl ? at(row.apiBaseUrl) : folderOf(userUrl))),
    requestTokenParams: merged(row.requestTokenParams, settings.requestTokenParams),
    authorizeParams: merged([...(row.authorizeParams ?? []), ...scopeParams], settings.authorizeParams),
  }
}

/** What a row says besides belongs to its own token endpoint: the tokens of another one must not be sent there. */
function furtherUrls(
  { tokenUrl, refreshUrl, revocationUrl, endSessionUrl }: ProviderSettings,
  row: OAuth2Preset | OidcPreset,
  at: (url: string) => string | undefined,
) {
  const isAtHome = tokenUrl === undefined || (row.tokenUrl !== undefined && tokenUrl === at(row.tokenUrl))
  const own = (url: string | undefined) => (isAtHome && url !== undefined ? at(url) : undefined)
  return {
    refreshUrl: refreshUrl ?? own(row.refreshUrl),
    revocationUrl: revocationUrl ?? own(row.revocationUrl),
    endSessionUrl: endSessionUrl ?? own(row.endSessionUrl),
  }
}

/** What the two protocols with a code have in common. */
function codedParts(settings: ProviderSettings, row: OAuth2Preset | OidcPreset) {
  const { scopeSeparator, clientIdParam, tokenRequestForm, tokenHeaders, readTokenAnswer, readRefreshAnswer } = row
  return {
    ...partsInUse(settings, row),
    ...(scopeSeparator && { scopeSeparator }),
    ...(clientIdParam && { clientIdParam }),
    ...(tokenRequestForm && { tokenRequestForm }),
    ...(tokenHeaders && { tokenHeaders }),
    ...(readTokenAnswer && { readTokenAnswer }),
    ...(readRefreshAnswer && { readRefreshAnswer }),
    ...(row.userRequest && { userRequest: row.userRequest }),
    ...(row.endSessionParams && { endSessionParams: row.endSessionParams }),
    ...(row.mintSecret && { mintSecret: minting(settings, row.mintSecret) }),
    scope: scopeOf(settings, row),
    tokenEndpointAuthMethod: settings.tokenEndpointAuthMethod ?? row.tokenEndpointAuthMethod,
    pkce: settings.pkce ?? row.pkce ?? true,
    authorizeParams: merged(row.authorizeParams, settings.authorizeParams),
    tokenParams: merged(row.tokenParams, settings.tokenParams),
    refreshParams: merged(row.refreshParams, settings.refreshParams),
  }
}

/** What all protocols have in common. */
function partsInUse(settings: ProviderSettings, row: Preset) {
  const { readProfile, readRepositories, apiHeaders, beforeApiRequest, development } = row
  const readGroups = settings.groupsWanted ? groupsReader(settings, row) : undefined
  const groupClaims = settings.groupsWanted ? groupClaimsOf(settings, row) : undefined
  const unusableFields = fieldCheck(settings)
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
    label: settings.label ?? row.label,
    callbackPath: settings.callbackPath,
    findSwitchParams: switchingOf(settings, row),
    ...clientOf(settings, development),
  }
}

/** Nobody is asked for more than the rules need, and a scope that is given is all that is asked for. */
const scopeOf = ({ scope, groupsWanted }: ProviderSettings, row: Preset): readonly string[] =>
  scope ?? [...row.scope, ...((groupsWanted && row.groupsScope) || [])]

function clientOf({ name, clientId, clientSecret }: ProviderSettings, development: true | undefined) {
  const known = development ? DEVELOPMENT_CLIENT : undefined
  const id = clientId ?? known?.clientId
  if (id === undefined) throw new Error(`The provider ${name} has no client id`)
  return { clientId: id, clientSecret: clientSecret ?? known?.clientSecret }
}

function minting(settings: ProviderSettings, mint: MintSecret) {
  const { name, clientId, privateKey, keyId, tenant } = settings
  if (!clientId || !privateKey || !keyId || !tenant) throw new Error(`The provider ${name} lacks what mints its secret`)
  return (now: number) => mint({ clientId, privateKey, keyId, tenant }, now)
}

/** OpenID Connect Core, 3.1.2.1: without `openid` it is not OpenID Connect. */
const withOpenid = (scope: readonly string[]): readonly string[] =>
  scope.includes('openid') ? scope : ['openid', ...scope]

/** The row's parameters, except where a setting says the same one otherwise. */
const merged = (ofRow: Pairs = [], ofSettings: Pairs): Pairs => [
  ...ofRow.filter(([name]) => !ofSettings.some(([given]) => given === name)),
  ...ofSettings,
]

const folderOf = (url: string): string => new URL('.', url).href

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`)
