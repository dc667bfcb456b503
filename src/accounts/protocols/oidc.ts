import type { Params, Send } from '../../http/types.js'
import { buildAuthorizationUrl, readCallback, readState } from '../../oauth/authorize.js'
import type { Metadata } from '../../oauth/discovery.js'
import { inStep, ProtocolError } from '../../oauth/errors.js'
import { isIdentifier } from '../../oauth/text.js'
import { exchangeCode, refreshTokens } from '../../oauth/token.js'
import type { Json, JsonObject, OAuthClient } from '../../oauth/types.js'
import { readUserinfo, readUserResponse, userRequest } from '../../oauth/userinfo.js'
import { combineClaims, refreshedByIdToken, refreshedClaims } from '../../providers/claims.js'
import type { OidcProvider } from '../../providers/provider.js'
import type { Attempt } from '../sign-in/attempt.js'
import { createIssuerMetadata, sendAsDiscovered } from './discovery.js'
import { revokeAll } from './oauth2.js'
import {
  expectedCallbackIssuer,
  noApi,
  type OidcContext,
  storedIssuer,
  subjectFromClaims,
  verifyRefreshedIdToken,
  verifySignInIdToken,
} from './oidc-id-token.js'
import { oidcEndSessionUrl, readOidcLogoutToken } from './oidc-logout.js'
import type {
  ApiTokens,
  AuthorizationResponse,
  AuthorizationStart,
  ExternalIdentity,
  KnownClaims,
  Protocol,
  ProtocolContext,
  RefreshParams,
  RefreshResult,
  RevocableTokens,
  SlotSend,
  UserInfo,
} from './protocol.js'
import {
  bearerGet,
  readUserInfoFromClaims,
  withClientSecret,
  withSwitchParams,
  withUserToken,
} from './provider-requests.js'

/** OpenID Connect: the ID token says who the user is, and the user endpoint may only add to that. */
export function createOidcProtocol(
  provider: OidcProvider,
  { now, monotonic, random, withSharedSend }: ProtocolContext,
): Protocol {
  const { name, label, emailTrusted, callbackPath, scope, apiBaseUrl } = provider
  const issuer = createIssuerMetadata(provider, monotonic, withSharedSend)
  const context: OidcContext = { provider, issuer, now, random }

  return {
    name,
    label,
    emailTrusted,
    callbackPath,
    scope,
    apiBaseUrl,
    startsWithoutRequest: issuer.configuredMetadata !== undefined,
    startAuthorization: (redirectUri, _, switchParams) => startOidcAuthorization(context, redirectUri, switchParams),
    switchParams: async () => provider.findSwitchParams((await issuer.metadata()).promptValues),
    readState,
    validateCallback: (params, attempt) => ({
      ...readCallback(params, attempt, provider),
      user: params.get('user') ?? undefined,
    }),
    exchangeCode: (send, attempt, response) => exchangeOidcCode(context, send, attempt, response),
    loadUserInfo: (send, tokens, known) => loadOidcUserInfo(context, send, tokens, known),
    async userInfoFromIdToken({ previous, idToken }) {
      const claims = idToken && refreshedByIdToken(idToken, previous)
      return claims && readUserInfoFromClaims(provider, claims, noApi)
    },
    readRepositories: async (send, tokens) => provider.readRepositories?.(bearerGet(send, provider, tokens)),
    authorizeApiRequest: (request, tokens) => withUserToken(provider, request, tokens),
    refresh: (send, params) => refreshOidcTokens(context, send, params),
    revoke: (send, tokens) => revokeOidcTokens(context, send, tokens),
    endSessionUrl: request => oidcEndSessionUrl(context, request),
    readLogoutToken: token => readOidcLogoutToken(context, token),
  }
}

async function startOidcAuthorization(
  { provider, issuer, random }: OidcContext,
  redirectUri: string,
  switchParams: Params | undefined,
): Promise<AuthorizationStart> {
  const { responseMode, maxAge, acrValues } = provider
  const metadata = await issuer.metadata()
  const nonce = provider.nonce === 'echoed' ? random() : undefined
  const attempt = { state: random(), codeVerifier: random(), nonce, ...expectedCallbackIssuer(provider, metadata) }
  // `query` is the standard's default and is not sent.
  const details = { maxAge, acrValues, responseMode: responseMode === 'query' ? undefined : responseMode }
  const client = withSwitchParams(resolveClient(provider, metadata), switchParams)
  return { ...attempt, authorizationUrl: buildAuthorizationUrl(client, { ...attempt, ...details, redirectUri }) }
}

/** Exchanges the code, then verifies the ID token, and only then sends a request to the user endpoint. */
async function exchangeOidcCode(
  context: OidcContext,
  send: SlotSend,
  attempt: Attempt,
  { code, user: postedUser }: AuthorizationResponse,
): Promise<ExternalIdentity> {
  const { provider, issuer, now } = context
  const { codeVerifier, redirectUri } = attempt
  const metadata = await issuer.metadata(send.wait)
  const client = withClientSecret(resolveClient(provider, metadata), provider, now)
  const codeParams = { code, codeVerifier, redirectUri }
  const tokens = await exchangeCode(sendAsDiscovered(send, provider, metadata), client, codeParams)
  const idToken = await verifySignInIdToken(context, metadata, tokens, attempt.nonce, send.wait)
  const { claims } = idToken
  const user = client.userUrl
    ? await fetchUserinfo(send, provider, client, tokens, idToken.subject).catch(async error => {
        throw await withUserUrlHint(error, provider, claims)
      })
    : undefined
  const userInfo = await inStep('userinfo', client.userUrl || undefined, () =>
    readUserInfoFromClaims(provider, combineClaims(claims, user), bearerGet(send, provider, tokens)),
  )
  const { profile } = userInfo
  return {
    ...userInfo,
    issuer: storedIssuer(provider, idToken.issuer),
    tokens,
    profile: { ...profile, name: profile.name ?? postedName(provider, postedUser) },
    ...(tokens.idToken !== undefined && { idToken: tokens.idToken }),
    ...(isIdentifier(claims.sid) && { sid: claims.sid }),
  }
}

/** A user endpoint that rejects the token of this sign-in rejects every token; most often it belongs to another API. */
async function withUserUrlHint(error: unknown, provider: OidcProvider, claims: JsonObject): Promise<unknown> {
  if (!(error instanceof ProtocolError) || (error.status !== 401 && error.status !== 403)) return error
  // Where the ID token alone does not say who the user is, that setting would not help.
  if ((await subjectFromClaims(provider, claims)) === undefined) return error
  const message = `${error.message}; with <NAME>_USER_URL=none the ID token alone says who it is`
  return new ProtocolError(error.code, message, { ...error.details, hint: 'id_token_suffices' })
}

/** For display, and only where the claims have no name. */
const postedName = ({ readPostedName }: OidcProvider, user: string | undefined): string | null =>
  (user !== undefined && readPostedName?.(user)) || null

async function loadOidcUserInfo(
  { provider, issuer }: OidcContext,
  send: SlotSend,
  tokens: ApiTokens,
  { previous, idToken }: KnownClaims,
): Promise<UserInfo | undefined> {
  const client = resolveClient(provider, await issuer.metadata(send.wait))
  if (!client.userUrl) return undefined
  const user = await fetchUserinfo(send, provider, client, tokens, (idToken ?? previous.claims).sub)
  const claims = idToken ? combineClaims(idToken, user) : refreshedClaims(user, previous)
  return readUserInfoFromClaims(provider, claims, bearerGet(send, provider, tokens))
}

/**
 * Refreshes tokens. An ID token that comes with them must be about the same user (OpenID Connect Core, 12.2), or all
 * tokens are refused before the new access token is used. Beyond that no request is sent: the old refresh token may not
 * work any more, so the new one must be stored before anything else can fail.
 */
async function refreshOidcTokens(
  context: OidcContext,
  send: SlotSend,
  { refreshToken, subject }: RefreshParams,
): Promise<RefreshResult> {
  const { provider, issuer, now } = context
  const metadata = await issuer.metadata(send.wait)
  // Without keys a new ID token could not be verified, and the refresh token would be used for nothing.
  await issuer.withJwks(metadata, () => undefined, send.wait)
  const client = withClientSecret(resolveClient(provider, metadata), provider, now)
  const tokens = await refreshTokens(sendAsDiscovered(send, provider, metadata), client, { refreshToken })
  const { idToken } = tokens
  if (idToken === undefined) return { tokens }

  const { claims } = await verifyRefreshedIdToken(context, metadata, { ...tokens, idToken }, send.wait)
  const newSubject = await subjectFromClaims(provider, claims)
  if (newSubject !== undefined) requireSameSubject(newSubject, subject)
  if (newSubject !== undefined && client.userUrl) return { tokens, claims }
  const user = client.userUrl ? await fetchUserinfo(send, provider, client, tokens, claims.sub) : undefined
  const get = bearerGet(send, provider, tokens)
  const userInfo = await readUserInfoFromClaims(provider, combineClaims(claims, user), get)
  requireSameSubject(userInfo.profile.subject, subject)
  return { tokens, claims, userInfo }
}

function requireSameSubject(newSubject: string, subject: string): void {
  if (newSubject === subject) return
  throw new ProtocolError('subject_mismatch', 'The refreshed ID token is about another person than the one before')
}

/**
 * Does nothing where neither the settings, the preset nor the metadata name an endpoint: then tokens end by themselves.
 */
async function revokeOidcTokens(context: OidcContext, send: SlotSend, tokens: RevocableTokens): Promise<void> {
  const { provider, issuer, now } = context
  const client = withClientSecret(resolveClient(provider, await issuer.metadata(send.wait)), provider, now)
  const { revocationUrl } = client
  if (revocationUrl === undefined) return
  await revokeAll(sendAsDiscovered(send, provider, client), { ...client, revocationUrl }, tokens)
}

/** A client whose URLs the metadata may have named. */
type DiscoveredClient = OAuthClient & Pick<Metadata, 'fromPrivateNetwork'>

/** The client with what the settings and the preset say, and for the rest with what the metadata say. */
function resolveClient(provider: OidcProvider, metadata: Metadata): DiscoveredClient {
  return {
    ...provider,
    issuer: metadata.issuer,
    fromPrivateNetwork: metadata.fromPrivateNetwork,
    authorizeUrl: provider.authorizeUrl ?? metadata.authorizationEndpoint,
    tokenUrl: provider.tokenUrl ?? metadata.tokenEndpoint,
    userUrl: provider.userUrl === null ? '' : (provider.userUrl ?? metadata.userinfoEndpoint ?? ''),
    revocationUrl: provider.revocationUrl ?? metadata.revocationEndpoint,
    tokenEndpointAuthMethod: authMethodOf(provider, metadata),
  }
}

/**
 * Both methods send the same secret, and some providers say that they take only one of them. A setting decides first.
 */
function authMethodOf(provider: OidcProvider, { tokenEndpointAuthMethods: supported }: Metadata) {
  const { tokenEndpointAuthMethod: own, authMethodGiven } = provider
  if (authMethodGiven || own !== 'client_secret_basic' || supported.includes(own)) return own
  return supported.includes('client_secret_post') ? 'client_secret_post' : own
}

/**
 * The response of the user endpoint.
 * @param subject the `sub` that it must have; without one, it may be about any user
 */
function fetchUserinfo(
  send: Send,
  provider: OidcProvider,
  client: DiscoveredClient,
  tokens: ApiTokens,
  subject: Json | undefined,
): Promise<JsonObject> {
  const request = withUserToken(provider, userRequest(client.userUrl, tokens.accessToken, provider), tokens)
  return inStep('userinfo', request.url, async () => {
    const response = await sendAsDiscovered(send, provider, client)(request)
    if (typeof subject !== 'string') return readUserResponse(response)
    return readUserinfo(response, subject, provider.checkUserResponse)
  })
}
