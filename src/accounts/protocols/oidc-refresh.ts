import { ProtocolError } from '../../oauth/errors.js'
import { refreshTokens } from '../../oauth/refresh.js'
import type { JsonObject, Send } from '../../oauth/types.js'
import { claimsOf } from '../../providers/claims.js'
import { bearerGet } from './api-request.js'
import { describeClaims } from './describe.js'
import { asDiscovered } from './issuer.js'
import { withSecret } from './oauth2.js'
import { askUserEndpoint, clientOf, type DiscoveredClient } from './oidc-client.js'
import { type Judge, subjectIn, verifyRenewed } from './oidc-id-token.js'
import type { Described, RefreshQuestion, Renewed, SlotSend, Tokens } from './protocol.js'

/**
 * Renews tokens. An ID token that comes with them must be about the same person (OpenID Connect Core, 12.2), or all of it
 * is refused before anybody is asked with the new access token. Beyond that nobody is asked: the old refresh token may
 * be spent, so that the new one has to be kept before anything else can fail.
 */
export const refreshing =
  (judge: Judge) =>
  async (send: SlotSend, { refreshToken, subject }: RefreshQuestion): Promise<Renewed> => {
    const { provider, issuer, now } = judge
    const metadata = await issuer.metadata(send.wait)
    // Without keys a new ID token could not be judged, and the refresh token would be spent for nothing.
    await issuer.withKeys(metadata, () => undefined, send.wait)
    const client = withSecret(clientOf(provider, metadata), provider, now)
    const tokens = await refreshTokens(asDiscovered(send, provider, metadata), client, { refreshToken })
    if (tokens.idToken === undefined) return { tokens }

    const { claims } = await verifyRenewed(judge, send, metadata, tokens.idToken, tokens.accessToken)
    const told = await subjectIn(provider, claims)
    if (told !== undefined) requireSame(told, subject)
    if (told !== undefined && client.userUrl) return { tokens, claims }
    const person = await personBy(judge, client, send, tokens, claims)
    requireSame(person.profile.subject, subject)
    return { tokens, claims, person }
  }

async function personBy(
  { provider }: Judge,
  client: DiscoveredClient,
  send: Send,
  tokens: Tokens,
  claims: JsonObject,
): Promise<Described> {
  const user = client.userUrl ? await askUserEndpoint(claims.sub, provider, client, send, tokens) : undefined
  return describeClaims(provider, claimsOf(claims, user), bearerGet(provider, send, tokens))
}

function requireSame(told: string, subject: string): void {
  if (told === subject) return
  throw new ProtocolError('subject_mismatch', 'The refreshed ID token is about another person than the one before')
}
