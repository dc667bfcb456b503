import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aResponse } from '../../oauth/samples.js'
import { CLIENT_ID, ISSUER, NOW } from '../../oauth/signers.js'
import { customSettings, someSettings } from '../../providers/samples.js'
import { listening, METADATA, type Paths, startOidc } from './oidc-fake.js'

const TOKENS = { accessToken: 'the-access-token', refreshToken: 'the-refresh-token' }
const formOf = (body = '') => Object.fromEntries(new URLSearchParams(body))

const withoutEnds: Paths = {
  '/tenant/.well-known/openid-configuration': () => ({
    ...METADATA,
    revocation_endpoint: undefined,
    end_session_endpoint: undefined,
  }),
}

test('both tokens are given back where discovery says, the refresh token first', async () => {
  const far = await startOidc({ '/revoke': () => aResponse('') })
  await far.protocol.revoke?.(far.send, TOKENS)
  const revoked = far.sent.filter(({ url }) => url === METADATA.revocation_endpoint)
  assert.deepEqual(
    revoked.map(({ body, discovered }) => [formOf(body).token, formOf(body).token_type_hint, discovered?.by]),
    [
      ['the-refresh-token', 'refresh_token', ISSUER],
      ['the-access-token', 'access_token', ISSUER],
    ],
  )
})

test('B-09 with a discovery URL that is what an endpoint was discovered by, in place of the issuer', async () => {
  const discoveryUrl = 'https://metadata.example/op'
  const far = await startOidc({ '/op': () => METADATA, '/revoke': () => aResponse('') }, { discoveryUrl })
  await far.protocol.revoke?.(far.send, { ...TOKENS, refreshToken: undefined })
  assert.deepEqual(
    far.sent.map(({ url, discovered }) => [url, discovered?.by]),
    [
      [discoveryUrl, undefined],
      [METADATA.revocation_endpoint, discoveryUrl],
    ],
  )
})

test('the place of the settings wins, and is called as it is', async () => {
  const far = await startOidc({ '/own': () => aResponse('') }, { revocationUrl: 'https://op.example/own' })
  await far.protocol.revoke?.(far.send, { ...TOKENS, refreshToken: undefined })
  const last = far.sent.at(-1)
  assert.deepEqual([last?.url, last?.discovered], ['https://op.example/own', undefined])
})

test('a token that cannot be given back keeps the other one from nothing, and is told', async () => {
  const paths: Paths = { '/revoke': ({ body }) => aResponse('', { status: /refresh/.test(body ?? '') ? 503 : 200 }) }
  const far = await startOidc(paths)
  await assert.rejects(far.protocol.revoke?.(far.send, TOKENS) ?? Promise.resolve(), { status: 503 })
  assert.equal(far.asked().filter(path => path === '/revoke').length, 2)
})

test('access tokens that a provider never takes back are no failure', async () => {
  const far = await startOidc({ '/revoke': () => aResponse({ error: 'unsupported_token_type' }, { status: 400 }) })
  await far.protocol.revoke?.(far.send, TOKENS)
})

test('where no place is known nobody is called', async () => {
  const far = await startOidc(withoutEnds)
  await far.protocol.revoke?.(far.send, TOKENS)
  assert.deepEqual(far.asked(), ['/tenant/.well-known/openid-configuration'])
  assert.equal(listening(customSettings(), {}).protocol.revoke, undefined)
  assert.equal(listening(someSettings(), {}).protocol.revoke, undefined)
})

test('oidcc-client-test-rp-init-logout: the end of the session is where settings or discovery say, or nowhere', async () => {
  const request = { idToken: 'a.b.c', postLogoutRedirectUri: 'https://app.example/signed-out', state: 's' }
  const urlOf = async (paths: Paths, endSessionUrl?: string) => {
    const far = await startOidc(paths, { endSessionUrl })
    return [await far.protocol.endSessionUrl?.(request), far.sent.length] as const
  }
  const [discovered = ''] = await urlOf({})
  assert.ok(discovered.startsWith('https://op.example/end?own=1&id_token_hint=a.b.c&client_id='), discovered)
  const [own = '', calls] = await urlOf({}, 'https://op.example/own')
  assert.ok(own.startsWith('https://op.example/own?'))
  assert.equal(calls, 0)
  assert.equal((await urlOf(withoutEnds))[0], undefined)
  assert.equal(listening(customSettings(), {}).protocol.endSessionUrl, undefined)
})

const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} }
const logoutClaims = (changes: object = {}) => ({ jti: 'one', events: EVENTS, sid: 'session-1', ...changes })

test('a logout token becomes a notice: whom it means, its own mark, and how long that counts', async () => {
  const far = await startOidc()
  const read = (changes: object) => far.protocol.readLogoutToken?.(far.idToken(logoutClaims(changes)))
  const notice = await read({})
  const again = await read({})
  const other = await read({ jti: 'two' })
  assert.deepEqual([notice?.issuer, notice?.subject, notice?.sid], [ISSUER, '583231', 'session-1'])
  assert.ok(notice && notice.expiresAt > NOW)
  assert.equal(notice.tokenHash, again?.tokenHash)
  assert.notEqual(notice.tokenHash, other?.tokenHash)
  assert.deepEqual((await read({ sub: undefined }))?.subject, undefined)
  assert.deepEqual((await read({ sid: undefined }))?.sid, undefined)
})

test('DS-07 nobody is called for a logout token with anything wrong but its signature', async () => {
  const far = await startOidc()
  const tokens = [
    'no token',
    far.idToken({}),
    far.idToken(logoutClaims({ iss: 'https://other.example' })),
    far.idToken(logoutClaims({ aud: `${CLIENT_ID}1` })),
    far.idToken(logoutClaims({ exp: 1 })),
  ]
  for (const token of tokens) {
    const read = far.protocol.readLogoutToken?.(token) ?? Promise.resolve()
    await assert.rejects(read, { code: 'request_malformed' })
  }
  assert.deepEqual(far.sent, [])
})

test('DS-08 a thousand logout tokens with keys that nobody knows cause two fetches of the keys', async () => {
  const far = await startOidc()
  const codes = new Set<unknown>()
  for (let count = 0; count < 1_000; count++) {
    const token = far.idToken(logoutClaims(), { kid: `unknown ${count}` })
    await far.protocol.readLogoutToken?.(token).catch(error => codes.add(error.code))
  }
  assert.deepEqual([...codes], ['request_malformed'])
  assert.equal(far.asked().filter(path => path === '/jwks').length, 2)
})

test('oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg: the algorithms of ID tokens are those of logout tokens', async () => {
  const far = await startOidc({}, { idTokenAlgs: ['RS256'] })
  const read = far.protocol.readLogoutToken?.(far.idToken(logoutClaims())) ?? Promise.resolve()
  await assert.rejects(read, { code: 'request_malformed', message: /signed with ES256/ })
})

test('where identities mean people by another name than sub, the session alone is meant, or the token refused', async () => {
  const far = await startOidc({}, { fields: { subject: 'employee' } })
  const read = async (changes: object) => far.protocol.readLogoutToken?.(far.idToken(logoutClaims(changes)))
  const notice = await read({})
  assert.deepEqual([notice?.subject, notice?.sid], [undefined, 'session-1'])
  assert.equal((await read({ employee: '7' }))?.subject, '7')
  await assert.rejects(read({ sid: undefined }), { code: 'request_malformed' })
})
