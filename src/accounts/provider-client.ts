import type { Json } from '../oauth/types.js'

/** The provider's API in the name of the signed-in person. Nothing is read or asked before it is needed. */
export interface ProviderClient {
  /** Whether there is a token that may work. */
  readonly authorized: Promise<boolean>
  /** The token as it is now, refreshed first where it is about to expire; undefined where there is none. */
  readonly token: Promise<ClientToken | undefined>
  get(path: string, options?: RequestOptions): Promise<ApiAnswer>
  post(path: string, options?: RequestOptions): Promise<ApiAnswer>
  put(path: string, options?: RequestOptions): Promise<ApiAnswer>
  patch(path: string, options?: RequestOptions): Promise<ApiAnswer>
  delete(path: string, options?: RequestOptions): Promise<ApiAnswer>
  /** GET, read as JSON with a status of success. The type is the caller's claim: nobody looks inside. */
  json<T = Json>(path: string, options?: RequestOptions): Promise<T>
  /** GET of something large, piece by piece as it comes. Whoever does not read to the end calls `cancel`. */
  stream(path: string, options?: RequestOptions): Promise<ApiStream>
}

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

/** Any status: only `json` judges it. */
export interface ApiAnswer {
  status: number
  ok: boolean
  headers: ReadonlyMap<string, string>
  mediaType: string
  text: string
  /** @throws ProtocolError provider_malformed */
  json<T = Json>(): T
}

export interface ApiStream {
  status: number
  ok: boolean
  headers: ReadonlyMap<string, string>
  body: AsyncIterable<Uint8Array>
  cancel(): Promise<void>
}

export interface ClientOptions {
  /** A token of your own, in place of the person's stored one; it is never refreshed. */
  token?: { accessToken: string; tokenSecret?: string }
}

export function createProviderClient(): ProviderClient {
  throw new Error('Not merged yet')
}
