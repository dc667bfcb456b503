// The hand-made OpenID provider of later tests: that what it gives is what they believe it gives.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import { CHALLENGE, VERIFIER } from '../dev-provider/setup.js'
import { ADA_AT_OP, DISCOVERY, type FakeOidc, startFakeOidc } from './fake-oidc.js'
import { badLogoutTokens, GOOD_LOGOUT_TOKENS, makeLogoutToken, sendLogoutToken } from './fake-oidc-logout.js'
import { badRefreshes, GOOD_REFRESHES } from './fake-oidc-refresh.js'

type JsonObject = Record<string, unknown>

let op: FakeOidc
before(async () => {
  op = await startFakeOidc()
})
after(() => op.stop())
beforeEach(() => op.reset())

const BACK = 'http://localhost:1/back'
const read = async <Body = JsonObject>(path: string, init: RequestInit = {}): Promise<Body> =>
  (await (await fetch(op.origin + path, init)).json()) as Body

const authorization = `Basic ${Buffer.from('client-at-op:secret-at-op').toString('base64')}`
const askTokens = (form: Record<string, string>) =>
  read('/token', { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) })

async function signIn(): Promise<JsonObject> {
  const asked = { client_id: 'client-at-op', response_type: 'code', scope: 'openid', redirect_uri: BACK, nonce: 'n' }
  const query = new URLSearchParams({ ...asked, state: 's', code_challenge: CHALLENGE, code_challenge_method: 'S256' })
  const response = await fetch(`${op.origin}/authorize?${query}`, { redirect: 'manual' })
  const code = new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''
  return askTokens({ grant_type: 'authorization_code', code, redirect_uri: BACK, code_verifier: VERIFIER })
}

const refresh = (token: unknown) => askTokens({ grant_type: 'refresh_token', refresh_token: String(token) })

/** The claims, if a certified library takes the token for one of this provider's. */
async function verify(token: unknown, audience = 'client-at-op') {
  const keys = createLocalJWKSet(await read<JSONWebKeySet>('/jwks'))
  const options = { issuer: op.issuer, audience, algorithms: ['RS256'], requiredClaims: ['iat', 'exp', 'sub'] }
  return (await jwtVerify(String(token), keys, options)).payload
}

test('a refresh at the hand-made provider is not to be had unless it is told to', async () => {
  assert.equal((await signIn()).refresh_token, undefined)
  assert.deepEqual(op.problems, [])
})

for (const [name, bend] of Object.entries(GOOD_REFRESHES)) {
  test(`a refresh at the hand-made provider is right: ${name}`, async () => {
    op.override({ refresh: bend })
    const first = await signIn()
    const again = await refresh(first.refresh_token)
    assert.deepEqual(op.problems, [])
    assert.ok(again.access_token && again.access_token !== first.access_token)
    assert.equal(again.refresh_token === undefined, bend.reuses === true)
    if (again.id_token === undefined) return
    const claims = await verify(again.id_token)
    assert.deepEqual([claims.sub, claims.nonce], [ADA_AT_OP.sub, undefined])
  })
}

test('a refresh at the hand-made provider rotates: a spent one is refused and complained of, one that is kept is not', async () => {
  op.override({ refresh: {} })
  const { refresh_token: token } = await signIn()
  await refresh(token)
  assert.equal((await refresh(token)).error, 'invalid_grant')
  assert.deepEqual(op.refreshes, { asked: 2, granted: 1 })
  assert.ok(op.problems.includes('the refresh token was never given, or is spent'))
  op.reset()
  op.override({ refresh: { reuses: true } })
  const saved = await signIn()
  for (let times = 0; times < 2; times++) assert.ok((await refresh(saved.refresh_token)).access_token)
})

test('a refresh at the hand-made provider is bad in each way of the table, after a sign-in that was good', async () => {
  for (const [name, bend] of Object.entries(badRefreshes(op, ADA_AT_OP.sub))) {
    op.override({ refresh: bend })
    const first = await signIn()
    await verify(first.id_token)
    const again = await refresh(first.refresh_token)
    const checked = verify(again.id_token).then(({ sub }) => assert.equal(sub, ADA_AT_OP.sub))
    await assert.rejects(checked, name)
  }
})

describe('Signing out at the hand-made provider', () => {
  const OUT = 'http://localhost:1/signed-out'
  const endSession = async (form: Record<string, string>) =>
    fetch(`${op.origin}/end-session?${new URLSearchParams(form)}`, { redirect: 'manual' })

  test('signing out at the hand-made provider is offered only if it is told to', async () => {
    assert.equal((await read(DISCOVERY)).end_session_endpoint, undefined)
    op.override({ logout: {} })
    assert.equal((await read(DISCOVERY)).end_session_endpoint, `${op.origin}/end-session`)
  })

  for (const [state, back] of [
    [undefined, '?state=mine'],
    ['other', '?state=mine1'],
    ['none', ''],
  ] as const) {
    test(`signing out at the hand-made provider brings back ${state ?? 'the same'} state, for a hint that was issued and a registered address`, async () => {
      op.override({ logout: state ? { state } : {} })
      op.postLogoutRedirectUris.push(OUT)
      const { id_token } = await signIn()
      const asked = { id_token_hint: String(id_token), post_logout_redirect_uri: OUT, state: 'mine' }
      assert.equal((await endSession(asked)).headers.get('location'), OUT + back)
      assert.deepEqual(op.problems, [])
    })
  }

  test('signing out at the hand-made provider is complained of without either', async () => {
    op.override({ logout: {} })
    assert.equal((await endSession({ id_token_hint: 'e30', post_logout_redirect_uri: OUT })).status, 400)
    assert.equal(op.problems.length, 2)
  })
})

describe('A logout token of the hand-made provider', () => {
  const received: string[] = []
  const app = createServer((request, response) => {
    request.on('data', data => received.push(String(data)))
    request.on('end', () =>
      response.writeHead(request.method === 'GET' ? 405 : 200, { 'Cache-Control': 'no-store' }).end(),
    )
  })
  let url = ''
  before(async () => {
    await new Promise<void>(resolve => void app.listen(0, '127.0.0.1', resolve))
    const address = app.address()
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
  })
  after(() => app.close())
  beforeEach(async () => {
    received.length = 0
    op.override({ logout: {} })
    await signIn()
  })

  test('a logout token of the hand-made provider is about the newest session, and signed', async () => {
    const { status, headers } = await sendLogoutToken(op, url)
    assert.deepEqual([status, headers.get('cache-control')], [200, 'no-store'])
    const claims = await verify(new URLSearchParams(received.join('')).get('logout_token'))
    const [session] = op.sessions
    assert.ok(session?.sid)
    assert.deepEqual(
      [claims.sub, claims.sid, Number(claims.exp) - Number(claims.iat)],
      [ADA_AT_OP.sub, session.sid, 120],
    )
    assert.deepEqual(claims.events, { 'http://schemas.openid.net/event/backchannel-logout': {} })
  })

  test('a logout token of the hand-made provider has the sid of the ID token', async () => {
    const { id_token } = await signIn()
    const [, session] = op.sessions
    assert.ok(session)
    assert.equal(decodeJwt(String(id_token)).sid, decodeJwt(await makeLogoutToken(op, session)).sid)
  })

  test('a logout token of the hand-made provider can be sent in each way of the tables, and never the same twice', async () => {
    const bends = [...Object.values(GOOD_LOGOUT_TOKENS), ...Object.values(badLogoutTokens(op))]
    for (const bend of bends) await sendLogoutToken(op, url, bend)
    assert.equal(op.sessions.length, 1)
    const [session] = op.sessions
    assert.ok(session)
    assert.notEqual(await makeLogoutToken(op, session), await makeLogoutToken(op, session))
  })
})
