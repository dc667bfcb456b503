// The certified provider of later tests: that it does what they lean on.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, beforeEach, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { CHALLENGE, VERIFIER } from '../dev-provider/setup.js'
import { type CertifiedProvider, startCertifiedProvider } from './certified-provider.js'
import { HttpBrowser } from './http-browser.js'

type JsonObject = Record<string, unknown>

const SECRET = 'a secret that is long enough for anybody'
const PROOF = { client_id: 'rp', client_secret: SECRET }

let certified: CertifiedProvider
let origin: string
const received: { path: string | undefined; form: URLSearchParams }[] = []
const app = createServer(async (request, response) => {
  received.push({ path: request.url, form: new URLSearchParams(await text(request)) })
  response.writeHead(200).end()
})
before(async () => {
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  origin = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
  certified = await startCertifiedProvider({ accessTokenSeconds: 5 })
  certified.register({
    ...{ client_id: 'rp', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post' },
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [`${origin}/back`],
    post_logout_redirect_uris: [`${origin}/signed-out`],
    ...{ backchannel_logout_uri: `${origin}/backchannel-logout`, backchannel_logout_session_required: true },
  })
})
after(async () => {
  await certified.stop()
  app.close()
})
beforeEach(() => {
  received.length = 0
})

async function post(path: string, form: Record<string, string>) {
  const response = await fetch(certified.issuer + path, {
    method: 'POST',
    body: new URLSearchParams({ ...PROOF, ...form }),
  })
  const message = await response.text()
  return { status: response.status, shown: (message ? JSON.parse(message) : {}) as JsonObject }
}

const refresh = (token: unknown) => post('/token', { grant_type: 'refresh_token', refresh_token: String(token) })
const userinfo = async (token: unknown) =>
  (await fetch(`${certified.issuer}/me`, { headers: { authorization: `Bearer ${token}` } })).status

async function signIn(visitor = new HttpBrowser(certified.issuer), person = 'ada'): Promise<JsonObject> {
  const redirect_uri = `${origin}/back`
  const asked = { client_id: 'rp', response_type: 'code', scope: 'openid email', redirect_uri, state: 's' }
  const query = new URLSearchParams({ ...asked, code_challenge: CHALLENGE, code_challenge_method: 'S256' })
  const page = await visitor.follow(`/auth?${query}`)
  let step = await visitor.submit(page, '', { person })
  while (step.location?.startsWith(certified.issuer)) step = await visitor.open(step.location)
  const code = new URL(step.location ?? '').searchParams.get('code') ?? ''
  const proof = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: VERIFIER }
  return (await post('/token', proof)).shown
}

const verify = async (token: unknown, typ?: string) => {
  const keys = createRemoteJWKSet(new URL(`${certified.issuer}/jwks`))
  return (await jwtVerify(String(token), keys, { issuer: certified.issuer, audience: 'rp', ...(typ && { typ }) }))
    .payload
}

test('the certified provider says in its metadata where people sign out, where tokens are given back, and that it tells apps', async () => {
  const response = await fetch(`${certified.issuer}/.well-known/openid-configuration`)
  const metadata = (await response.json()) as JsonObject
  assert.ok(metadata.end_session_endpoint && metadata.revocation_endpoint)
  assert.deepEqual([metadata.backchannel_logout_supported, metadata.backchannel_logout_session_supported], [true, true])
})

test('the certified provider rotates refresh tokens, and ends the grant when a spent one comes again', async () => {
  const first = await signIn()
  assert.equal(first.expires_in, 5)
  const second = await refresh(first.refresh_token)
  assert.ok(second.shown.refresh_token && second.shown.refresh_token !== first.refresh_token)
  assert.equal((await verify(second.shown.id_token)).sub, 'ada')
  assert.equal((await refresh(first.refresh_token)).shown.error, 'invalid_grant')
  assert.equal((await refresh(second.shown.refresh_token)).shown.error, 'invalid_grant')
})

test('the certified provider takes back whichever token is given, and all others of its grant with it', async () => {
  for (const kind of ['access', 'refresh'] as const) {
    const given = await signIn(undefined, 'grace')
    assert.equal(await userinfo(given.access_token), 200)
    assert.equal((await post('/token/revocation', { token: String(given[`${kind}_token`]) })).status, 200)
    assert.equal(certified.revoked.at(-1), `${kind} token`)
    assert.equal(await userinfo(given.access_token), 401)
    assert.equal((await refresh(given.refresh_token)).shown.error, 'invalid_grant')
  }
})

test('the certified provider signs out on an app’s wish, brings the state back, and tells the app with a logout token', async () => {
  const visitor = new HttpBrowser(certified.issuer)
  const { id_token } = await signIn(visitor)
  const asked = { id_token_hint: String(id_token), post_logout_redirect_uri: `${origin}/signed-out`, state: 'mine' }
  const page = await visitor.open(`/session/end?${new URLSearchParams(asked)}`)
  const done = await visitor.submit(page, '/session/end/confirm', { logout: 'yes' })
  assert.equal(done.location, `${origin}/signed-out?state=mine`)
  const [reported] = received
  assert.equal(reported?.path, '/backchannel-logout')
  const claims = await verify(reported.form.get('logout_token'), 'logout+jwt')
  assert.deepEqual([claims.sub, claims.sid], ['ada', (await verify(id_token)).sid])
  assert.deepEqual(certified.notifiedClients, [{ clientId: 'rp', sid: claims.sid, error: undefined }])
})
