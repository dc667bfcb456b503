import type { HttpRequest, JsonObject, Params, Send, TokenSet } from '../../oauth/types.js'
import type { ClaimSources, SourcedClaims } from '../../providers/claims.js'
import type { MissingGroups } from '../../providers/groups.js'
import type { UnusableField } from '../../providers/profile-field-check.js'
import type { Profile, Repository } from '../../providers/provider.js'
import type { Attempt } from '../sign-in/attempt.js'

/**
 * A provider as the story of a sign-in sees it, whatever it speaks. What the three protocols must remember from the
 * start to the way back lies in the attempt.
 */
export interface Protocol {
  readonly name: string
  readonly label: string
  /** The settings say that its addresses count as verified. */
  readonly emailTrusted?: true | undefined
  /** Behind BASE_PATH. */
  readonly callbackPath: string
  /** What is asked for at a sign-in; empty where the protocol knows no such thing. */
  readonly scope: readonly string[]
  /** Its URL is made without asking anybody, so a guard can send people straight there. */
  readonly startsWithoutRequest: boolean
  /**
   * Makes the URL to send the browser to.
   * @param switchParams in place of parameters of the same name that the provider is asked with usually
   */
  startAuthorization(redirectUri: string, calling: WithSend, switchParams?: Params): Promise<AuthorizationStart>
  /** What `begin` needs so that the person may choose another account; undefined where no way is known. */
  switchParams(): Promise<Params | undefined>
  /** What an answer names its attempt by: the state, or OAuth 1.0a's token. */
  readState(response: URLSearchParams): string
  /** Judges an answer whose attempt was found: the issuer, an error, then the code. Spends nothing. */
  validateCallback(response: URLSearchParams, attempt: Attempt): AuthorizationResponse
  /** Spends the code, and learns whose it was. */
  exchangeCode(send: SlotSend, attempt: Attempt, credential: AuthorizationResponse): Promise<ExternalIdentity>
  /**
   * The person that a token belongs to, as the API tells it now; undefined where it has nothing to tell.
   * @param known what an ID token may have said that the API does not
   */
  loadUserInfo(send: SlotSend, tokens: ApiTokens, known: KnownClaims): Promise<UserInfo | undefined>
  /**
   * The person by a new ID token alone, where `readPerson` could not ask the user endpoint; undefined where that does not
   * tell, or there are no ID tokens.
   */
  userInfoFromIdToken?: ((known: KnownClaims) => Promise<UserInfo | undefined>) | undefined
  readRepositories(send: Send, tokens: ApiTokens): Promise<Repository[] | undefined>
  /** Where relative paths of the API start; ends with a slash. */
  readonly apiBaseUrl: string
  /** A request to the API in a person's name: with the token in its header, or signed. Only our own eyes see it before. */
  authorizeApiRequest(request: HttpRequest, tokens: ApiTokens): HttpRequest
  /** Undefined where tokens are never renewed. */
  refresh?: ((send: SlotSend, request: RefreshParams) => Promise<RefreshResult>) | undefined
  /** Gives tokens back (RFC 7009); undefined where the provider is not known to take them. */
  revoke?: ((send: SlotSend, tokens: RevocableTokens) => Promise<void>) | undefined
  /** The URL that ends the provider's own session (RP-Initiated Logout); undefined where it has none. */
  endSessionUrl?: ((request: EndSessionRequest) => Promise<string | undefined>) | undefined
  /** Verifies a logout token (Back-Channel Logout); undefined where nobody sends any. */
  readLogoutToken?: ((token: string) => Promise<LogoutNotice>) | undefined
}

/** A person as a provider describes them, with what they belong to. */
export interface UserInfo {
  profile: Profile
  /** Empty where no rule wants to know. */
  groups: readonly string[]
  /** Why there are none, where that is known. */
  missingGroups?: MissingGroups | undefined
  /** The places that the settings name, and that lead to nothing usable in this profile. */
  unusableFields?: readonly UnusableField[] | undefined
  /** OpenID Connect: where each claim of the profile's `raw` came from. */
  sources?: ClaimSources | undefined
  /** A name that is missing was told at an earlier sign-in, and not taken back since. */
  sendsNameOnce?: true
  /** The settings say that this provider's addresses count as verified; the profile has what the provider says. */
  emailTrusted?: true | undefined
}

export interface KnownClaims {
  /** As of the last sign-in or refresh. */
  before: SourcedClaims
  /** Those of a new, verified ID token: they take the place of all that an ID token said before. */
  idToken?: JsonObject | undefined
}

export interface RefreshParams {
  refreshToken: string
  /** Whom a new ID token has to be about. */
  subject: string
}

export interface RefreshResult {
  /** Without a refresh token the old one stays good (RFC 6749, 6); without a scope it is as before. */
  tokens: ExternalIdentity['tokens']
  /** What a new ID token says, verified: `idToken` for `readPerson`. */
  claims?: JsonObject
  /** The person, where the answer itself tells of them; undefined: `readPerson` does, once the tokens are kept. */
  userInfo?: UserInfo | undefined
}

export interface RevocableTokens {
  accessToken: string
  refreshToken: string | undefined
}

export interface EndSessionRequest {
  idToken: string | undefined
  postLogoutRedirectUri: string
  state: string
}

/** Sessions that a provider has ended: all of a subject, or the one that it calls `sid`. */
export interface LogoutNotice {
  /** As identities keep it. */
  issuer: string
  subject: string | undefined
  sid: string | undefined
  /** The same for the same token, and for no other. */
  tokenHash: string
  /** When the token is over, in milliseconds. */
  expiresAt: number
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds for durations inside this process: no setting of the clock changes them. */
  monotonic(): number
  /** 43 characters that nobody can guess. */
  random(): string
}

/** The way out from a place among the provider's calls. */
export interface SlotSend extends Send {
  wait?: Wait
}

/** How to wait for what others fetch: the place of the one who waits is lent to others meanwhile. */
export type Wait = <T>(fetched: Promise<T>) => Promise<T>

/** Takes a place among the provider's calls for as long as the work lasts. */
export type WithSend = <T>(work: (send: SlotSend) => Promise<T>) => Promise<T>

/** What a protocol is spoken with. */
export interface ProtocolContext extends Clock {
  /** Takes a place for what is fetched once for everybody who waits for it. */
  fetching: WithSend
}

/** Where to, and what the attempt has to remember of it. */
export interface AuthorizationStart extends AttemptParams {
  authorizationUrl: string
}

export type AttemptParams = Pick<
  Attempt,
  'state' | 'codeVerifier' | 'nonce' | 'issuer' | 'issuerRequired' | 'temporarySecret'
>

/** What an answer brought, good for once. */
export interface AuthorizationResponse {
  code: string
  /** What was posted beside it, unsigned. */
  user?: string | undefined
}

/** What a person's API is asked with. */
export type ApiTokens = Pick<TokenSet, 'accessToken'> & { tokenSecret?: string | undefined }

/** What a provider handed over at the end of a sign-in. */
export interface ExternalIdentity extends UserInfo {
  /** Empty where the provider has none. */
  issuer: string
  /** OpenID Connect: the proof itself, for the provider's own logout, and what the provider calls its session. */
  idToken?: string
  sid?: string
  tokens: Omit<TokenSet, 'tokenType' | 'idToken'> & { tokenType: string; tokenSecret?: string }
}
