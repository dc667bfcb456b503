import { buildAuthorizationUrl } from '../../oauth/authorize.js'
import { inStep, ProtocolError } from '../../oauth/errors.js'
import { isIdentifier } from '../../oauth/text.js'
import { exchangeCode } from '../../oauth/token.js'
import type { JsonObject, Params } from '../../oauth/types.js'
import { combineClaims } from '../../providers/claims.js'
import { storedIssuer } from '../../providers/issuers.js'
import type { OidcProvider } from '../../providers/provider.js'
import type { Attempt } from '../sign-in/attempt.js'
import { bearerGet } from './api-request.js'
import { sendAsDiscovered } from './discovery.js'
import { codeParams, withClientSecret, withSwitchParams } from './oauth2.js'
import { expectedCallbackIssuer, fetchUserinfo, resolveClient } from './oidc-client.js'
import { type OidcContext, subjectFromClaims, verifySignInIdToken } from './oidc-id-token.js'
import type { AuthorizationResponse, AuthorizationStart, ExternalIdentity, SlotSend, WithSend } from './protocol.js'
import { readUserInfoFromClaims } from './user-info.js'

/** The way to the provider. */
export const startOidcAuthorization =
  ({ provider, issuer }: OidcContext, random: () => string) =>
  async (redirectUri: string, _: WithSend, switchParams?: Params): Promise<AuthorizationStart> => {
    const { responseMode, maxAge, acrValues } = provider
    const metadata = await issuer.metadata()
    const nonce = provider.nonce === 'echoed' ? random() : undefined
    const attemptParams = {
      state: random(),
      codeVerifier: random(),
      nonce,
      ...expectedCallbackIssuer(provider, metadata),
    }
    // The standard's own mode goes without saying.
    const details = { maxAge, acrValues, responseMode: responseMode === 'query' ? undefined : responseMode }
    const params = { ...attemptParams, ...details, redirectUri }
    const client = withSwitchParams(resolveClient(provider, metadata), switchParams)
    return { ...attemptParams, authorizationUrl: buildAuthorizationUrl(client, params) }
  }

/** The code, then its ID token, and only then the user endpoint. */
export const exchangeOidcCode =
  (context: OidcContext) =>
  async (send: SlotSend, attempt: Attempt, credential: AuthorizationResponse): Promise<ExternalIdentity> => {
    const { provider, issuer, now } = context
    const metadata = await issuer.metadata(send.wait)
    const client = withClientSecret(resolveClient(provider, metadata), provider, now)
    const tokens = await exchangeCode(
      sendAsDiscovered(send, provider, metadata),
      client,
      codeParams(attempt, credential),
    )
    const idToken = await verifySignInIdToken(context, send, metadata, attempt, tokens)
    const { subject, claims } = idToken
    const userinfo = client.userUrl ? fetchUserinfo(subject, provider, client, send, tokens) : undefined
    const user = await userinfo?.catch(async error => {
      throw await withUserUrlHint(error, provider, claims)
    })
    const userInfo = await inStep('userinfo', client.userUrl || undefined, () =>
      readUserInfoFromClaims(provider, combineClaims(claims, user), bearerGet(provider, send, tokens)),
    )
    return {
      ...{ ...userInfo, issuer: storedIssuer(provider, idToken.issuer), tokens },
      profile: { ...userInfo.profile, name: userInfo.profile.name ?? postedName(provider, credential.user) },
      ...(tokens.idToken !== undefined && { idToken: tokens.idToken }),
      ...(isIdentifier(claims.sid) && { sid: claims.sid }),
    }
  }

/** A user endpoint that refuses the token of this very sign-in refuses every one; most often it is for another API. */
async function withUserUrlHint(error: unknown, provider: OidcProvider, claims: JsonObject): Promise<unknown> {
  if (!(error instanceof ProtocolError) || (error.status !== 401 && error.status !== 403)) return error
  // Where the ID token alone does not say who it is, that setting would not help.
  if ((await subjectFromClaims(provider, claims)) === undefined) return error
  const message = `${error.message}; with <NAME>_USER_URL=none the ID token alone says who it is`
  return new ProtocolError(error.code, message, { ...error.details, hint: 'id_token_suffices' })
}

/** For display, and only where the provider itself tells no name. */
const postedName = ({ readPostedName }: OidcProvider, user: string | undefined): string | null =>
  (user !== undefined && readPostedName?.(user)) || null
