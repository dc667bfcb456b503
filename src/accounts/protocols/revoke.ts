import { ProtocolError } from '../../oauth/errors.js'
import { type RevocationParams, type RevokingClient, revokeToken } from '../../oauth/revocation.js'
import type { Send } from '../../oauth/types.js'
import type { RevocableTokens } from './protocol.js'

/** Gives both tokens back, the one that lives longer first; the failure of one keeps nobody from trying the other. */
export async function revokeAll(
  send: Send,
  client: RevokingClient,
  { accessToken, refreshToken }: RevocableTokens,
): Promise<void> {
  const requests: RevocationParams[] = [{ token: accessToken, hint: 'access_token' }]
  if (refreshToken !== undefined) requests.unshift({ token: refreshToken, hint: 'refresh_token' })
  const failures: unknown[] = []
  let refreshTokenIsGone = false
  for (const request of requests) {
    try {
      await revokeToken(send, client, request)
      refreshTokenIsGone ||= request.hint === 'refresh_token'
    } catch (error) {
      if (!isNotForThisKind(error) && !(refreshTokenIsGone && isRefused(error))) failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

/** With the refresh token the access tokens of its grant go too (RFC 7009, 2.1); some servers do not know them then. */
const isRefused = (error: unknown): boolean => error instanceof ProtocolError && error.status === 400

/** Access tokens that nobody looks up cannot be taken back: they end by themselves (RFC 7009, 2.2.1). */
const isNotForThisKind = (error: unknown): boolean =>
  error instanceof ProtocolError && error.oauthError === 'unsupported_token_type'
