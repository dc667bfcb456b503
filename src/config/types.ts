import type { ClientAuthMethod, ResponseMode, SignatureMethod } from '../http/protocol-options.js'
import type { Proxies } from '../http/proxies.js'
import type { Params } from '../http/types.js'

/** The configuration of the app. Only `parse` makes it, from the settings in settings.ts. */
export interface Config {
  environment: string
  /** True in environment `local` only, where http and the development provider are allowed. */
  local: boolean
  /** An origin without a trailing slash. Undefined in local until the port is bound. */
  publicUrl: string | undefined
  /** Empty, or `/prefix` without a trailing slash. */
  basePath: string
  listen: ListenOptions
  /** How long an idle connection stays open, in milliseconds. */
  keepAlive: number
  homePath: string
  databaseUrl: string
  /** Newest first, 32 bytes each, in base64url. */
  secretKeys: readonly string[]
  providers: readonly ProviderSettings[]
  defaultProvider: string | undefined
  allowedUsers: readonly AccessRule[]
  roleRules: readonly RoleRule[]
  accountLinking: AccountLinking
  /** How long the audit trail is kept, in milliseconds. */
  eventsKeep: number
  /** Addresses, CIDR ranges, and `unix` for the proxy at a socket file. */
  trustedProxies: readonly string[]
  /** Set when calls to providers go through a proxy. */
  proxies: Proxies | undefined
  /** The first word of every cookie's name; undefined: the default, which in local depends on the bound port. */
  cookiePrefix: string | undefined
  /** For which hosts browsers have to use https only (RFC 6797). */
  hsts: 'host' | 'subdomains' | 'off'
  /** Milliseconds. */
  session: { idle: number; lifetime: number; permanent: boolean }
  /** Undefined: nothing is counted. */
  rateLimits: RateLimitSettings | undefined
  logLevel: LogLevel
  /** Set when PROVIDERS names a protocol of the development provider. */
  devProvider: { url: string; tryNextPort: boolean; exposed: boolean } | undefined
}

/** The limits per minute and address. */
export interface RateLimitSettings {
  /** Sign-ins that begin. */
  starts: number
  /** Browsers that come back from a provider. */
  callbacks: number
}

/** Where the app listens: an address, a socket file, or a socket that systemd has opened. */
export type ListenOptions = ListenAddress | { path: string } | { fd: number }

export interface ListenAddress {
  host: string
  port: number
  /** In local, where the port is not set and is in use, the next free port is used. */
  tryNextPort: boolean
}

/** What happens where a new identity carries a verified address that an account here has verified too. */
export type AccountLinking = 'ask' | 'verified' | 'never'

/** A role, and who gets it. */
export interface RoleRule {
  role: string
  rules: readonly AccessRule[]
}

type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

export type ProtocolName = 'oauth2' | 'oidc' | 'oauth1'

/** One provider as the settings describe it; `undefined` leaves the preset's value in place. */
export interface ProviderSettings {
  name: string
  /** A name of the catalog; undefined: a custom provider. */
  preset: string | undefined
  protocol: ProtocolName
  clientId: string | undefined
  clientSecret: string | undefined
  /** PEM. */
  privateKey: string | undefined
  keyId: string | undefined
  callbackPath: string
  issuer: string | undefined
  /** The URL of its metadata, if that is not below the issuer. */
  discoveryUrl: string | undefined
  authorizeUrl: string | undefined
  tokenUrl: string | undefined
  /** The URL for refresh requests, if that is not the token endpoint. */
  refreshUrl: string | undefined
  /** `null`: the ID token alone identifies the user. */
  userUrl: string | null | undefined
  revocationUrl: string | undefined
  endSessionUrl: string | undefined
  jwksUrl: string | undefined
  requestTokenUrl: string | undefined
  apiBaseUrl: string | undefined
  /** Without a trailing slash. */
  baseUrl: string | undefined
  tenant: string | undefined
  scope: readonly string[] | undefined
  authorizeParams: Params
  tokenParams: Params
  refreshParams: Params
  requestTokenParams: Params
  tokenEndpointAuthMethod: ClientAuthMethod | undefined
  signatureMethod: SignatureMethod | undefined
  pkce: boolean | undefined
  nonce: boolean | undefined
  responseMode: ResponseMode | undefined
  /** Seconds. */
  maxAge: number | undefined
  acrValues: readonly string[] | undefined
  idTokenAlgs: readonly string[] | undefined
  /** Other audiences that its ID tokens may have besides this client; `*` for any. */
  audiences: readonly string[] | '*' | undefined
  label: string | undefined
  /** Its addresses count as verified for rules, the user's row and hooks, but not for linking accounts. */
  emailTrusted: boolean
  /**
   * Custom providers: where the profile's parts are, as dotted paths; for the name several, with commas between them.
   */
  fields: Partial<Record<ProfileField, string>>
  /** Where the groups are in the profile, as dotted paths; undefined leaves it to the preset. */
  groupsFields: readonly string[] | undefined
  /** True when a rule names a group of this provider. */
  groupsWanted: boolean
}

export type ProfileField = 'subject' | 'name' | 'login' | 'email' | 'emailVerified' | 'picture'

/** A rule of ALLOWED_USERS. Addresses and domains are in lower case. */
export type AccessRule =
  | { kind: 'anybody' }
  | { kind: 'email'; email: string }
  | { kind: 'domain'; domain: string }
  | { kind: 'login'; provider: string; login: string }
  | { kind: 'subject'; provider: string; subject: string }
  | { kind: 'group'; provider: string; group: string }

/** What `parse` must know about a built-in preset to check the settings of a provider. */
export interface PresetInfo {
  label: string
  protocol: ProtocolName
  /** A protocol of the development provider: it needs no credentials, and exists in local only. */
  development?: true
  /**
   * The base URL of a provider that can also be self-hosted; an example where it is always self-hosted, so that
   * BASE_URL is required.
   */
  baseUrl?: string | { example: string }
  tenant?: TenantRule
  /** The client secret is made from PRIVATE_KEY and KEY_ID for each request. */
  createsClientSecret?: true
  /** It has a parameter for the scope, although its protocol defines none. */
  hasScopeParam?: true
  /** It accepts no callback URL on http. */
  httpsOnly?: true
  /** It sends the groups of its users, so rules may name them. */
  hasGroups?: true
}

/** How the setting TENANT is read. `standard` is the default; without a default the setting is required. */
export interface TenantRule {
  defaultValue?: string
  isValid(value: string): boolean
  /** What to write, as the end of a sentence. */
  howToWrite: string
}

export type PresetCatalog = Readonly<Record<string, PresetInfo>>

/** An entry of the table of settings. The app knows no setting that has no entry. */
export interface Setting<Name extends string = string> {
  /** The name of a provider's setting is without its `<NAME>_`. */
  name: Name
  /** Markdown, for settings.md and the operator. */
  default: string
  meaning: string
  /** Its value is never shown, printed or logged. */
  secret?: true
  /** The app refuses it until it works. */
  isPlanned?: true
}
