import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { createRemoteJWKSet, decodeJwt, type JWTPayload, jwtVerify } from 'jose'
import type { DevProviderOptions } from '../../../src/dev-provider/app.js'
import type { Client } from '../../../src/dev-provider/clients.js'
import { APP, basic, CHALLENGE, type Changes, encode, hiddenFields, openProvider, VERIFIER } from '../setup.js'

export const OIDC_CALLBACK = `${APP}/oauth/dev-oidc/callback`
export const SIGNED_OUT = `${APP}/signed-out`

const REGISTERED = {
  protocol: 'oidc',
  loginUrl: `${APP}/login/dev-oidc`,
  redirectUris: [OIDC_CALLBACK],
  postLogoutRedirectUris: [SIGNED_OUT],
} as const
export const RP = {
  ...REGISTERED,
  clientId: 'vestibule',
  clientSecret: 'p:ss+w%rd & more',
  name: 'Vestibule',
} satisfies Client
export const PUBLIC_RP = {
  ...REGISTERED,
  clientId: 'public',
  clientSecret: undefined,
  name: 'Public',
} satisfies Client

/** A right authentication request of the client with a secret. */
export const OIDC_REQUEST = {
  client_id: RP.clientId,
  redirect_uri: OIDC_CALLBACK,
  response_type: 'code',
  state: 'state-of-the-test',
  scope: 'openid profile email',
  nonce: 'nonce-of-the-test',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
}

export type JsonBody = Record<string, unknown>

const AUTHENTICATED = { authorization: basic(RP.clientId, RP.clientSecret) }

/** The OpenID Connect server, and the least client that can talk to it. */
export async function setUpOidc(t: TestContext, options: Partial<DevProviderOptions> = {}) {
  const provider = await openProvider(t, { clients: [RP, PUBLIC_RP], ...options })
  const { base, clock, open, post } = provider
  const issuer = `${base}/oidc`
  const authorize = (changes: Changes = {}) => open(`/oidc/authorize?${encode({ ...OIDC_REQUEST, ...changes })}`)

  /** Opens the page and sends its form as it stands, with the choice and other changes. */
  const choose = async (choice: Changes, changes: Changes = {}) => {
    const page = await authorize(changes)
    const html = await page.text()
    assert.equal(page.status, 200, html)
    return post('/oidc/authorize', { ...hiddenFields(html), ...choice })
  }
  const codeFor = async (choice: Changes, changes: Changes = {}) => {
    const response = await choose(choice, changes)
    return new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''
  }
  const ask = async (fields: Changes, headers: Record<string, string> = AUTHENTICATED) => {
    const response = await post('/oidc/token', fields, { accept: 'application/json', ...headers })
    return { status: response.status, headers: response.headers, body: (await response.json()) as JsonBody }
  }
  const redeem = (code: string, changes: Changes = {}, headers?: Record<string, string>) =>
    ask({ ...codeRequest(code), ...changes }, headers)
  const refresh = (refresh_token: unknown, changes: Changes = {}) =>
    ask({ grant_type: 'refresh_token', refresh_token: String(refresh_token), ...changes })
  /** Everything that a sign-in brings. */
  const signIn = async (choice: Changes = { person: 'ada' }, changes: Changes = {}) => {
    const { status, body } = await redeem(await codeFor(choice, changes))
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }
  /** The claims, if a certified library finds nothing wrong with the token. */
  const verify = async (idToken: unknown): Promise<JWTPayload> => {
    const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))
    const { payload } = await jwtVerify(String(idToken), keys, {
      ...{ issuer, audience: RP.clientId, algorithms: ['RS256'] },
      ...{ requiredClaims: ['sub', 'exp', 'iat', 'nonce'], maxTokenAge: '1 day', currentDate: new Date(clock.now) },
    })
    assert.equal(payload.nonce, OIDC_REQUEST.nonce)
    return payload
  }
  const userinfo = async (token: unknown) => open('/oidc/userinfo', { headers: { authorization: `Bearer ${token}` } })
  const json = async (path: string) => (await (await open(path)).json()) as JsonBody

  return { ...provider, issuer, authorize, choose, codeFor, ask, redeem, refresh, signIn, verify, userinfo, json }
}

export const codeRequest = (code: string): Changes => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: OIDC_CALLBACK,
  code_verifier: VERIFIER,
})

export const claimsOf = (idToken: unknown): JWTPayload => decodeJwt(String(idToken))
