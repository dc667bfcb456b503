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

/** A person as a provider describes them, in our words. Texts are clean: no control characters, bounded length. */
export interface Profile {
  /** The provider's own, unchanging id of the person; never an address or a login. */
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

/** GET at the provider's API with the person's token: a path is relative to the API base; the response is parsed JSON. */
export type ApiGet = (path: string) => Promise<unknown>

/**
 * A provider is a preset: its URLs, scopes and client authentication are data, and what cannot be data is a small named
 * function in it. The flow never asks which provider this is.
 */
export type Preset = OAuth2Preset | OidcPreset | OAuth1Preset

/** What presets of every protocol have. `{base}` and `{tenant}` in its URLs stand for the two settings. */
interface PresetBase extends Pick<ApiRequestOptions, 'apiHeaders'> {
  label: string
  /** One protocol of the development provider; its URLs are relative to where that listens. */
  development?: true
  /** It takes no callback on http, so that it cannot be tried on a laptop as it is. */
  httpsOnly?: true
  /** What `{base}` stands for without a setting; an example where every installation has its own, so that the setting is required. */
  baseUrl?: string | { example: string }
  /** URLs that are other ones as soon as the setting BASE_URL names another place. */
  selfHosted?: { userUrl: string }
  /** How the setting TENANT is read, where the provider has such a thing. */
  tenant?: TenantRule
  /** What `{tenant}` stands for, where that is not the setting itself. */
  tenantInUrls?: (tenant: string) => string
  /** Where relative API paths start; without it in the folder of the user endpoint, for OIDC at the issuer. */
  apiBaseUrl?: string
  scope: readonly string[]
  authorizeParams?: Params
  /** What lets the person choose another account there; without it OpenID Connect has `prompt`, and others have nothing. */
  switchParams?: SwitchParams
  /**
   * Makes a profile of the user endpoint's response, for OIDC of `claimsOf(idToken, userinfo)`. May ask the API for what
   * is missing there. Throws ProtocolError where the response is an error in the shape of a profile.
   */
  readProfile(user: JsonObject, get: ApiGet): Profile | Promise<Profile>
  /** The person's repositories, where the provider has them. */
  readRepositories?: (get: ApiGet) => Promise<Repository[]>
  /** The groups of the person, from the same object that makes the profile; read only if an access rule needs them. */
  readGroups?: (user: JsonObject, get: ApiGet) => readonly string[] | Promise<readonly string[]>
  /** The scope that groups need besides `scope`. */
  groupsScope?: readonly string[]
  /** Changes what is about to be sent to the API in a person's name, before it is signed. */
  beforeApiRequest?: (request: HttpRequest) => HttpRequest
}

/** Client authentication at the token endpoint, and the peculiarities of its requests and responses: see OAuthClient. */
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
  /** Where tokens are renewed, if not at the token endpoint. */
  refreshUrl?: string
  /** Where tokens are given back as RFC 7009 has it; for OIDC where the metadata do not say. */
  revocationUrl?: string
  /** Where the person's session at the provider ends as RP-Initiated Logout has it; for OIDC where the metadata do not say. */
  endSessionUrl?: string
  /** What the end-session endpoint calls its parameters, where it is not RP-Initiated Logout; no others are sent then. */
  endSessionParams?: EndSessionParams
  /** The client secret is not given but made anew for each request, of a private key. */
  createClientSecret?: CreateClientSecret
}

export interface OAuth2Preset extends CodeFlowPreset {
  protocol: 'oauth2'
  /** The issuer that its callbacks carry (RFC 9207), where it is known to send one. */
  issuer?: string
  authorizeUrl: string
  tokenUrl: string
  userUrl: string
}

/** Everything but the issuer is discovered; what is given here by hand wins. */
export interface OidcPreset extends CodeFlowPreset, OidcRules {
  protocol: 'oidc'
  issuer: string
  authorizeUrl?: string
  tokenUrl?: string
  /** `null`: no user endpoint is used, the ID token has every claim. */
  userUrl?: string | null
  jwksUrl?: string
  responseMode?: ResponseMode
  /** Where the groups are among the claims, if not in `groups`; the setting wins. */
  groupsFields?: readonly string[]
  /** It has no claim of groups, for any scope. */
  hasNoGroups?: true
  /** What a group is called here, where two may have one name among the claims. */
  nameGroup?: (group: string, claims: JsonObject) => string
}

/** What an OpenID provider does in its own way. */
interface OidcRules {
  /** Another spelling of the issuer that ID tokens may carry; it stands for the same one. */
  issuerAlias?: string
  /** The issuer in the discovery document, where that is not the issuer that it was requested for. */
  discoveryIssuer?: (tenant: string) => string | undefined
  /** The issuer that an ID token with these claims must have, where it has a tenant in it; undefined for one not taken. */
  issuerOf?: (claims: JsonObject, tenant: string) => string | undefined
  /** 'never echoed': no nonce is sent and none is looked for; the state alone binds. The setting NONCE=off says the same. */
  nonce?: Nonce
  /** ID tokens that come without a nonce although one was sent: those that say so themselves, signed. */
  mayOmitNonce?: (claims: JsonObject) => boolean
  /** The values of `error` in its callbacks that mean that the person refused, besides the standard's `access_denied`. */
  deniedErrors?: readonly string[]
  /** Its logout tokens have a type of their own; without this they may be typed like any JWT, or not at all. */
  logoutTokenTyp?: 'required'
  /** Throws ProtocolError where the user endpoint's response is an error in the shape of a profile. */
  checkUserResponse?: (user: JsonObject) => void
  /** The name in the unsigned `user` that is posted beside the code: to be shown, and never to decide anything. */
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
  /** The field of the token response that has the person's id too; it must be the same as the profile's. */
  subjectParam?: string
}

export type CreateClientSecret = (keys: ClientSecretKeys, now: number) => string

/** What a minted secret is made of. */
export interface ClientSecretKeys {
  clientId: string
  /** PEM, PKCS #8. */
  privateKey: string
  keyId: string
  tenant: string
}

/** A provider in use: its preset, with what the settings say. All URLs are absolute. */
export type Provider = OAuth2Provider | OidcProvider | OAuth1Provider

type SharedKey = 'label' | 'apiHeaders' | 'readProfile' | 'readRepositories' | 'readGroups' | 'beforeApiRequest'

/** `readGroups` is there only where an access rule needs it. */
interface ProviderBase extends Pick<PresetBase, SharedKey> {
  name: string
  /** Behind BASE_PATH. */
  callbackPath: string
  /** Where relative API paths start; ends with a slash. */
  apiBaseUrl: string
  /** The settings say that its addresses count as verified, whatever it says of them. */
  emailTrusted?: true
  /** Why there are no groups of a person whom `readGroups` found none of; where claims alone tell them. */
  missingGroups?: (user: JsonObject) => MissingGroups
  /** The places that the settings name in a profile, and that lead to nothing usable there. */
  unusableFields?: (user: JsonObject) => readonly UnusableField[]
  findSwitchParams: FindSwitchParams
}

interface CodeFlowProvider extends ProviderBase, ApiRequestOptions {
  endSessionUrl: string | undefined
  endSessionParams?: EndSessionParams
  /** Makes the client secret for a request; milliseconds since 1970. Without it `clientSecret` counts. */
  createClientSecret?: (now: number) => string
}

export interface OAuth2Provider extends CodeFlowProvider, OAuthClient {
  protocol: 'oauth2'
}

/** Becomes a whole OAuthClient with what discovery finds: `{ ...provider, authorizeUrl, tokenUrl, userUrl }`. */
export interface OidcProvider
  extends CodeFlowProvider,
    Omit<OAuthClient, 'issuer' | 'authorizeUrl' | 'tokenUrl' | 'userUrl'>,
    Omit<OidcRules, 'discoveryIssuer' | 'issuerOf' | 'nonce'> {
  protocol: 'oidc'
  issuer: string
  /** Given by hand; undefined is to be discovered. */
  authorizeUrl: string | undefined
  tokenUrl: string | undefined
  userUrl: string | null | undefined
  jwksUrl: string | undefined
  /** Where the metadata are, if not where the standards have them for the issuer. */
  discoveryUrl: string | undefined
  discoveryIssuer?: string
  issuerOf?: (claims: JsonObject) => string | undefined
  nonce: Nonce
  responseMode: ResponseMode
  /** The settings say how we prove ourselves; else the metadata take precedence over the preset. */
  authMethodGiven: boolean
  /** Seconds. */
  maxAge: number | undefined
  acrValues: readonly string[] | undefined
  /** Undefined: what the provider's metadata say. */
  idTokenAlgs: readonly string[] | undefined
  /** Whom its tokens may be for besides us. */
  audiences: TrustedAudiences | undefined
}

export interface OAuth1Provider extends ProviderBase, OAuth1Client {
  protocol: 'oauth1'
  userUrl: string
  subjectParam?: string
  issuer?: undefined
}
