import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { createProtocol } from '../../../src/accounts/protocols/create-protocols.js'
import { withCallSlot } from '../../../src/accounts/provider-calls.js'
import { createReturnPaths } from '../../../src/accounts/return-path.js'
import type { Attempt } from '../../../src/accounts/sign-in/attempt.js'
import { randomToken } from '../../../src/crypto/random.js'
import { createHttpClient, type HttpClient } from '../../../src/net/http-client.js'
import { createProvider } from '../../../src/providers/create-provider.js'
import { base64url } from '../../oauth/signers.js'
import { someSettings } from '../../providers/samples.js'
import { DISCOVERY, type FakeOidc, startFakeOidc } from '../../support/fake-oidc.js'
import { json } from '../../support/fake-provider.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const { home } = createReturnPaths({ publicUrl: 'http://localhost', basePath: '', homePath: '/', reserved: [] })

let clock = Date.now()
/** What the wall clock has jumped since. */
let jumped = 0
let op: FakeOidc
let outbound: HttpClient
before(async () => {
  op = await startFakeOidc()
  outbound = createHttpClient({ allowHttp: true })
})
after(async () => {
  await outbound.close()
  await op.stop()
})
beforeEach(() => {
  jumped = 0
  op.reset()
})

function speakToOp() {
  const custom = { name: 'op', preset: undefined, protocol: 'oidc', issuer: op.issuer } as const
  const protocol = createProtocol(createProvider(someSettings(custom), op.origin), {
    ...{ now: () => clock + jumped, monotonic: () => clock, random: randomToken },
    withSharedSend: work => withCallSlot(outbound, 'op', { purpose: 'metadata' }, work),
  })
  const spend = async () => {
    const slot = outbound.takeSlot('op')
    try {
      return await protocol.exchangeCode(slot.send, attempt(), { code: 'any' })
    } finally {
      slot.release()
    }
  }
  return { ...protocol, spend }
}

const attempt = (): Attempt => ({
  ...{ state: randomToken(), nonce: 'n', codeVerifier: 'v'.repeat(43), provider: 'op', browser: 'b' },
  ...{ redirectUri: 'http://localhost/oauth/op/callback', returnTo: home, startedAt: clock },
})

/** Each with the name of another key, and a signature that is none. */
function unknownTokens(): void {
  op.on('/token', (seen, response) => {
    const id_token = [{ alg: 'RS256', kid: randomToken() }, { iss: op.issuer }, 'signature'].map(base64url).join('.')
    return json({ access_token: 'a', token_type: 'Bearer', id_token })(seen, response)
  })
}

test('JK-02 DS-08 a thousand sign-ins with keys that nobody knows cause two fetches of the keys, and one of the metadata', async () => {
  unknownTokens()
  const { spend } = speakToOp()
  const codes: unknown[] = []
  for (let round = 0; round < 20; round++) {
    const some = await Promise.allSettled(Array.from({ length: 50 }, spend))
    codes.push(...some.map(one => (one.status === 'rejected' ? one.reason.code : 'signed in')))
  }
  assert.deepEqual([codes.length, ...new Set(codes)], [1_000, 'id_token_invalid'])
  assert.equal(op.calls('/token'), 1_000)
  assert.equal(op.calls('/userinfo'), 0)
  assert.deepEqual([op.calls(DISCOVERY), op.calls('/jwks')], [1, 2])

  clock += MINUTE
  await Promise.allSettled(Array.from({ length: 50 }, spend))
  assert.deepEqual([op.calls(DISCOVERY), op.calls('/jwks')], [1, 3])
})

test('A3 new keys are fetched out of turn after a minute, and known ones after an hour, although the clock stepped back', async () => {
  unknownTokens()
  const { spend } = speakToOp()
  await Promise.allSettled([spend()])
  const [keys, metadata] = [op.calls('/jwks'), op.calls(DISCOVERY)]
  jumped = -2 * HOUR
  clock += MINUTE
  await Promise.allSettled([spend()])
  assert.deepEqual([op.calls('/jwks'), op.calls(DISCOVERY)], [keys + 1, metadata])
  clock += HOUR
  await Promise.allSettled([spend()])
  assert.equal(op.calls(DISCOVERY), metadata + 1)
})

test('JK-02 DS-08 nor do they where each of the fetches fails', async () => {
  unknownTokens()
  const { spend } = speakToOp()
  await Promise.allSettled([spend()])
  op.on('/jwks', json({ message: 'Oh no' }, 503))
  const fetched = op.calls('/jwks')
  clock += MINUTE
  for (let round = 0; round < 4; round++) await Promise.allSettled(Array.from({ length: 50 }, spend))
  assert.equal(op.calls('/jwks'), fetched + 1)
})

test('JK-07 where the metadata name another place for the keys, none of the old ones counts', async () => {
  const { spend } = speakToOp()
  const { rsa, otherRsa } = op.keys
  let { kid } = rsa
  const publish = (path: string, jwk: object) => {
    op.override({ metadata: { jwks_uri: op.origin + path } })
    op.on(path, json({ keys: [jwk] }))
  }
  op.on('/token', async (seen, response) => {
    const iat = Math.floor(clock / 1000)
    const claims = { iss: op.issuer, aud: 'the-client', sub: 'ada', nonce: 'n', iat, exp: iat + 60 }
    return json({ access_token: 'a', token_type: 'Bearer', id_token: await rsa.sign(claims, { kid }) })(seen, response)
  })
  op.on('/userinfo', json({ sub: 'ada' }))
  publish('/old-keys', rsa.jwk)
  assert.equal((await spend()).profile.subject, 'ada')

  // An unknown name makes the keys younger than the metadata.
  clock += HOUR / 2
  kid = 'unknown'
  await assert.rejects(spend(), { code: 'id_token_invalid' })
  kid = rsa.kid
  clock += HOUR / 2
  publish('/new-keys', { ...otherRsa.jwk, kid: rsa.kid })
  await assert.rejects(spend(), { code: 'id_token_invalid' })
  assert.deepEqual([op.calls('/old-keys'), op.calls('/new-keys')], [2, 1])
})
