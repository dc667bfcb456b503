import { sha256 } from '../../crypto/digest.js'
import { type EndSessionRequest, endSessionUrl } from '../../oauth/end-session.js'
import { inStep, ProtocolError } from '../../oauth/errors.js'
import { readLogoutToken, type VerifiedLogoutToken, verifyLogoutToken } from '../../oauth/logout-token.js'
import type { OidcProvider } from '../../providers/provider.js'
import { acceptedAlgs, expectedIssuer, type OidcContext, storedIssuer, subjectFromClaims } from './oidc-id-token.js'
import type { LogoutNotice } from './protocol.js'

/** The URL that ends the provider's own session (RP-Initiated Logout); undefined where no endpoint is known. */
export async function oidcEndSessionUrl(
  { provider, issuer }: OidcContext,
  request: Omit<EndSessionRequest, 'clientId'>,
): Promise<string | undefined> {
  const { clientId, endSessionParams } = provider
  const endpoint = provider.endSessionUrl ?? (await issuer.metadata()).endSessionEndpoint
  return endpoint && endSessionUrl(endpoint, { ...request, clientId }, endSessionParams)
}

/**
 * Verifies a logout token (Back-Channel Logout). No request is sent and no key is tried before all but the signature
 * has been checked. It takes no slot among the provider's calls: what it may wait for is fetched once for all callers.
 */
export const readOidcLogoutToken = (context: OidcContext, token: string): Promise<LogoutNotice> =>
  inStep('logout', undefined, () => verifyNotice(context, token))

async function verifyNotice({ provider, issuer, now }: OidcContext, text: string): Promise<LogoutNotice> {
  const { clientId, audiences, logoutTokenTyp } = provider
  const typeRequired = logoutTokenTyp === 'required'
  const expected = { issuer: expectedIssuer(provider), clientId, audiences, typeRequired, now: now() }
  const unverified = readLogoutToken(text, expected)
  const metadata = await issuer.metadata()
  const algs = acceptedAlgs(provider, metadata)
  const token = await issuer.withJwks(metadata, keys => verifyLogoutToken(unverified, keys, algs))
  return {
    issuer: storedIssuer(provider, token.issuer),
    subject: await subjectOfIdentity(provider, token),
    sid: token.sid,
    tokenHash: sha256(JSON.stringify([token.issuer, clientId, token.id])),
    expiresAt: token.expiresAt,
  }
}

/** The subject as it is stored with identities, which is not `sub` with every provider. */
async function subjectOfIdentity(provider: OidcProvider, { subject, sid, claims }: VerifiedLogoutToken) {
  if (subject === undefined) return undefined
  const fromClaims = await subjectFromClaims(provider, claims)
  if (fromClaims !== undefined || sid !== undefined) return fromClaims
  throw new ProtocolError('request_malformed', 'The logout token names a person in another way than sign-ins do')
}
