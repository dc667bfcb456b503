/** What the parts of the app are told. Made by `parse`, from the table in variables.ts; nobody else reads settings. */
export interface Config {
  environment: string
  /** True in environment `local` only: the kind one, where things may be http and made up. */
  local: boolean
  /** An origin without a trailing slash. Undefined in local until the port is bound. */
  publicUrl: string | undefined
  /** Empty, or `/prefix` without a trailing slash. */
  basePath: string
  /** `portMayMove`: in local an unset port gives way to the next free one. */
  listen: { host: string; port: number; portMayMove: boolean }
  homePath: string
  databaseUrl: string
  /** Newest first, 32 bytes each, in base64url. */
  secretKeys: readonly string[]
  providers: readonly ProviderSettings[]
  defaultProvider: string | undefined
  allowedUsers: readonly AccessRule[]
  /** Addresses and CIDR ranges. */
  trustedProxies: readonly string[]
  /** Milliseconds. */
  session: { idle: number; lifetime: number; permanent: boolean }
  /** Whether floods of sign-ins are slowed down. */
  rateLimits: boolean
  logLevel: LogLevel
  /** Set when PROVIDERS names a face of the development provider. */
  devProvider: { url: string; portMayMove: boolean; exposed: boolean } | undefined
}

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

export type ClientAuthMethod = 'client_secret_basic' | 'client_secret_post' | 'none'

/** One provider as the settings describe it; `undefined` leaves the preset's value in place. */
export interface ProviderSettings {
  name: string
  /** A name of the catalog; undefined: a custom provider. */
  preset: string | undefined
  protocol: 'oauth2'
  clientId: string | undefined
  clientSecret: string | undefined
  callbackPath: string
  authorizeUrl: string | undefined
  tokenUrl: string | undefined
  userUrl: string | undefined
  apiBaseUrl: string | undefined
  scope: readonly string[] | undefined
  authorizeParams: readonly [name: string, value: string][]
  tokenParams: readonly [name: string, value: string][]
  tokenEndpointAuthMethod: ClientAuthMethod | undefined
  pkce: boolean
  label: string | undefined
  /** Custom providers: where the profile's parts are, as dotted paths. */
  fields: Partial<Record<ProfileField, string>>
}

export type ProfileField = 'subject' | 'name' | 'login' | 'email' | 'emailVerified' | 'picture'

/** A rule of ALLOWED_USERS. Addresses and domains are in lower case. */
export type AccessRule =
  | { kind: 'anybody' }
  | { kind: 'email'; email: string }
  | { kind: 'domain'; domain: string }
  | { kind: 'login'; provider: string; login: string }
  | { kind: 'subject'; provider: string; subject: string }

/** What `parse` must know of a built-in preset to judge the settings of a provider. */
export interface PresetFacts {
  label: string
  protocol: 'oauth2'
  /** A face of the development provider: needs no credentials, and exists in local only. */
  development?: true
}

export type PresetCatalog = Readonly<Record<string, PresetFacts>>
