import { sha256 } from '../../crypto/digest.js'
import { endSessionUrl } from '../../oauth/end-session.js'
import { inStep, ProtocolError } from '../../oauth/errors.js'
import { readLogoutToken, type VerifiedLogoutToken, verifyLogoutToken } from '../../oauth/logout-token.js'
import { expectedIssuer, storedIssuer } from '../../providers/issuers.js'
import type { OidcProvider } from '../../providers/provider.js'
import { acceptedAlgs, type OidcContext, subjectFromClaims } from './oidc-id-token.js'
import type { EndSessionRequest, LogoutNotice } from './protocol.js'

/** The way to the end of the provider's own session. */
export const oidcEndSessionUrl =
  ({ provider, issuer }: OidcContext) =>
  async (request: EndSessionRequest): Promise<string | undefined> => {
    const endpoint = provider.endSessionUrl ?? (await issuer.metadata()).endSessionEndpoint
    return endpoint && endSessionUrl(endpoint, { ...request, clientId: provider.clientId }, provider.endSessionParams)
  }

/**
 * What the provider says of its sessions. No request is sent, and no key is tried, before all but the signature is right.
 * It takes no place among the provider's calls: what it may have to wait for is fetched for everybody.
 */
export const readOidcLogoutToken =
  (context: OidcContext) =>
  (text: string): Promise<LogoutNotice> =>
    inStep('logout', undefined, () => verifyNotice(context, text))

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

/** As identities keep it, which is not `sub` with every provider. */
async function subjectOfIdentity(provider: OidcProvider, { subject, sid, claims }: VerifiedLogoutToken) {
  if (subject === undefined) return undefined
  const fromClaims = await subjectFromClaims(provider, claims)
  if (fromClaims !== undefined || sid !== undefined) return fromClaims
  throw new ProtocolError('request_malformed', 'The logout token names a person in another way than sign-ins do')
}
