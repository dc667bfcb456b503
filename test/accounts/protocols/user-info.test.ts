import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReturnPaths } from '../../../src/accounts/return-path.js'
import type { Attempt } from '../../../src/accounts/sign-in/attempt.js'
import { ProtocolError } from '../../../src/oauth/errors.js'
import type { Provider } from '../../../src/providers/provider.js'
import { aResponse } from '../../oauth/samples.js'
import { NONCE, NOW } from '../../oauth/signers.js'
import { customSettings } from '../../providers/samples.js'
import { listening, type Paths, startOidc } from './oidc-fake.js'

const { home } = createReturnPaths({ publicUrl: 'http://localhost', basePath: '', homePath: '/', reserved: [] })
const attempt: Attempt = {
  ...{ state: 's', nonce: NONCE, codeVerifier: 'v'.repeat(43), provider: 'acme', browser: 'b' },
  ...{ redirectUri: 'http://localhost/oauth/acme/callback', returnTo: home, startedAt: NOW },
}
const granted = { access_token: 'the-token', token_type: 'Bearer' }
const readGroups: Provider['readGroups'] = ({ groups }) => (Array.isArray(groups) ? groups.map(String) : [])

/** A sign-in whose ID token says this. */
async function signIn(changes: object, row: Partial<Provider> = {}, more: Paths = {}) {
  const paths: Paths = {
    '/token': () => ({ ...granted, id_token: far.idToken({ nonce: NONCE, ...changes }) }),
    ...more,
  }
  const far = await startOidc(paths, {}, row)
  return far.protocol.exchangeCode(far.send, attempt, { code: 'c' })
}

test('a sign-in with OpenID Connect tells the ID token and the session, for the end of both', async () => {
  const reported = await signIn({ sid: 'session-1' })
  assert.equal(reported.sid, 'session-1')
  assert.equal(reported.idToken?.split('.').length, 3)
  assert.deepEqual(reported.groups, [])
})

test('a session without a usable name has none', async () => {
  for (const sid of [undefined, null, '', 1, 'a\nb', 'x'.repeat(256)]) {
    assert.ok(!('sid' in (await signIn({ sid }))), JSON.stringify(sid))
  }
})

test('groups are read of what the profile is made of, by every protocol', async () => {
  assert.deepEqual((await signIn({ groups: ['staff'] }, { readGroups })).groups, ['staff'])
  const me = { id: 1, groups: ['writers'] }
  const far = listening(customSettings(), { '/token': () => granted, '/api/v1/me': () => me }, { readGroups })
  const reported = await far.protocol.exchangeCode(far.send, attempt, { code: 'c' })
  assert.deepEqual([reported.groups, reported.idToken, reported.sid], [['writers'], undefined, undefined])
})

test('B-40 USER_URL=none is named only where the claims of the ID token say who it is', async () => {
  const refusing: Paths = { '/userinfo': () => aResponse('', { status: 403 }) }
  const message = 'The provider answered with status 403'
  const hint = `${message}; with <NAME>_USER_URL=none the ID token alone says who it is`
  await assert.rejects(signIn({}, {}, refusing), { code: 'provider_error', status: 403, message: hint })
  const readProfile: Provider['readProfile'] = () => {
    throw new ProtocolError('provider_malformed', 'The provider answered without a usable id of the person')
  }
  await assert.rejects(signIn({}, { readProfile }, refusing), { code: 'provider_error', status: 403, message })
})
