import type { Middleware } from 'koa'
import type { FaultInjector } from '../fault-injection.js'
import { resetConnection } from '../fault-injection.js'
import { sendJson } from '../responses.js'
import type { RsaKeys } from './signing.js'

/** GET: what this provider can do, and where (OpenID Connect Discovery 1.0, 3, and RFC 8414, 2). */
export const showMetadata = ({ issuer }: { issuer: string }): Middleware => {
  const metadata = JSON.stringify(buildMetadata(issuer))
  return ctx => sendJson(ctx, metadata)
}

interface JwksDeps {
  keys: RsaKeys
  /** Whether this endpoint fails at the moment. */
  outage: { jwksHidden: boolean }
  faultInjector: FaultInjector
}

/** GET: the public keys (RFC 7517, 5). */
export const showJwks =
  ({ keys, outage, faultInjector }: JwksDeps): Middleware =>
  async ctx => {
    const published = JSON.stringify({ keys: await keys.published() })
    const faultResponse = outage.jwksHidden ? resetConnection : undefined
    await faultInjector.inject(ctx, faultResponse, () => sendJson(ctx, published))
  }

const CLIENT_AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'none']

const buildMetadata = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/userinfo`,
  jwks_uri: `${issuer}/jwks`,
  revocation_endpoint: `${issuer}/revoke`,
  end_session_endpoint: `${issuer}/logout`,
  scopes_supported: ['openid', 'profile', 'email', 'groups'],
  response_types_supported: ['code'],
  response_modes_supported: ['query', 'form_post'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  token_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
  revocation_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
  code_challenge_methods_supported: ['S256'],
  claims_supported: [
    'sub',
    'name',
    'preferred_username',
    'email',
    'email_verified',
    'groups',
    'auth_time',
    'acr',
    'sid',
  ],
  authorization_response_iss_parameter_supported: true,
  backchannel_logout_supported: true,
  backchannel_logout_session_supported: true,
  request_uri_parameter_supported: false,
})
