import { ProtocolError } from '../../oauth/errors.js'
import { refreshTokens } from '../../oauth/refresh.js'
import type { JsonObject, Send } from '../../oauth/types.js'
import { combineClaims } from '../../providers/claims.js'
import { bearerGet } from './api-request.js'
import { sendAsDiscovered } from './discovery.js'
import { withClientSecret } from './oauth2.js'
import { type DiscoveredClient, fetchUserinfo, resolveClient } from './oidc-client.js'
import { type OidcContext, subjectFromClaims, verifyRefreshedIdToken } from './oidc-id-token.js'
import type { ApiTokens, RefreshParams, RefreshResult, SlotSend, UserInfo } from './protocol.js'
import { readUserInfoFromClaims } from './user-info.js'

/**
 * Renews tokens. An ID token that comes with them must be about the same person (OpenID Connect Core, 12.2), or all of it
 * is refused before anybody is asked with the new access token. Beyond that nobody is asked: the old refresh token may
 * be spent, so that the new one has to be kept before anything else can fail.
 */
export const refreshOidcTokens =
  (context: OidcContext) =>
  async (send: SlotSend, { refreshToken, subject }: RefreshParams): Promise<RefreshResult> => {
    const { provider, issuer, now } = context
    const metadata = await issuer.metadata(send.wait)
    // Without keys a new ID token could not be judged, and the refresh token would be spent for nothing.
    await issuer.withJwks(metadata, () => undefined, send.wait)
    const client = withClientSecret(resolveClient(provider, metadata), provider, now)
    const tokens = await refreshTokens(sendAsDiscovered(send, provider, metadata), client, { refreshToken })
    if (tokens.idToken === undefined) return { tokens }

    const { claims } = await verifyRefreshedIdToken(context, send, metadata, tokens.idToken, tokens.accessToken)
    const newSubject = await subjectFromClaims(provider, claims)
    if (newSubject !== undefined) requireSameSubject(newSubject, subject)
    if (newSubject !== undefined && client.userUrl) return { tokens, claims }
    const userInfo = await loadRefreshedUserInfo(context, client, send, tokens, claims)
    requireSameSubject(userInfo.profile.subject, subject)
    return { tokens, claims, userInfo: userInfo }
  }

async function loadRefreshedUserInfo(
  { provider }: OidcContext,
  client: DiscoveredClient,
  send: Send,
  tokens: ApiTokens,
  claims: JsonObject,
): Promise<UserInfo> {
  const user = client.userUrl ? await fetchUserinfo(claims.sub, provider, client, send, tokens) : undefined
  return readUserInfoFromClaims(provider, combineClaims(claims, user), bearerGet(provider, send, tokens))
}

function requireSameSubject(newSubject: string, subject: string): void {
  if (newSubject === subject) return
  throw new ProtocolError('subject_mismatch', 'The refreshed ID token is about another person than the one before')
}
