import { buildAuthorizationUrl } from '../../oauth/authorize.js'
import { inStep, ProtocolError } from '../../oauth/errors.js'
import { isIdentifier } from '../../oauth/text.js'
import { exchangeCode } from '../../oauth/token.js'
import type { JsonObject, Params } from '../../oauth/types.js'
import { claimsOf } from '../../providers/claims.js'
import { storedIssuer } from '../../providers/issuers.js'
import type { OidcProvider } from '../../providers/provider.js'
import type { Attempt } from '../attempt.js'
import { bearerGet } from './api-request.js'
import { describeClaims } from './describe.js'
import { asDiscovered } from './issuer.js'
import { codeQuestion, withSecret, withSwitch } from './oauth2.js'
import { askUserEndpoint, clientOf, issuerOfAnswers } from './oidc-client.js'
import { type Judge, subjectIn, verifyFirst } from './oidc-id-token.js'
import type { Begun, Calling, Credential, SlotSend, Told } from './protocol.js'

/** The way to the provider. */
export const beginning =
  ({ provider, issuer }: Judge, random: () => string) =>
  async (redirectUri: string, _: Calling, switchParams?: Params): Promise<Begun> => {
    const { responseMode, maxAge, acrValues } = provider
    const metadata = await issuer.metadata()
    const nonce = provider.nonce === 'echoed' ? random() : undefined
    const remembered = { state: random(), codeVerifier: random(), nonce, ...issuerOfAnswers(provider, metadata) }
    // The standard's own mode goes without saying.
    const details = { maxAge, acrValues, responseMode: responseMode === 'query' ? undefined : responseMode }
    const question = { ...remembered, ...details, redirectUri }
    const client = withSwitch(clientOf(provider, metadata), switchParams)
    return { ...remembered, authorizationUrl: buildAuthorizationUrl(client, question) }
  }

/** The code, then its ID token, and only then the user endpoint. */
export const spending =
  (judge: Judge) =>
  async (send: SlotSend, attempt: Attempt, credential: Credential): Promise<Told> => {
    const { provider, issuer, now } = judge
    const metadata = await issuer.metadata(send.wait)
    const client = withSecret(clientOf(provider, metadata), provider, now)
    const tokens = await exchangeCode(asDiscovered(send, provider, metadata), client, codeQuestion(attempt, credential))
    const idToken = await verifyFirst(judge, send, metadata, attempt, tokens)
    const { subject, claims } = idToken
    const asking = client.userUrl ? askUserEndpoint(subject, provider, client, send, tokens) : undefined
    const user = await asking?.catch(async error => {
      throw await withUserUrlHint(error, provider, claims)
    })
    const person = await inStep('userinfo', client.userUrl || undefined, () =>
      describeClaims(provider, claimsOf(claims, user), bearerGet(provider, send, tokens)),
    )
    return {
      ...{ ...person, issuer: storedIssuer(provider, idToken.issuer), tokens },
      profile: { ...person.profile, name: person.profile.name ?? postedName(provider, credential.user) },
      ...(tokens.idToken !== undefined && { idToken: tokens.idToken }),
      ...(isIdentifier(claims.sid) && { sid: claims.sid }),
    }
  }

/** A user endpoint that refuses the token of this very sign-in refuses every one; most often it is for another API. */
async function withUserUrlHint(error: unknown, provider: OidcProvider, claims: JsonObject): Promise<unknown> {
  if (!(error instanceof ProtocolError) || (error.status !== 401 && error.status !== 403)) return error
  // Where the ID token alone does not say who it is, that setting would not help.
  if ((await subjectIn(provider, claims)) === undefined) return error
  const message = `${error.message}; with <NAME>_USER_URL=none the ID token alone says who it is`
  return new ProtocolError(error.code, message, { ...error.details, hint: 'id_token_suffices' })
}

/** For display, and only where the provider itself tells no name. */
const postedName = ({ readPostedName }: OidcProvider, user: string | undefined): string | null =>
  (user !== undefined && readPostedName?.(user)) || null
