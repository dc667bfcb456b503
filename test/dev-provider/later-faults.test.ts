// The faults that change responses after a sign-in that went well.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { setUpOAuth1, tokenOf } from './oauth1/setup.js'
import { openApp, signOut } from './oidc/logout-app.js'
import { claimsOf, type JsonBody, OIDC_REQUEST, RP, setUpOidc } from './oidc/setup.js'
import { basic, CONFIDENTIAL, setUp } from './setup.js'

const HEADER = { authorization: basic(RP.clientId, RP.clientSecret) }
const PROOF = { client_id: CONFIDENTIAL.clientId, client_secret: CONFIDENTIAL.clientSecret }

for (const [fault, status] of [
  ['later_401', 401],
  ['later_403', 403],
] as const) {
  test(`"${fault}" lets a sign-in ask for everything once, and then answers ${status}`, async t => {
    const { api, tokenFor } = await setUp(t)
    const token = await tokenFor({ person: 'ada', fault })
    for (const path of ['/user', '/user/emails']) {
      assert.equal((await api(path, token)).status, 200, path)
      assert.equal((await api(path, token)).status, status, path)
    }
    assert.equal((await api('/user', await tokenFor({ person: 'ada' }))).status, 200)
  })

  test(`OpenID Connect: "${fault}" answers ${status} too, and a refreshed token works once more`, async t => {
    const { refresh, signIn, userinfo } = await setUpOidc(t)
    const first = await signIn({ person: 'ada', fault })
    const statuses = async (token: unknown) => [(await userinfo(token)).status, (await userinfo(token)).status]
    assert.deepEqual(await statuses(first.access_token), [200, status])
    assert.deepEqual(await statuses((await refresh(first.refresh_token)).body.access_token), [200, status])
  })

  test(`OAuth 1.0a: "${fault}" answers ${status} from the second signed request on`, async t => {
    const { user, walk } = await setUpOAuth1(t)
    const token = await tokenOf(await walk({ person: 'ada', fault }))
    assert.deepEqual([(await user(token)).status, (await user(token)).status], [200, status])
  })
}

test('"revocation_500" takes the token back all the same, and says 500', async t => {
  const { api, post, tokenFor } = await setUp(t)
  const token = await tokenFor({ person: 'ada', fault: 'revocation_500' })
  assert.equal((await post('/login/oauth/revoke', { ...PROOF, token })).status, 500)
  assert.equal((await api('/user', token)).status, 401)
})

test('OpenID Connect: "revocation_500" changes the response for either token', async t => {
  const { post, signIn } = await setUpOidc(t)
  const { access_token, refresh_token } = await signIn({ person: 'ada', fault: 'revocation_500' })
  for (const token of [access_token, refresh_token]) {
    assert.equal((await post('/oidc/revoke', { token: String(token) }, HEADER)).status, 500)
  }
})

test('"revocation_hangs" and "refresh_hangs" answer nothing until somebody hangs up', async t => {
  const { abortAll, post, refresh, signIn, server } = await setUpOidc(t)
  const brought = await signIn({ person: 'ada', fault: 'revocation_hangs' })
  const never = await signIn({ person: 'ada', fault: 'refresh_hangs' })
  let underWay = 0
  const arrived = new Promise<void>(resolve => {
    server.on('request', () => ++underWay === 2 && setImmediate(resolve))
  })
  const waiting = [post('/oidc/revoke', { token: String(brought.refresh_token) }, HEADER), refresh(never.refresh_token)]
  const ends = Promise.allSettled(waiting)
  await arrived
  abortAll()
  assert.deepEqual(
    (await ends).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
})

test('"token_brief" says 5 seconds, and means it; the token of a refresh lives no longer', async t => {
  const { clock, refresh, signIn, userinfo } = await setUpOidc(t)
  let body: JsonBody = await signIn({ person: 'ada', fault: 'token_brief' })
  for (let times = 0; times < 2; times++) {
    assert.equal(body.expires_in, 5)
    clock.now += 4_999
    assert.equal((await userinfo(body.access_token)).status, 200)
    clock.now += 1
    assert.equal((await userinfo(body.access_token)).status, 401)
    body = (await refresh(body.refresh_token)).body
  }
})

for (const [fault, status, error] of [
  ['refresh_refused', 400, 'invalid_grant'],
  ['refresh_500', 500, 'server_error'],
] as const) {
  test(`"${fault}" changes the response to the refresh alone`, async t => {
    const { refresh, signIn, verify } = await setUpOidc(t)
    const first = await signIn({ person: 'ada', fault })
    await verify(first.id_token)
    assert.equal(first.expires_in, 5)
    const again = await refresh(first.refresh_token)
    assert.deepEqual([again.status, again.body.error], [status, error])
  })
}

for (const [fault, claim] of [
  ['refresh_other_person', 'sub'],
  ['refresh_other_issuer', 'iss'],
] as const) {
  test(`"${fault}" changes one claim of the ID token that a refresh brings`, async t => {
    const { refresh, signIn, verify } = await setUpOidc(t)
    const first = await signIn({ person: 'ada', fault })
    const right = await verify(first.id_token)
    const found = claimsOf((await refresh(first.refresh_token)).body.id_token)
    const { nonce: _, at_hash: __, ...wanted } = { ...right, [claim]: `${right[claim]}1` }
    const { at_hash: ___, ...rest } = found
    assert.deepEqual(rest, wanted)
  })
}

/** The logout token that the app receives when a sign-in with this fault ends. */
async function textAfter(t: Parameters<typeof setUpOidc>[0], fault: string): Promise<string> {
  const { received, options } = await openApp(t, 400)
  const visitor = await setUpOidc(t, options)
  visitor.app.on('error', () => {})
  const { id_token } = await visitor.signIn({ person: 'ada', fault })
  await visitor.verify(id_token)
  await signOut(visitor, { id_token_hint: String(id_token) })
  assert.equal(received.length, 1)
  return received[0]?.form.get('logout_token') ?? ''
}

test('"logout_wrong_audience" and "logout_no_event" each change one claim of the logout token', async t => {
  const wrong = claimsOf(await textAfter(t, 'logout_wrong_audience'))
  assert.deepEqual([wrong.aud, Object.keys(wrong.events ?? {}).length], [`${RP.clientId}1`, 1])
  const none = claimsOf(await textAfter(t, 'logout_no_event'))
  assert.deepEqual([none.aud, none.events], [RP.clientId, undefined])
})

test('"logout_alg_none" is right, and not signed', async t => {
  const token = await textAfter(t, 'logout_alg_none')
  assert.deepEqual([decodeProtectedHeader(token).alg, token.split('.')[2]], ['none', ''])
  assert.equal(claimsOf(token).aud, RP.clientId)
})

test('groups are sent with their scope only, in the ID token and by userinfo', async t => {
  const { signIn, userinfo } = await setUpOidc(t)
  const groups = ['acme', 'acme/staff', 'acme/admins']
  const asked = await signIn({ person: 'grace' }, { scope: `${OIDC_REQUEST.scope} groups` })
  assert.deepEqual(claimsOf(asked.id_token).groups, groups)
  assert.deepEqual(((await (await userinfo(asked.access_token)).json()) as JsonBody).groups, groups)
  assert.equal(claimsOf((await signIn({ person: 'grace' })).id_token).groups, undefined)
})
