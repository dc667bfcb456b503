import type { TenantRule } from '../config/types.js'
import type { ResponseMode, SignatureMethod } from '../http/protocol-options.js'
import type { HttpRequest, Params } from '../http/types.js'
import type { EndSessionParams } from '../oauth/end-session.js'
import type { OAuth1Client } from '../oauth/oauth1/flow.js'
import type { TrustedAudiences } from '../oauth/signed-token.js'
import type { JsonObject, OAuthClient } from '../oauth/types.js'
import type { ApiRequestOptions } from '../oauth/userinfo.js'
import type { MissingGroups } from './groups.js'
import type { UnusableField } from './profile-field-check.js'
import type { FindSwitchParams, SwitchParams } from './switch-account.js'

/** A user as a provider describes them, in our own fields. Texts are clean: no control characters, bounded length. */
export interface Profile {
  /** The provider's unchanging id of the user; never an address or a login. */
  subject: string
  name: string | null
  login: string | null
  email: string | null
  /** Only where the provider itself says that it has verified the address. */
  emailVerified: boolean
  /** An https URL. */
  picture: string | null
  raw: JsonObject
}

export interface Repository {
  name: string
  description: string | null
  url: string | null
  private: boolean
}

/** GET at the provider's API with the user's token: a path is relative to the API base; the response is parsed JSON. */
export type ApiGet = (path: string) => Promise<unknown>

/**
 * A provider is a preset: its URLs, scopes and client authentication are data, and what cannot be data is a small named
 * function in it. The flow never asks which provider this is.
 */
export type Preset = OAuth2Preset | OidcPreset | OAuth1Preset

/** The fields of presets of every protocol. `{base}` and `{tenant}` in URLs stand for the two settings. */
interface PresetBase extends Pick<ApiRequestOptions, 'apiHeaders'> {
  label: string
  /** A protocol of the development provider; its URLs are relative to the address of that. */
  development?: true
  /** It accepts no callback on http, so it cannot be tried on a laptop without a tunnel. */
  httpsOnly?: true
  /** The default of `{base}`; an example where every installation has its own, so that the setting is required. */
  baseUrl?: string | { example: string }
  /** URLs that differ if the setting BASE_URL is set. */
  selfHosted?: { userUrl: string }
  /** How the setting TENANT is read, where the provider has tenants. */
  tenant?: TenantRule
  /** What `{tenant}` stands for, if not the setting itself. */
  tenantInUrls?: (tenant: string) => string
  /** Where relative API paths start; by default in the folder of the user endpoint, for OIDC at the issuer. */
  apiBaseUrl?: string
  scope: readonly string[]
  authorizeParams?: Params
  /** Lets the user choose another account there; by default `prompt` for OpenID Connect, and nothing for others. */
  switchParams?: SwitchParams
  /**
   * Makes a profile of the user endpoint's response, for OIDC of `combineClaims(idToken, userinfo)`. It may get from
   * the API what is missing there. Throws ProtocolError if the response is an error in the shape of a profile.
   */
  readProfile(user: JsonObject, get: ApiGet): Profile | Promise<Profile>
  /** The user's repositories, where the provider has them. */
  readRepositories?: (get: ApiGet) => Promise<Repository[]>
  /** The user's groups, from the same object as the profile; read only if an access rule needs them. */
  readGroups?: (user: JsonObject, get: ApiGet) => readonly string[] | Promise<readonly string[]>
  /** The scope that groups need in addition to `scope`. */
  groupsScope?: readonly string[]
  /** Changes a request to the API before the user's token is added or it is signed. */
  beforeApiRequest?: (request: HttpRequest) => HttpRequest
}

/** Client authentication at the token endpoint, and how its requests and responses differ: see OAuthClient. */
type ClientQuirks = Pick<
  OAuthClient,
  | 'tokenEndpointAuthMethod'
  | 'scopeSeparator'
  | 'clientIdParam'
  | 'tokenRequestForm'
  | 'tokenHeaders'
  | 'readTokenResponse'
  | 'readRefreshResponse'
>

interface CodeFlowPreset extends PresetBase, ClientQuirks, ApiRequestOptions {
  /** `false` where the provider breaks on it; the setting wins. */
  pkce?: false
  tokenParams?: Params
  refreshParams?: Params
  /** Where tokens are refreshed, if not at the token endpoint. */
  refreshUrl?: string
  /** The revocation endpoint (RFC 7009); for OIDC only if the metadata do not name it. */
  revocationUrl?: string
  /** The end-session endpoint (RP-Initiated Logout); for OIDC only if the metadata do not name it. */
  endSessionUrl?: string
  /** The parameter names of an end-session endpoint that is not RP-Initiated Logout; no others are sent then. */
  endSessionParams?: EndSessionParams
  /** Makes the client secret for each request, from a private key. */
  createClientSecret?: CreateClientSecret
}

export interface OAuth2Preset extends CodeFlowPreset {
  protocol: 'oauth2'
  /** The issuer in its callbacks (RFC 9207), if it is known to send one. */
  issuer?: string
  authorizeUrl: string
  tokenUrl: string
  userUrl: string
}

/** Everything but the issuer is discovered; a URL that the preset names wins. */
export interface OidcPreset extends CodeFlowPreset, OidcRules {
  protocol: 'oidc'
  issuer: string
  authorizeUrl?: string
  tokenUrl?: string
  /** `null`: no user endpoint is used, the ID token has every claim. */
  userUrl?: string | null
  jwksUrl?: string
  responseMode?: ResponseMode
  /** The claims that contain the groups, if not `groups`; the setting wins. */
  groupsFields?: readonly string[]
  /** It has no claim for groups, with any scope. */
  hasNoGroups?: true
  /** Makes the group's name unique, if two groups may have the same name in the claims. */
  nameGroup?: (group: string, claims: JsonObject) => string
}

/** What an OpenID provider does differently from the standard. */
interface OidcRules {
  /** Another spelling of the issuer that ID tokens may have; it means the same issuer. */
  issuerAlias?: string
  /** The issuer in the metadata, if it is not the issuer that they were requested for. */
  discoveryIssuer?: (tenant: string) => string | undefined
  /** The issuer that an ID token with these claims must have, where it has a tenant in it; undefined for a refused one. */
  issuerOf?: (claims: JsonObject, tenant: string) => string | undefined
  /** 'never echoed': no nonce is sent or required, and only the state binds the response; as the setting NONCE=off. */
  nonce?: Nonce
  /** Whether an ID token may have no nonce although one was sent, because it says so itself, signed. */
  mayOmitNonce?: (claims: JsonObject) => boolean
  /** The values of `error` in its callbacks that mean that the user refused, besides the standard's `access_denied`. */
  deniedErrors?: readonly string[]
  /** Its logout tokens have their own `typ`; by default they may have the `typ` of any JWT, or none. */
  logoutTokenTyp?: 'required'
  /** Throws ProtocolError if the user endpoint's response is an error in the shape of a profile. */
  checkUserResponse?: (user: JsonObject) => void
  /** The name in the unsigned `user` that is posted beside the code: for display only, never for a decision. */
  readPostedName?: (user: string) => string | null
}

type Nonce = 'echoed' | 'never echoed'

export interface OAuth1Preset extends PresetBase {
  protocol: 'oauth1'
  requestTokenUrl: string
  authorizeUrl: string
  tokenUrl: string
  userUrl: string
  signatureMethod?: SignatureMethod
  requestTokenParams?: Params
  /** The parameter of the authorize URL that carries the scope, comma-separated; OAuth 1.0a itself has none. */
  scopeParam?: string
  /** The field of the token response that contains the user's id too; it must equal the profile's subject. */
  subjectParam?: string
}

export type CreateClientSecret = (keys: ClientSecretKeys, now: number) => string

/** What a client secret is made of. */
export interface ClientSecretKeys {
  clientId: string
  /** PEM, PKCS #8. */
  privateKey: string
  keyId: string
  tenant: string
}

/** A configured provider: its preset, with the settings applied. All URLs are absolute. */
export type Provider = OAuth2Provider | OidcProvider | OAuth1Provider

type SharedKey = 'label' | 'apiHeaders' | 'readProfile' | 'readRepositories' | 'readGroups' | 'beforeApiRequest'

/** `readGroups` is set only if an access rule needs it. */
interface ProviderBase extends Pick<PresetBase, SharedKey> {
  name: string
  /** Behind BASE_PATH. */
  callbackPath: string
  /** Where relative API paths start; ends with a slash. */
  apiBaseUrl: string
  /** The settings say that its addresses count as verified, whatever the provider says. */
  emailTrusted?: true
  /** Why `readGroups` found no groups of a user; only where groups are read from claims alone. */
  missingGroups?: (user: JsonObject) => MissingGroups
  /** The paths that the settings name and that lead to nothing usable in a profile. */
  unusableFields?: (user: JsonObject) => readonly UnusableField[]
  findSwitchParams: FindSwitchParams
}

interface CodeFlowProvider extends ProviderBase, ApiRequestOptions {
  endSessionUrl: string | undefined
  endSessionParams?: EndSessionParams
  /** Makes the client secret for a request; `now` in milliseconds since 1970. By default `clientSecret` is used. */
  createClientSecret?: (now: number) => string
}

export interface OAuth2Provider extends CodeFlowProvider, OAuthClient {
  protocol: 'oauth2'
}

/** Becomes a complete OAuthClient with what discovery finds: `{ ...provider, authorizeUrl, tokenUrl, userUrl }`. */
export interface OidcProvider
  extends CodeFlowProvider,
    Omit<OAuthClient, 'issuer' | 'authorizeUrl' | 'tokenUrl' | 'userUrl'>,
    Omit<OidcRules, 'discoveryIssuer' | 'issuerOf' | 'nonce'> {
  protocol: 'oidc'
  issuer: string
  /** From the settings or the preset; undefined means that it is discovered. */
  authorizeUrl: string | undefined
  tokenUrl: string | undefined
  userUrl: string | null | undefined
  jwksUrl: string | undefined
  /** The URL of the metadata, if not the one that the standards define for the issuer. */
  discoveryUrl: string | undefined
  discoveryIssuer?: string
  issuerOf?: (claims: JsonObject) => string | undefined
  nonce: Nonce
  responseMode: ResponseMode
  /** The client authentication method is set in the settings; if not, the metadata win over the preset. */
  authMethodGiven: boolean
  /** Seconds. */
  maxAge: number | undefined
  acrValues: readonly string[] | undefined
  /** Undefined: the algorithms in the provider's metadata. */
  idTokenAlgs: readonly string[] | undefined
  /** The audiences that its tokens may have in addition to our client id. */
  audiences: TrustedAudiences | undefined
}

export interface OAuth1Provider extends ProviderBase, OAuth1Client {
  protocol: 'oauth1'
  userUrl: string
  subjectParam?: string
  issuer?: undefined
}
