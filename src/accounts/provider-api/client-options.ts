export interface ClientToken {
  accessToken: string
  /** OAuth 1.0a's, with which requests are signed. */
  tokenSecret: string | undefined
  tokenType: string
  scope: readonly string[]
  expiresAt: number | undefined
}

export interface RequestOptions {
  headers?: Readonly<Record<string, string>>
  /** Sent as JSON; at most one of the two. */
  json?: unknown
  /** Sent form-encoded. */
  form?: Readonly<Record<string, string>>
}

export interface ClientOptions {
  /** A token of your own, in place of the person's stored one; it is never refreshed. */
  token?: { accessToken: string; tokenSecret?: string }
}
