import type { Answer, JsonObject, OAuthClient, TokenSet } from '../oauth/types.js'

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

/** GET at the provider's API with the person's token: a path is relative to the API base; the answer is read JSON. */
export type ApiGet = (path: string) => Promise<unknown>

/**
 * A provider is a row: its URLs, scopes and client authentication are data, and what cannot be data is a small named
 * function on the row. The flow never asks which provider this is.
 */
export interface Preset {
  label: string
  protocol: 'oauth2'
  /** A face of the development provider; its URLs are relative to where that listens. */
  development?: true
  issuer?: string
  authorizeUrl: string
  tokenUrl: string
  userUrl: string
  scope: readonly string[]
  tokenEndpointAuthMethod: OAuthClient['tokenEndpointAuthMethod']
  formEncodedAnswers?: true
  /** Reads a token answer in the provider's own way, where the standard's does not fit. */
  readTokenAnswer?: (answer: Answer) => TokenSet
  /** Makes a profile of the user endpoint's answer; may ask the API for what is missing there. */
  readProfile(user: JsonObject, get: ApiGet): Profile | Promise<Profile>
  /** The person's repositories, where the provider has them. */
  readRepositories?: (get: ApiGet) => Promise<Repository[]>
}

/** A provider in use: its row, with what the settings say. */
export interface Provider extends Omit<Preset, keyof OAuthClient | 'development'>, OAuthClient {
  name: string
  /** Behind BASE_PATH. */
  callbackPath: string
  /** Where relative API paths start; ends with a slash. */
  apiBaseUrl: string
}
