// How the hand-made OpenID provider ends sessions: on the app's wish, and of its own.
import type { ServerResponse } from 'node:http'
import { base64url, type Signer } from '../oauth/signers.js'
import type { Claims, FakeOidc, OidcSession } from './fake-oidc.js'
import { badlySigned } from './fake-oidc-refresh.js'
import type { ReceivedRequest } from './fake-provider.js'

export interface LogoutOverrides {
  /** What comes back as the state: the one that was sent, unless told otherwise. */
  state?: 'other' | 'none'
}

type Known = Pick<FakeOidc, 'issued' | 'postLogoutRedirectUris'>

/** Judges a request to sign out (RP-Initiated Logout 1.0, 2), and sends the person back; tells what is wrong with it. */
export function endSession(
  known: Known,
  { state }: LogoutOverrides = {},
  seen: ReceivedRequest,
  response: ServerResponse,
): string[] {
  const asked = seen.method === 'POST' ? seen.form : seen.query
  const redirectUri = asked.get('post_logout_redirect_uri') ?? ''
  const faults: Record<string, boolean> = {
    'id_token_hint is none that was issued': !known.issued.has(asked.get('id_token_hint')),
    'post_logout_redirect_uri is not registered': !known.postLogoutRedirectUris.includes(redirectUri),
    'a parameter came twice': [...asked.keys()].length !== new Set(asked.keys()).size,
  }
  const found = Object.keys(faults).filter(fault => faults[fault])
  if (found.length > 0) {
    response.writeHead(400).end(found.join('\n'))
    return found
  }
  const back = new URL(redirectUri)
  const sent = asked.get('state')
  if (sent !== null && state !== 'none') back.searchParams.set('state', state === 'other' ? `${sent}1` : sent)
  response.writeHead(303, { Location: back.href }).end()
  return []
}

/** How a logout token differs from a good one, and how it is posted. */
export interface LogoutTokenOverrides {
  claims?: object
  header?: object
  signer?: Signer
  /** Makes it in another way altogether. */
  token?: (claims: Claims) => string | Promise<string>
  /** What is posted in place of `logout_token=...`. */
  body?: (token: string) => string
  type?: string
  method?: string
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** A good logout token, as the conformance suite makes it, or one that differs (Back-Channel Logout 1.0, 2.4). */
export async function makeLogoutToken(
  op: FakeOidc,
  session: OidcSession,
  bend: LogoutTokenOverrides = {},
): Promise<string> {
  const iat = Math.floor(op.now() / 1000)
  const good = {
    ...{ iss: op.issuer, sub: session.sub, aud: session.clientId, jti: crypto.randomUUID(), sid: session.sid },
    ...{ events: { [EVENT]: {} }, iat, exp: iat + 120, ignored_claim: 'of no meaning' },
    ...bend.claims,
  }
  if (bend.token) return bend.token(good)
  return (bend.signer ?? op.keys.rsa).sign(good, { typ: 'logout+jwt', ...bend.header })
}

/** Posts a logout token to an app, as the provider does. */
export async function postLogoutToken(url: string, token: string, bend: LogoutTokenOverrides = {}) {
  const { body = plainBody, type = 'application/x-www-form-urlencoded', method = 'POST' } = bend
  const headers = { 'Content-Type': type }
  const response = await fetch(url, { method, ...(method === 'POST' && { headers, body: body(token) }) })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const plainBody = (token: string) => new URLSearchParams({ logout_token: token }).toString()

export type SentLogoutToken = Awaited<ReturnType<typeof postLogoutToken>>

/** One about the session, made and posted; the newest session where none is named. */
export async function sendLogoutToken(
  op: FakeOidc,
  url: string,
  bend: LogoutTokenOverrides = {},
  session = op.sessions.at(-1),
) {
  if (!session) throw new Error('Nobody has signed in there')
  return postLogoutToken(url, await makeLogoutToken(op, session, bend), bend)
}

const SUITE = 'oidcc-client-test-rp-backchannel-rpinitlogout'

/** Those that an app must take with 200, and must end sessions for. */
export const GOOD_LOGOUT_TOKENS: Readonly<Record<string, LogoutTokenOverrides>> = {
  [SUITE]: {},
  'one with sub alone': { claims: { sid: undefined } },
  'one with sid alone': { claims: { sub: undefined } },
}

/** Those that an app must refuse, with the status. */
export function badLogoutTokens(
  op: FakeOidc,
): Readonly<Record<string, LogoutTokenOverrides & { status: readonly number[] }>> {
  const { keys, issuer } = op
  const { clientId } = op.sessions.at(-1) ?? { clientId: '' }
  const refused: Record<string, LogoutTokenOverrides> = {
    [`${SUITE}-alg-none`]: {
      token: claims => `${base64url({ alg: 'none', typ: 'logout+jwt' })}.${base64url(claims)}.`,
    },
    [`${SUITE}-wrong-alg`]: { signer: keys.ec },
    [`${SUITE}-no-event`]: { claims: { events: undefined } },
    [`${SUITE}-wrong-event`]: { claims: { events: { 'http://schemas.openid.net/event/foobar': {} } } },
    [`${SUITE}-with-nonce`]: { claims: { nonce: 'a nonce' } },
    [`${SUITE}-wrong-aud`]: { claims: { aud: `${clientId}INVALID` } },
    [`${SUITE}-wrong-iss`]: { claims: { iss: `${issuer}INVALID` } },
    'one whose issuer is an object that no text can be made of': { claims: { iss: { toString: 0 } } },
    'one without iat': { claims: { iat: undefined } },
    'one without jti': { claims: { jti: undefined } },
    'one about nobody': { claims: { sub: undefined, sid: undefined } },
    'one that has expired': { claims: { iat: 1_000_000_000, exp: 1_000_000_120 } },
    'one whose event is no object': { claims: { events: { [EVENT]: true } } },
    'one of another type': { header: { typ: 'at+jwt' } },
    'one with a bad signature': { token: badlySigned(keys.rsa) },
    'one of a key nobody published': { header: { kid: 'nobody knows' } },
    'an ID token in its place': { claims: { events: undefined, jti: undefined, nonce: 'n' }, header: { typ: 'JWT' } },
    'a logout_token that comes twice': { body: token => `logout_token=${token}&logout_token=${token}` },
    'no logout_token': { body: () => 'token=none' },
    'a logout_token that is empty': { body: () => 'logout_token=' },
    'a logout_token that is no JWT': { body: () => 'logout_token=e30' },
  }
  return {
    ...mapValues(refused, bend => ({ ...bend, status: [400] })),
    'a JSON body': {
      body: token => JSON.stringify({ logout_token: token }),
      type: 'application/json',
      status: [415, 400],
    },
    'a body of 1 MB': { body: token => `logout_token=${token}&x=${'x'.repeat(1_000_000)}`, status: [413] },
    'a GET': { method: 'GET', status: [405] },
  }
}

const mapValues = <From, To>(of: Record<string, From>, map: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, map(value)]))
