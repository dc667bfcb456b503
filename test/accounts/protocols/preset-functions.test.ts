// The functions of a provider's row: how a provider that does things its own way is put right.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReturnPaths } from '../../../src/accounts/return-path.js'
import type { Attempt } from '../../../src/accounts/sign-in/attempt.js'
import { ProtocolError } from '../../../src/oauth/errors.js'
import type { JsonObject } from '../../../src/oauth/types.js'
import type { Provider } from '../../../src/providers/provider.js'
import { NONCE, NOW } from '../../oauth/signers.js'
import { customSettings } from '../../providers/samples.js'
import { listening } from './oidc-fake.js'

const { home } = createReturnPaths({ publicUrl: 'http://localhost', basePath: '', homePath: '/', reserved: [] })
const attempt: Attempt = {
  ...{ state: 's', nonce: NONCE, codeVerifier: 'v'.repeat(43), provider: 'acme', browser: 'b' },
  ...{ redirectUri: 'http://localhost/oauth/acme/callback', returnTo: home, startedAt: NOW },
}
const fieldOf = (fields: JsonObject, name: string): JsonObject =>
  typeof fields[name] === 'object' ? Object(fields[name]) : {}

/** Its tokens lie in an envelope, another one at a refresh; its API wants a key; its people are members. */
const odd = {
  readTokenResponse: fields => ({ token_type: 'Bearer', ...fieldOf(fields, 'authed_user') }),
  readRefreshResponse: fields => ({ token_type: 'Bearer', ...fieldOf(fields, 'renewed') }),
  beforeApiRequest: request => ({ ...request, headers: { ...request.headers, 'X-Api-Key': 'of-the-app' } }),
  async readProfile(user, get) {
    const { mail } = Object(await get('members/1/mail'))
    const subject = String(fieldOf(user, 'member').number)
    const none = { name: null, login: null, picture: null }
    return { ...none, subject, email: String(mail), emailVerified: true, raw: user }
  },
} satisfies Partial<Provider>

const paths = {
  '/token': ({ body }: { body?: string | undefined }) =>
    body?.includes('grant_type=refresh_token')
      ? { renewed: { access_token: 'second', expires_in: 60 } }
      : { ok: true, authed_user: { access_token: 'first' } },
  '/api/v1/me': () => ({ member: { number: 583231 } }),
  '/api/v1/members/1/mail': () => ({ mail: 'ada@example.org' }),
}

test('readTokenResponse, readProfile and beforeApiRequest put a sign-in right', async () => {
  const far = listening(customSettings(), paths, odd)
  const { tokens, profile } = await far.protocol.exchangeCode(far.send, attempt, { code: 'c' })
  assert.deepEqual([tokens.accessToken, profile.subject, profile.email], ['first', '583231', 'ada@example.org'])
  assert.deepEqual(
    far.sent.map(({ url, headers }) => [new URL(url).pathname, headers['X-Api-Key'], headers.Authorization]).slice(1),
    [
      ['/api/v1/me', 'of-the-app', 'Bearer first'],
      ['/api/v1/members/1/mail', 'of-the-app', 'Bearer first'],
    ],
  )
  // A key of the API has no business at the token endpoint.
  assert.equal(far.sent[0]?.headers['X-Api-Key'], undefined)
})

test('readRefreshResponse puts a refresh right, whatever the first answer looked like', async () => {
  const far = listening(customSettings(), paths, odd)
  const renewed = await far.protocol.refresh?.(far.send, { refreshToken: 'old', subject: '583231' })
  assert.deepEqual([renewed?.tokens.accessToken, renewed?.tokens.expiresIn], ['second', 60])
})

test('without the functions the same provider is refused', async () => {
  const far = listening(customSettings(), paths)
  const refused = { code: 'provider_malformed' }
  await assert.rejects(far.protocol.exchangeCode(far.send, attempt, { code: 'c' }), refused)
  await assert.rejects(
    async () => far.protocol.refresh?.(far.send, { refreshToken: 'old', subject: '583231' }),
    refused,
  )
})

test('a function of the row refuses an answer that is an error in disguise', async () => {
  const readTokenResponse: typeof odd.readTokenResponse = () => {
    throw new ProtocolError('provider_error', 'It answered 200 and meant no')
  }
  const far = listening(customSettings(), paths, { ...odd, readTokenResponse })
  await assert.rejects(far.protocol.exchangeCode(far.send, attempt, { code: 'c' }), { code: 'provider_error' })
})
