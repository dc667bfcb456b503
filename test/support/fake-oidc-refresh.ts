// The refresh grant of the hand-made OpenID provider: what is wrong with requests, and ways to answer them badly.
import { base64url, type Signer } from '../oauth/signers.js'
import type { Claims, FakeOidc, OidcSession } from './fake-oidc.js'
import { problemsOfClientAuth } from './fake-oidc-checks.js'
import type { ReceivedRequest } from './fake-provider.js'

/** How answers to a refresh differ from good ones; a member that is undefined is left out of them. */
export interface RefreshOverrides {
  /** The refresh token stays good, and the answer has none. */
  reuses?: true
  /** Of the ID token that comes with it. */
  claims?: object
  header?: object
  signer?: Signer
  idToken?: (claims: Claims) => unknown
  token?: object
}

export function problemsOfRefresh(seen: ReceivedRequest, session: OidcSession | undefined): string[] {
  const granted = session?.params.get('scope')?.split(' ') ?? []
  const asked = seen.form.get('scope')?.split(' ') ?? []
  const faults: Record<string, boolean> = {
    'the refresh token was never given, or is spent': !session,
    'the refresh asks for more than was granted': !asked.every(scope => granted.includes(scope)),
    'the refresh carries a redirect_uri or a code': seen.form.has('redirect_uri') || seen.form.has('code'),
  }
  return [...Object.keys(faults).filter(fault => faults[fault]), ...problemsOfClientAuth(seen, session?.clientId ?? '')]
}

/** Refreshes that must come to nothing, by the conformance suite's name of each or in our own words. */
export function badRefreshes({ issuer, keys }: FakeOidc, sub: string): Readonly<Record<string, RefreshOverrides>> {
  return {
    'oidcc-client-test-refresh-token-invalid-issuer': { claims: { iss: `${issuer}1` } },
    'oidcc-client-test-refresh-token-invalid-sub': { claims: { sub: `${sub}1` } },
    'a refreshed ID token of nobody': { claims: { sub: undefined } },
    'a refreshed ID token for another audience': { claims: { aud: 'somebody else' } },
    'a refreshed ID token that has expired': { claims: { exp: 1_000_000_000 } },
    'a refreshed ID token without iat': { claims: { iat: undefined } },
    'a refreshed ID token with a bad signature': { idToken: badlySigned(keys.rsa) },
    'a refreshed ID token of alg none': { idToken: unsigned },
    'a refreshed ID token of another key': { signer: keys.ec },
    'a refreshed ID token that is none': { token: { id_token: 'e30' } },
    'a refreshed ID token that is no text': { token: { id_token: { iss: issuer } } },
  }
}

/** Refreshes that are right, although they differ from the first answer. */
export const GOOD_REFRESHES: Readonly<Record<string, RefreshOverrides>> = {
  'oidcc-client-test-refresh-token': {},
  'a refresh without an ID token': { token: { id_token: undefined } },
  'a refresh without a new refresh token': { reuses: true },
  'a refresh without expires_in': { token: { expires_in: undefined } },
}

/** Each byte of the signature changed, as the suite does. */
export const badlySigned =
  ({ alg, kid, signRaw }: Signer) =>
  (claims: Claims): string => {
    const [header, payload, signature = ''] = signRaw({ alg, kid, typ: 'JWT' }, claims).split('.')
    const bad = Buffer.from(Buffer.from(signature, 'base64url').map(byte => byte ^ 0x5a))
    return `${header}.${payload}.${bad.toString('base64url')}`
  }

export const unsigned = (claims: Claims): string => `${base64url({ alg: 'none' })}.${base64url(claims)}.`
