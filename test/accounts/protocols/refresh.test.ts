import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProviderSettings } from '../../../src/config/types.js'
import type { Provider } from '../../../src/providers/provider.js'
import { aResponse } from '../../oauth/samples.js'
import { ISSUER } from '../../oauth/signers.js'
import { customSettings } from '../../providers/samples.js'
import { listening, type Paths, startOidc } from './oidc-fake.js'

const REFRESH_PARAMS = { refreshToken: 'the-old-refresh-token', subject: '583231' }
const renewed = { access_token: 'new-access', token_type: 'Bearer', refresh_token: 'new-refresh', expires_in: 60 }

/** A refresh that is answered with this ID token, or with none. */
async function refreshWith(
  changes: object | undefined,
  header: object = {},
  settings: Partial<ProviderSettings> = {},
  row: Partial<Provider> = {},
) {
  const paths: Paths = {
    '/token': () => ({ ...renewed, id_token: changes && far.idToken(changes, header) }),
  }
  const far = await startOidc(paths, settings, row)
  const { protocol, send } = far
  assert.ok(protocol.refresh)
  return { far, result: protocol.refresh(send, REFRESH_PARAMS) }
}

test('oidcc-client-test-refresh-token: new tokens come back, and userinfo is asked with the new access token', async () => {
  const { far, result } = await refreshWith({ name: 'Ada Lovelace' })
  const { tokens, claims, userInfo: person } = await result
  assert.deepEqual([tokens.accessToken, tokens.refreshToken, tokens.expiresIn], ['new-access', 'new-refresh', 60])
  assert.deepEqual([claims?.name, person], ['Ada Lovelace', undefined])
  assert.ok(!far.asked().includes('/userinfo'))
  const reported = await far.protocol.loadUserInfo(far.send, tokens, {
    previous: { claims: { sub: '583231' }, sources: undefined },
    idToken: claims,
  })
  assert.equal(reported?.profile.subject, '583231')
  assert.equal(far.sent.at(-1)?.headers.Authorization, 'Bearer new-access')
})

test('oidcc-client-test-refresh-token-invalid-issuer: a new ID token of another issuer refuses all of it', async () => {
  const { far, result } = await refreshWith({ iss: `${ISSUER}1` })
  await assert.rejects(result, { code: 'id_token_invalid' })
  assert.ok(!far.asked().includes('/userinfo'))
})

test('oidcc-client-test-refresh-token-invalid-sub: a new ID token about another person refuses all of it', async () => {
  const { far, result } = await refreshWith({ sub: '5832311' })
  await assert.rejects(result, { code: 'subject_mismatch' })
  assert.ok(!far.asked().includes('/userinfo'))
})

test('a refreshed ID token is judged like the first one: signature, algorithm, audience, times, access token', async () => {
  const faults: [changes: object, header?: object][] = [
    [{}, { alg: 'ES384' }],
    [{}, { alg: 'none' }],
    [{}, { kid: 'unknown' }],
    [{}, { typ: 'at+jwt' }],
    [{ iat: undefined }],
    [{ exp: 1 }],
    [{ aud: 'other' }],
    [{ sub: undefined }],
    [{ at_hash: 'of-another' }],
  ]
  for (const [changes, header] of faults) {
    const { far, result } = await refreshWith(changes, header)
    await assert.rejects(result, { code: 'id_token_invalid' }, JSON.stringify([changes, header]))
    assert.ok(!far.asked().includes('/userinfo'))
  }
  const forged = await startOidc({ '/token': () => ({ ...renewed, id_token: `${forged.idToken().slice(0, -4)}AAAA` }) })
  await assert.rejects(forged.protocol.refresh?.(forged.send, REFRESH_PARAMS) ?? Promise.resolve(), {
    code: 'id_token_invalid',
  })
})

test('a refreshed ID token may have a nonce or none, and tells of a sign-in as long ago as that was', async () => {
  const longAgo = { auth_time: 1_700_000_000 }
  for (const changes of [{}, { nonce: 'of-the-first' }, longAgo]) {
    const { result } = await refreshWith(changes, {}, { maxAge: 60 })
    assert.equal((await result).tokens.accessToken, 'new-access')
  }
})

test('a refresh without an ID token renews the tokens and tells of nobody', async () => {
  const { result } = await refreshWith(undefined)
  assert.deepEqual(Object.keys(await result), ['tokens'])
})

test('a refresh without a new refresh token tells of none, so that the old one is kept', async () => {
  const far = await startOidc({ '/token': () => ({ ...renewed, refresh_token: undefined }) })
  assert.equal((await far.protocol.refresh?.(far.send, REFRESH_PARAMS))?.tokens.refreshToken, undefined)
})

test('no refresh token is spent while the keys to judge the answer by are out of reach', async () => {
  const far = await startOidc({ '/jwks': () => aResponse('', { status: 503 }) })
  await assert.rejects(far.protocol.refresh?.(far.send, REFRESH_PARAMS) ?? Promise.resolve(), { status: 503 })
  assert.ok(!far.asked().includes('/token'))
})

test('where the ID token is all that tells, a refresh tells the person', async () => {
  const { far, result } = await refreshWith({ name: 'Ada Lovelace' }, {}, {}, { userUrl: null } as Partial<Provider>)
  const { userInfo: person } = await result
  assert.deepEqual([person?.profile.name, person?.groups], ['Ada Lovelace', []])
  assert.ok(!far.asked().includes('/userinfo'))
})

test('where only the user endpoint tells whom identities mean, it is asked before anything is believed', async () => {
  const fields = { fields: { subject: 'employee' } }
  for (const [employee, outcome] of [
    ['583231', 'new-access'],
    ['1', 'subject_mismatch'],
  ] as const) {
    const paths: Paths = {
      '/token': () => ({ ...renewed, id_token: far.idToken({ sub: 'opaque' }) }),
      '/userinfo': () => ({ sub: 'opaque', employee }),
    }
    const far = await startOidc(paths, fields)
    const reported = await far.protocol.refresh?.(far.send, REFRESH_PARAMS).then(
      ({ tokens }) => tokens.accessToken,
      error => error.code,
    )
    assert.equal(reported, outcome)
  }
})

test('a refresh goes to the place of the settings, else to the discovered one, which may not lead inside', async () => {
  const paths: Paths = { '/token': () => renewed, '/refresh': () => renewed }
  const far = await startOidc(paths)
  await far.protocol.refresh?.(far.send, REFRESH_PARAMS)
  assert.deepEqual([far.sent.at(-1)?.url, far.sent.at(-1)?.discovered?.by], ['https://op.example/token', ISSUER])
  const given = await startOidc(paths, { refreshUrl: 'https://op.example/refresh' })
  await given.protocol.refresh?.(given.send, REFRESH_PARAMS)
  const last = given.sent.at(-1)
  assert.deepEqual([last?.url, last?.discovered], ['https://op.example/refresh', undefined])
})

test('OAuth 2.0 renews tokens with REFRESH_PARAMS, and OAuth 1.0a never', async () => {
  const far = listening(customSettings({ refreshParams: [['audience', 'api']] }), { '/token': () => renewed })
  const { tokens } = (await far.protocol.refresh?.(far.send, REFRESH_PARAMS)) ?? {}
  assert.equal(tokens?.refreshToken, 'new-refresh')
  assert.match(far.sent[0]?.body ?? '', /^grant_type=refresh_token&refresh_token=the-old-refresh-token&audience=api$/)
  const requestTokenUrl = 'https://acme.example/request'
  const signed = listening(customSettings({ protocol: 'oauth1', requestTokenUrl }), {})
  assert.deepEqual([signed.protocol.refresh, signed.protocol.revoke], [undefined, undefined])
})
