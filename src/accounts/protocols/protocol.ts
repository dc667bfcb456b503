import type { HttpRequest, Params, Send } from '../../http/types.js'
import type { EndSessionRequest } from '../../oauth/end-session.js'
import type { JsonObject, TokenSet } from '../../oauth/types.js'
import type { ClaimSources, SourcedClaims } from '../../providers/claims.js'
import type { MissingGroups } from '../../providers/groups.js'
import type { UnusableField } from '../../providers/profile-field-check.js'
import type { Profile, Repository } from '../../providers/provider.js'
import type { Attempt } from '../sign-in/attempt.js'

/**
 * A provider as sign-in, refresh and sign-out see it, whichever protocol it uses. What a protocol must remember from
 * the authorization request to the callback is in the attempt.
 */
export interface Protocol {
  readonly name: string
  readonly label: string
  /** The settings say that its addresses count as verified. */
  readonly emailTrusted?: true | undefined
  /** Behind BASE_PATH. */
  readonly callbackPath: string
  /** The scope of a sign-in; empty where the protocol has no scope. */
  readonly scope: readonly string[]
  /** Its authorization URL is made without a request, so a guard can redirect a browser straight to it. */
  readonly startsWithoutRequest: boolean
  /**
   * Makes the URL that the browser is sent to.
   * @param switchParams replace the provider's usual parameters of the same name
   */
  startAuthorization(redirectUri: string, withSend: WithSend, switchParams?: Params): Promise<AuthorizationStart>
  /** The parameters with which the user may choose another account; undefined where none are known. */
  switchParams(): Promise<Params | undefined>
  /** The value by which a callback names its attempt: the state, or the temporary token of OAuth 1.0a. */
  readState(params: URLSearchParams): string
  /** Checks a callback whose attempt was found: the issuer, an error, then the code. It sends nothing. */
  validateCallback(params: URLSearchParams, attempt: Attempt): AuthorizationResponse
  /** Exchanges the code for tokens, and reads whom they belong to. */
  exchangeCode(send: SlotSend, attempt: Attempt, response: AuthorizationResponse): Promise<ExternalIdentity>
  /**
   * The user whom a token belongs to, as the API describes them now; undefined where there is no user endpoint.
   * @param known what an ID token may have said and the API does not say
   */
  loadUserInfo(send: SlotSend, tokens: ApiTokens, known: KnownClaims): Promise<UserInfo | undefined>
  /**
   * The user by a new ID token alone, for when `loadUserInfo` could not reach the user endpoint. Undefined where the ID
   * token does not say enough.
   */
  userInfoFromIdToken?: ((known: KnownClaims) => Promise<UserInfo | undefined>) | undefined
  readRepositories(send: Send, tokens: ApiTokens): Promise<Repository[] | undefined>
  /** Where relative paths of the API start; ends with a slash. */
  readonly apiBaseUrl: string
  /** The request to the API with the user's token in its header, or signed with it. */
  authorizeApiRequest(request: HttpRequest, tokens: ApiTokens): HttpRequest
  /** Undefined where tokens are never refreshed. */
  refresh?: ((send: SlotSend, params: RefreshParams) => Promise<RefreshResult>) | undefined
  /** Revokes tokens (RFC 7009); undefined where the provider has no known revocation endpoint. */
  revoke?: ((send: SlotSend, tokens: RevocableTokens) => Promise<void>) | undefined
  /** The URL that ends the provider's own session (RP-Initiated Logout); undefined where it has none. */
  endSessionUrl?: ((request: Omit<EndSessionRequest, 'clientId'>) => Promise<string | undefined>) | undefined
  /** Verifies a logout token (Back-Channel Logout); undefined where the protocol has none. */
  readLogoutToken?: ((token: string) => Promise<LogoutNotice>) | undefined
}

/** A user as a provider describes them, with their groups. */
export interface UserInfo {
  profile: Profile
  /** Empty where no rule needs them. */
  groups: readonly string[]
  /** Why the groups are missing, if that is known. */
  missingGroups?: MissingGroups | undefined
  /** The paths that the settings name and that lead to nothing usable in this profile. */
  unusableFields?: readonly UnusableField[] | undefined
  /** OpenID Connect: where each claim of the profile's `raw` came from. */
  sources?: ClaimSources | undefined
  /** The provider sends the name at the first sign-in only: a missing name means that the earlier one still holds. */
  sendsNameOnce?: true
  /** The settings say that this provider's addresses count as verified; the profile has what the provider says. */
  emailTrusted?: true | undefined
}

export interface KnownClaims {
  /** As of the last sign-in or refresh. */
  previous: SourcedClaims
  /** The claims of a new, verified ID token: they replace all that an earlier ID token said. */
  idToken?: JsonObject | undefined
}

export interface RefreshParams {
  refreshToken: string
  /** The subject that a new ID token must have. */
  subject: string
}

export interface RefreshResult {
  /** Without a refresh token the old one stays valid (RFC 6749, 6); without a scope it is as before. */
  tokens: ExternalIdentity['tokens']
  /** The claims of a new, verified ID token: `idToken` for `loadUserInfo`. */
  claims?: JsonObject
  /** Set where the token response itself describes the user; else `loadUserInfo` does, once the tokens are stored. */
  userInfo?: UserInfo | undefined
}

export interface RevocableTokens {
  accessToken: string
  refreshToken: string | undefined
}

/** Sessions that a provider has ended: all of a subject, or the one that it calls `sid`. */
export interface LogoutNotice {
  /** As it is stored with identities. */
  issuer: string
  subject: string | undefined
  sid: string | undefined
  /** The same for the same token, and different for every other one. */
  tokenHash: string
  /** When the token expires, in milliseconds since 1970. */
  expiresAt: number
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds for durations inside this process: no setting of the clock changes them. */
  monotonic(): number
  /** 43 characters that cannot be guessed. */
  random(): string
}

/** Sends requests in a slot among the provider's calls. */
export interface SlotSend extends Send {
  wait?: Wait
}

/** Waits for what another caller fetches; meanwhile other calls may use the slot of the one who waits. */
export type Wait = <T>(fetched: Promise<T>) => Promise<T>

/** Takes a slot among the provider's calls for as long as the work lasts. */
export type WithSend = <T>(work: (send: SlotSend) => Promise<T>) => Promise<T>

export interface ProtocolContext extends Clock {
  /** Takes a slot for what is fetched once for all who wait for it. */
  withSharedSend: WithSend
}

/** The URL to send the browser to, and what the attempt must remember for the callback. */
export interface AuthorizationStart extends AttemptParams {
  authorizationUrl: string
}

type AttemptParams = Pick<Attempt, 'state' | 'codeVerifier' | 'nonce' | 'issuer' | 'issuerRequired' | 'temporarySecret'>

/** What a callback brought; the code works once. */
export interface AuthorizationResponse {
  code: string
  /** The unsigned `user` that was posted beside the code. */
  user?: string | undefined
}

/** The tokens that an API request of a user is made with. */
export type ApiTokens = Pick<TokenSet, 'accessToken'> & { tokenSecret?: string | undefined }

/** What a provider said at the end of a sign-in: who the user is, and their tokens. */
export interface ExternalIdentity extends UserInfo {
  /** Empty where the provider has none. */
  issuer: string
  /** OpenID Connect: the ID token, for the provider's own logout, and what the provider calls its session. */
  idToken?: string
  sid?: string
  tokens: Omit<TokenSet, 'tokenType' | 'idToken'> & { tokenType: string; tokenSecret?: string }
}
