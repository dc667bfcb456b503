import { isSignatureAlg, type SignatureAlg } from '../../crypto/signature.js'
import type { Metadata } from '../../oauth/discovery.js'
import { inStep, ProtocolError } from '../../oauth/errors.js'
import { ANY_NONCE, type ExpectedIdToken, type VerifiedIdToken, verifyIdToken } from '../../oauth/id-token.js'
import { readJwt } from '../../oauth/jwt.js'
import type { JsonObject, TokenSet } from '../../oauth/types.js'
import { expectedIssuer } from '../../providers/issuers.js'
import type { OidcProvider } from '../../providers/provider.js'
import type { Attempt } from '../sign-in/attempt.js'
import type { IssuerMetadata } from './discovery.js'
import type { SlotSend } from './protocol.js'

/** What is known of an OpenID provider, and its clock. */
export interface OidcContext {
  provider: OidcProvider
  issuer: IssuerMetadata
  now(): number
}

/** That of a sign-in, before anybody else is asked: a refused ID token stops everything. */
export async function verifySignInIdToken(
  context: OidcContext,
  { wait }: SlotSend,
  metadata: Metadata,
  attempt: Attempt,
  { idToken, accessToken }: TokenSet,
): Promise<VerifiedIdToken> {
  if (idToken === undefined) {
    const details = { step: 'id_token', hint: 'id_token_missing' } as const
    throw new ProtocolError('id_token_invalid', 'The token response has no id_token', details)
  }
  const { provider } = context
  const nonce = comesWithoutNonce(provider, idToken) ? undefined : attempt.nonce
  return verify(context, metadata, idToken, { accessToken, nonce, maxAge: provider.maxAge }, wait)
}

/**
 * That of a refresh (OpenID Connect Core, 12.2): judged like the first one, but for its nonce, if it has any, and for the
 * time of the sign-in, which is as long ago as that.
 */
export const verifyRefreshedIdToken = (
  context: OidcContext,
  { wait }: SlotSend,
  metadata: Metadata,
  idToken: string,
  accessToken: string,
): Promise<VerifiedIdToken> => verify(context, metadata, idToken, { accessToken, nonce: ANY_NONCE }, wait)

function verify(
  { provider, issuer, now }: OidcContext,
  metadata: Metadata,
  idToken: string,
  checks: Pick<ExpectedIdToken, 'accessToken' | 'nonce' | 'maxAge'>,
  wait: SlotSend['wait'],
): Promise<VerifiedIdToken> {
  const expected: ExpectedIdToken = {
    ...{ issuer: expectedIssuer(provider), clientId: provider.clientId, algs: acceptedAlgs(provider, metadata) },
    ...{ audiences: provider.audiences, acrValues: provider.acrValues, now: now() },
    ...checks,
  }
  return inStep('id_token', undefined, () =>
    issuer.withJwks(metadata, keys => verifyIdToken(idToken, keys, expected), wait),
  )
}

/** The algorithms that are taken of a provider: those of the settings, or those of its metadata. */
export const acceptedAlgs = ({ idTokenAlgs }: OidcProvider, metadata: Metadata): readonly SignatureAlg[] =>
  (idTokenAlgs ?? metadata.idTokenAlgs).filter(isSignatureAlg)

/** Whether a token may come without the nonce because it says itself, signed, that it has none. */
function comesWithoutNonce({ mayOmitNonce }: OidcProvider, idToken: string): boolean {
  return mayOmitNonce?.(readJwt(idToken).claims) ?? false
}

/** Whom claims are about, as identities keep it; undefined where the claims alone do not tell. */
export async function subjectFromClaims(provider: OidcProvider, claims: JsonObject): Promise<string | undefined> {
  try {
    return (await provider.readProfile(claims, noApi)).subject
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

export async function noApi(): Promise<never> {
  throw new ProtocolError('provider_error', 'Nobody is asked')
}
