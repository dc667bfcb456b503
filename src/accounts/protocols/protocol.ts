import type { JsonObject, Send, TokenSet } from '../../oauth/types.js'
import type { Profile, Repository } from '../../providers/provider.js'
import type { Attempt } from '../attempt.js'

/**
 * A provider as the story of a sign-in sees it, whatever it speaks. What the three protocols must remember from the
 * start to the way back lies in the attempt.
 */
export interface Protocol {
  readonly name: string
  readonly label: string
  /** Behind BASE_PATH. */
  readonly callbackPath: string
  /** Its URL is made without asking anybody, so a guard can send people straight there. */
  readonly startsAtOnce: boolean
  /** Makes the URL to send the browser to. */
  begin(redirectUri: string, calling: Calling): Promise<Begun>
  /** What an answer names its attempt by: the state, or OAuth 1.0a's token. */
  readHandle(answer: URLSearchParams): string
  /** Judges an answer whose attempt was found: the issuer, an error, then the code. Spends nothing. */
  readAnswer(answer: URLSearchParams, attempt: Attempt): Credential
  /** Spends the code, and learns whose it was. */
  spend(send: Send, attempt: Attempt, credential: Credential): Promise<Told>
  /**
   * The person that a token belongs to, as the API tells it now; undefined where it has nothing to tell.
   * @param before what was told at the sign-in: an ID token may have said what the API does not
   */
  readPerson(send: Send, tokens: Tokens, before: JsonObject): Promise<Profile | undefined>
  readRepositories(send: Send, tokens: Tokens): Promise<Repository[] | undefined>
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** 43 characters that nobody can guess. */
  random(): string
}

/** Takes a place among the provider's calls for as long as the work lasts. */
export type Calling = <T>(work: (send: Send) => Promise<T>) => Promise<T>

/** Where to, and what the attempt has to remember of it. */
export interface Begun extends Remembered {
  authorizationUrl: string
}

export type Remembered = Pick<
  Attempt,
  'state' | 'codeVerifier' | 'nonce' | 'issuer' | 'issuerRequired' | 'temporarySecret'
>

/** What an answer brought, good for once. */
export interface Credential {
  code: string
  /** What was posted beside it, unsigned. */
  user?: string | undefined
}

/** What a person's API is asked with. */
export type Tokens = Pick<TokenSet, 'accessToken'> & { tokenSecret?: string | undefined }

/** What a provider handed over at the end of a sign-in. */
export interface Told {
  /** Empty where the provider has none. */
  issuer: string
  profile: Profile
  tokens: Omit<TokenSet, 'tokenType' | 'idToken'> & { tokenType: string; tokenSecret?: string }
}
