import type { ProviderSettings } from '../config/types.js'
import { readRsaPrivateKey } from '../crypto/rsa-sha1.js'
import type { Params } from '../http/types.js'
import type { JsonObject } from '../oauth/types.js'
import { findPreset } from './catalog.js'
import { customPreset } from './custom.js'
import type {
  OAuth1Preset,
  OAuth1Provider,
  OAuth2Preset,
  OAuth2Provider,
  OidcPreset,
  OidcProvider,
  Preset,
  Provider,
} from './provider.js'
import { codeFlowParts, overrideParams, scopeOf, sharedParts } from './provider-parts.js'
import { switchParamsOf } from './switch-account.js'

/**
 * A configured provider: its preset, with what the settings replace.
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
  // What a preset says about its own issuer does not apply to another one.
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

/** The preset's issuer; undefined where each installation has its own and the settings name the issuer. */
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

/** OpenID Connect Core, 3.1.2.1: without `openid` it is not OpenID Connect. */
const withOpenid = (scope: readonly string[]): readonly string[] =>
  scope.includes('openid') ? scope : ['openid', ...scope]

const folderOf = (url: string): string => new URL('.', url).href

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`)

/** What the URLs of a preset are relative to. */
interface UrlContext {
  /** Where the development provider listens. */
  origin: string
  /** Without a trailing slash; undefined, or an example, where it is not known. */
  base: string | { example: string } | undefined
  tenant: string | undefined
}

/** Makes the URLs of a preset absolute. A URL without placeholders stays exactly as it was written. */
const urlResolver = (context: UrlContext) => (url: string) => {
  const whole = url.replace(/^\{base\}|\{tenant\}/g, placeholder => urlPart(placeholder, context))
  return URL.canParse(whole) ? whole : new URL(whole, context.origin).href
}

function urlPart(placeholder: string, { base, tenant }: UrlContext): string {
  const value = placeholder === '{base}' ? base : tenant
  if (typeof value !== 'string') throw new Error(`There is no value for ${placeholder}`)
  return value
}
