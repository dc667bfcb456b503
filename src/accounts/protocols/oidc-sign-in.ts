import { buildAuthorizationUrl } from '../../oauth/authorize.js'
import { isUsableName } from '../../oauth/text.js'
import { exchangeCode } from '../../oauth/token.js'
import { claimsOf } from '../../providers/claims.js'
import { keptIssuer } from '../../providers/issuers.js'
import type { OidcProvider } from '../../providers/provider.js'
import type { Attempt } from '../attempt.js'
import { bearerGet } from './api-request.js'
import { describe } from './describe.js'
import { asDiscovered } from './issuer.js'
import { codeQuestion, withSecret } from './oauth2.js'
import { askUserEndpoint, clientOf, issuerOfAnswers } from './oidc-client.js'
import { type Judge, verifyFirst } from './oidc-id-token.js'
import type { Begun, Credential, SlotSend, Told } from './protocol.js'

/** The way to the provider. */
export const beginning =
  ({ provider, issuer }: Judge, random: () => string) =>
  async (redirectUri: string): Promise<Begun> => {
    const { responseMode, maxAge, acrValues } = provider
    const metadata = await issuer.metadata()
    const nonce = provider.nonce === 'echoed' ? random() : undefined
    const remembered = { state: random(), codeVerifier: random(), nonce, ...issuerOfAnswers(provider, metadata) }
    // The standard's own mode goes without saying.
    const details = { maxAge, acrValues, responseMode: responseMode === 'query' ? undefined : responseMode }
    const question = { ...remembered, ...details, redirectUri }
    return { ...remembered, authorizationUrl: buildAuthorizationUrl(clientOf(provider, metadata), question) }
  }

/** The code, then its ID token, and only then the user endpoint. */
export const spending =
  (judge: Judge) =>
  async (send: SlotSend, attempt: Attempt, credential: Credential): Promise<Told> => {
    const { provider, issuer, now } = judge
    const metadata = await issuer.metadata(send.wait)
    const client = withSecret(clientOf(provider, metadata), provider, now)
    const tokens = await exchangeCode(asDiscovered(send, provider), client, codeQuestion(attempt, credential))
    const idToken = await verifyFirst(judge, send, metadata, attempt, tokens)
    const { subject, claims } = idToken
    const user = client.userUrl ? await askUserEndpoint(subject, provider, client, send, tokens) : undefined
    const { profile, groups } = await describe(provider, claimsOf(claims, user), bearerGet(provider, send, tokens))
    return {
      ...{ issuer: keptIssuer(provider, idToken.issuer), tokens, groups },
      profile: { ...profile, name: profile.name ?? postedName(provider, credential.user) },
      ...(provider.readPostedName && { tellsNameOnce: true as const }),
      ...(tokens.idToken !== undefined && { idToken: tokens.idToken }),
      ...(isUsableName(claims.sid) && { sid: claims.sid }),
    }
  }

/** For display, and only where the provider itself tells no name. */
const postedName = ({ readPostedName }: OidcProvider, user: string | undefined): string | null =>
  (user !== undefined && readPostedName?.(user)) || null
