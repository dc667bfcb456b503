import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type Acme, onlyRequestTo, reply, signIn, startAcme } from '../../support/acme-app.js'
import { json } from '../../support/fake-provider.js'

const OCTOCAT = { id: 583231, login: 'octocat', name: 'The Octocat', email: 'public@example.org' }
const entry = (email: string, primary: boolean, verified: boolean) => ({ email, primary, verified })

describe('The preset for GitHub, in front of something shaped like GitHub', () => {
  let acme: Acme
  before(async () => {
    acme = await startAcme(far => ({
      PROVIDERS: 'github',
      DEFAULT_PROVIDER: '',
      GITHUB_CLIENT_ID: 'Iv1.abc',
      GITHUB_CLIENT_SECRET: 'hush',
      GITHUB_AUTHORIZE_URL: `${far.origin}/authorize`,
      GITHUB_TOKEN_URL: `${far.origin}/token`,
      GITHUB_USER_URL: `${far.origin}/user`,
    }))
  })
  after(() => acme.stop())
  beforeEach(() => {
    acme.reset()
    acme.knows(OCTOCAT)
    acme.far.on('/user/emails', json([]))
  })

  async function emailWith(emails: unknown, status = 200) {
    acme.far.on('/user/emails', json(emails, status))
    const { email, email_verified: verified } = await signIn(acme)
    return [email, verified]
  }

  test('UI-08 the preset for GitHub takes only the primary and verified address from /user/emails', async () => {
    const others = [entry('old@example.org', false, true), entry('new@example.org', false, false)]
    assert.deepEqual(await emailWith([...others, entry('octo@example.org', true, true)]), ['octo@example.org', true])
    assert.deepEqual(await emailWith([...others, entry('octo@example.org', true, false)]), [null, false])
    assert.deepEqual(await emailWith(others), [null, false])
    assert.deepEqual(await emailWith([]), [null, false])
  })

  test('UI-08 the preset for GitHub signs in a user whose addresses may not be read', async () => {
    assert.deepEqual(await emailWith({ message: 'Not Found' }, 404), [null, false])
    assert.deepEqual(await emailWith({ message: 'Forbidden' }, 403), [null, false])
  })

  test('the preset for GitHub requests the scopes that it needs, and authenticates the client in the form', async () => {
    await signIn(acme)
    assert.equal(onlyRequestTo(acme, '/authorize').query.get('scope'), 'read:user user:email')
    const { form, headers } = onlyRequestTo(acme, '/token')
    assert.deepEqual([form.get('client_id'), form.get('client_secret')], ['Iv1.abc', 'hush'])
    assert.equal(headers.accept, 'application/json')
  })

  test('TK-07 the preset for GitHub reads the form-encoded response that GitHub sends when it ignores Accept', async () => {
    const type = 'application/x-www-form-urlencoded; charset=utf-8'
    acme.far.on('/token', reply('access_token=gho_1&scope=user%3Aemail&token_type=bearer', { type }))
    assert.equal((await signIn(acme)).login, 'octocat')
    assert.equal(onlyRequestTo(acme, '/user').headers.authorization, 'Bearer gho_1')
  })
})
