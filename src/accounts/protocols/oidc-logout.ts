import { sha256 } from '../../crypto/digest.js'
import { endSessionUrl } from '../../oauth/end-session.js'
import { inStep, ProtocolError } from '../../oauth/errors.js'
import { readLogoutToken, type VerifiedLogoutToken, verifyLogoutToken } from '../../oauth/logout-token.js'
import { expectedIssuer, storedIssuer } from '../../providers/issuers.js'
import type { OidcProvider } from '../../providers/provider.js'
import { algsOf, type Judge, subjectIn } from './oidc-id-token.js'
import type { EndSessionQuestion, LogoutNotice } from './protocol.js'

/** The way to the end of the provider's own session. */
export const endingSession =
  ({ provider, issuer }: Judge) =>
  async (question: EndSessionQuestion): Promise<string | undefined> => {
    const endpoint = provider.endSessionUrl ?? (await issuer.metadata()).endSessionEndpoint
    return endpoint && endSessionUrl(endpoint, { ...question, clientId: provider.clientId }, provider.endSessionParams)
  }

/**
 * What the provider says of its sessions. No request is sent, and no key is tried, before all but the signature is right.
 * It takes no place among the provider's calls: what it may have to wait for is fetched for everybody.
 */
export const readingLogoutTokens =
  (judge: Judge) =>
  (text: string): Promise<LogoutNotice> =>
    inStep('logout', undefined, () => readNotice(judge, text))

async function readNotice({ provider, issuer, now }: Judge, text: string): Promise<LogoutNotice> {
  const { clientId, audiences, logoutTokenTyp } = provider
  const typeRequired = logoutTokenTyp === 'required'
  const expected = { issuer: expectedIssuer(provider), clientId, audiences, typeRequired, now: now() }
  const unverified = readLogoutToken(text, expected)
  const metadata = await issuer.metadata()
  const algs = algsOf(provider, metadata)
  const token = await issuer.withKeys(metadata, keys => verifyLogoutToken(unverified, keys, algs))
  return {
    issuer: storedIssuer(provider, token.issuer),
    subject: await subjectOf(provider, token),
    sid: token.sid,
    mark: sha256(JSON.stringify([token.issuer, clientId, token.id])),
    expiresAt: token.expiresAt,
  }
}

/** As identities keep it, which is not `sub` with every provider. */
async function subjectOf(provider: OidcProvider, { subject, sid, claims }: VerifiedLogoutToken) {
  if (subject === undefined) return undefined
  const told = await subjectIn(provider, claims)
  if (told !== undefined || sid !== undefined) return told
  throw new ProtocolError('request_malformed', 'The logout token names a person in another way than sign-ins do')
}
