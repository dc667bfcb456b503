import { isSignatureAlg } from '../../crypto/signature.js'
import { buildAuthorizationUrl, readCallback, readState } from '../../oauth/authorize.js'
import type { Metadata } from '../../oauth/discovery.js'
import { ProtocolError } from '../../oauth/errors.js'
import { type ExpectedIdToken, type VerifiedIdToken, verifyIdToken } from '../../oauth/id-token.js'
import { readJwt } from '../../oauth/jwt.js'
import { exchangeCode } from '../../oauth/token.js'
import type { Json, JsonObject, OAuthClient, Send, TokenSet } from '../../oauth/types.js'
import { readUserAnswer, readUserinfo, userRequest } from '../../oauth/userinfo.js'
import { claimsOf } from '../../providers/claims.js'
import { expectedIssuer, keptIssuer } from '../../providers/issuers.js'
import type { OidcProvider, Profile } from '../../providers/provider.js'
import type { Attempt } from '../attempt.js'
import { asDiscovered, createIssuer, type Issuer } from './issuer.js'
import { bearerGet, codeQuestion, withSecret } from './oauth2.js'
import type { Clock, Protocol, Tokens } from './protocol.js'

/** OpenID Connect: the person is whoever the ID token says, and the user endpoint may only add to that. */
export function speakOidc(provider: OidcProvider, { now, random }: Clock): Protocol {
  const { name, label, callbackPath, scope, responseMode, maxAge, acrValues } = provider
  const issuer = createIssuer(provider, now)
  const judge = { provider, issuer, now }

  return {
    ...{ name, label, callbackPath, scope },
    startsAtOnce: false,
    readHandle: readState,
    readRepositories: async (send, tokens) => provider.readRepositories?.(bearerGet(provider, send, tokens)),

    async begin(redirectUri, calling) {
      const metadata = await calling(issuer.metadata)
      const nonce = provider.nonce === 'echoed' ? random() : undefined
      const remembered = { state: random(), codeVerifier: random(), nonce, ...issuerOfAnswers(provider, metadata) }
      // The standard's own mode goes without saying.
      const details = { maxAge, acrValues, responseMode: responseMode === 'query' ? undefined : responseMode }
      const question = { ...remembered, ...details, redirectUri }
      return { ...remembered, authorizationUrl: buildAuthorizationUrl(clientOf(provider, metadata), question) }
    },

    readAnswer: (answer, attempt) => ({
      ...readCallback(answer, attempt, provider.denials),
      user: answer.get('user') ?? undefined,
    }),

    async spend(send, attempt, credential) {
      const metadata = await issuer.metadata(send)
      const client = withSecret(clientOf(provider, metadata), provider, now)
      const tokens = await exchangeCode(asDiscovered(send, provider), client, codeQuestion(attempt, credential))
      const idToken = await verify(judge, send, metadata, attempt, tokens)
      const user = client.userUrl ? await askFor(idToken.subject, provider, client, send, tokens) : undefined
      const profile = await provider.readProfile(claimsOf(idToken.claims, user), bearerGet(provider, send, tokens))
      const named = { ...profile, name: profile.name ?? postedName(provider, credential.user) }
      const onceNamed = provider.readPostedName && { tellsNameOnce: true as const }
      return { issuer: keptIssuer(provider, idToken.issuer), tokens, profile: named, ...onceNamed }
    },

    async readPerson(send, tokens, before): Promise<Profile | undefined> {
      const client = clientOf(provider, await issuer.metadata(send))
      if (!client.userUrl) return undefined
      const user = await askFor(before.sub, provider, client, send, tokens)
      return provider.readProfile(claimsOf(user, before), bearerGet(provider, send, tokens))
    },
  }
}

interface Judge {
  provider: OidcProvider
  issuer: Issuer
  now(): number
}

/** Before anybody else is asked: a refused ID token stops everything. */
async function verify(
  { provider, issuer, now }: Judge,
  send: Send,
  metadata: Metadata,
  attempt: Attempt,
  { idToken, accessToken }: TokenSet,
): Promise<VerifiedIdToken> {
  if (idToken === undefined) throw new ProtocolError('id_token_invalid', 'The token answer has no ID token')
  const expected: ExpectedIdToken = {
    issuer: expectedIssuer(provider),
    clientId: provider.clientId,
    algs: (provider.idTokenAlgs ?? metadata.idTokenAlgs).filter(isSignatureAlg),
    nonce: isSpared(provider, idToken) ? undefined : attempt.nonce,
    ...{ accessToken, maxAge: provider.maxAge, acrValues: provider.acrValues },
    now: now(),
  }
  return issuer.withKeys(send, metadata, keys => verifyIdToken(idToken, keys, expected))
}

/** What the user endpoint says of a subject; where none is known, of whomever the token belongs to. */
async function askFor(
  subject: Json | undefined,
  provider: OidcProvider,
  { userUrl }: OAuthClient,
  send: Send,
  { accessToken }: Tokens,
): Promise<JsonObject> {
  const answer = await asDiscovered(send, provider)(userRequest(userUrl, accessToken, provider))
  return typeof subject === 'string' ? readUserinfo(answer, subject, provider.refuseUserAnswer) : readUserAnswer(answer)
}

/** What is not given by hand, the provider's metadata tell. */
function clientOf(provider: OidcProvider, metadata: Metadata): OAuthClient {
  return {
    ...provider,
    issuer: metadata.issuer,
    authorizeUrl: provider.authorizeUrl ?? metadata.authorizationEndpoint,
    tokenUrl: provider.tokenUrl ?? metadata.tokenEndpoint,
    userUrl: provider.userUrl === null ? '' : (provider.userUrl ?? metadata.userinfoEndpoint ?? ''),
    tokenEndpointAuthMethod: authMethodOf(provider, metadata),
  }
}

/** Both carry the same secret; a provider that takes one of them only says so. What is given by hand wins. */
function authMethodOf(provider: OidcProvider, { tokenEndpointAuthMethods: taken }: Metadata) {
  const { tokenEndpointAuthMethod: own, authMethodGiven } = provider
  if (
    !authMethodGiven &&
    own === 'client_secret_basic' &&
    !taken.includes(own) &&
    taken.includes('client_secret_post')
  ) {
    return 'client_secret_post'
  }
  return own
}

/** What its callbacks say of the issuer; of one with a tenant in it nobody knows before the ID token. */
const issuerOfAnswers = ({ issuer, issuerOf }: OidcProvider, { authorizationResponseIss }: Metadata) => ({
  ...(!issuerOf && { issuer }),
  ...(authorizationResponseIss && { issuerRequired: true as const }),
})

/** Whether a token may come without the nonce because it says itself, signed, that it has none. */
function isSpared({ sparesNonce }: OidcProvider, idToken: string): boolean {
  return sparesNonce?.(readJwt(idToken).claims) ?? false
}

/** For display, and only where the provider itself tells no name. */
const postedName = ({ readPostedName }: OidcProvider, user: string | undefined): string | null =>
  (user !== undefined && readPostedName?.(user)) || null
