import { isSignatureAlg, type SignatureAlg } from '../../crypto/signature.js'
import type { Metadata } from '../../oauth/discovery.js'
import { inStep, ProtocolError } from '../../oauth/errors.js'
import { ANY_NONCE, type ExpectedIdToken, type VerifiedIdToken, verifyIdToken } from '../../oauth/id-token.js'
import { readJwt } from '../../oauth/jwt.js'
import type { JsonObject, TokenSet } from '../../oauth/types.js'
import type { OidcProvider } from '../../providers/provider.js'
import type { IssuerMetadata } from './discovery.js'
import type { Wait } from './protocol.js'

/** What the functions of OpenID Connect work with: one provider, its metadata, a clock and randomness. */
export interface OidcContext {
  provider: OidcProvider
  issuer: IssuerMetadata
  now(): number
  random(): string
}

/** Verifies the ID token of a sign-in before any other request: an invalid one stops the sign-in. */
export async function verifySignInIdToken(
  context: OidcContext,
  metadata: Metadata,
  { idToken, accessToken }: TokenSet,
  sentNonce: string | undefined,
  wait: Wait | undefined,
): Promise<VerifiedIdToken> {
  if (idToken === undefined) {
    const details = { step: 'id_token', hint: 'id_token_missing' } as const
    throw new ProtocolError('id_token_invalid', 'The token response has no id_token', details)
  }
  const { provider } = context
  const nonce = saysNoNonce(provider, idToken) ? undefined : sentNonce
  return verify(context, metadata, idToken, { accessToken, nonce, maxAge: provider.maxAge }, wait)
}

/** Whether the token may come without the nonce, because it says itself, signed, that it has none. */
const saysNoNonce = ({ mayOmitNonce }: OidcProvider, idToken: string): boolean =>
  mayOmitNonce?.(readJwt(idToken).claims) ?? false

/**
 * Verifies the ID token of a refresh (OpenID Connect Core, 12.2) like the one of the sign-in, except for its nonce, if
 * it has one, and for the time of the sign-in, which may be long ago.
 */
export const verifyRefreshedIdToken = (
  context: OidcContext,
  metadata: Metadata,
  { idToken, accessToken }: { idToken: string; accessToken: string },
  wait: Wait | undefined,
): Promise<VerifiedIdToken> => verify(context, metadata, idToken, { accessToken, nonce: ANY_NONCE }, wait)

function verify(
  { provider, issuer, now }: OidcContext,
  metadata: Metadata,
  idToken: string,
  checks: Pick<ExpectedIdToken, 'accessToken' | 'nonce' | 'maxAge'>,
  wait: Wait | undefined,
): Promise<VerifiedIdToken> {
  const expected: ExpectedIdToken = {
    issuer: expectedIssuer(provider),
    clientId: provider.clientId,
    algs: acceptedAlgs(provider, metadata),
    audiences: provider.audiences,
    acrValues: provider.acrValues,
    now: now(),
    ...checks,
  }
  return inStep('id_token', undefined, () =>
    issuer.withJwks(metadata, keys => verifyIdToken(idToken, keys, expected), wait),
  )
}

/** The algorithms that are accepted from a provider: those of the settings, or else those of its metadata. */
export const acceptedAlgs = ({ idTokenAlgs }: OidcProvider, metadata: Metadata): readonly SignatureAlg[] =>
  (idTokenAlgs ?? metadata.idTokenAlgs).filter(isSignatureAlg)

/** The issuer that a callback must name; where the issuer has a tenant in it, it is not known before the ID token. */
export const expectedCallbackIssuer = ({ issuer, issuerOf }: OidcProvider, { authorizationResponseIss }: Metadata) => ({
  ...(!issuerOf && { issuer }),
  ...(authorizationResponseIss && { issuerRequired: true as const }),
})

/** The issuer that an ID token with these claims must have; undefined where no issuer is accepted. */
export const expectedIssuer =
  ({ issuer, issuerAlias, issuerOf }: OidcProvider) =>
  (claims: JsonObject): string | undefined => {
    if (issuerOf) return issuerOf(claims)
    return issuerAlias !== undefined && claims.iss === issuerAlias ? issuerAlias : issuer
  }

/** A verified issuer as it is stored: one user is one identity, whichever of its two names the provider used. */
export const storedIssuer = (provider: OidcProvider, verified: string): string =>
  verified === provider.issuerAlias ? provider.issuer : verified

/** The subject of claims as it is stored with identities; undefined where the claims alone do not say it. */
export async function subjectFromClaims(provider: OidcProvider, claims: JsonObject): Promise<string | undefined> {
  try {
    return (await provider.readProfile(claims, noApi)).subject
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

/** An API for where no request may be sent. */
export async function noApi(): Promise<never> {
  throw new ProtocolError('provider_error', 'No request is sent')
}
