import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readUserResponse } from '../../src/oauth/userinfo.js'
import { githubProfile, githubRepositories } from '../../src/providers/quirks/github.js'
import { aResponse } from '../oauth/samples.js'
import { anApi, refusing } from './samples.js'

/** As GitHub answers, shortened. */
const OCTOCAT = {
  login: 'octocat',
  id: 583231,
  node_id: 'MDQ6VXNlcjU4MzIzMQ==',
  avatar_url: 'https://avatars.githubusercontent.com/u/583231?v=4',
  html_url: 'https://github.com/octocat',
  type: 'User',
  site_admin: false,
  name: 'The Octocat',
  email: 'public@example.org',
}

const address = (email: unknown, primary: unknown, verified: unknown) => ({
  email,
  primary,
  verified,
  visibility: null,
})

test('a GitHub account is read', async () => {
  const emails = [address('old@example.org', false, true), address('octocat@example.org', true, true)]
  assert.deepEqual(await githubProfile(OCTOCAT, anApi('user/emails', emails)), {
    subject: '583231',
    name: 'The Octocat',
    login: 'octocat',
    email: 'octocat@example.org',
    emailVerified: true,
    picture: 'https://avatars.githubusercontent.com/u/583231?v=4',
    raw: OCTOCAT,
  })
})

test('ID-03 UI-08 only the primary and verified address counts, and never the public one', async () => {
  const lists = [
    [],
    [address('a@example.org', true, false)],
    [address('a@example.org', false, true)],
    [address('a@example.org', 'true', 'true')],
    [address('a@example.org', 1, 1)],
    [address(['a@example.org'], true, true)],
    [address('a@example.org\r\nX: y', true, true)],
    [address(null, true, true), address('b@example.org', true, true)],
    [null, 'a@example.org', ['a@example.org', true, true]],
  ]
  for (const list of lists) {
    const { email, emailVerified } = await githubProfile(OCTOCAT, anApi('user/emails', list))
    assert.deepEqual([email, emailVerified], [null, false], JSON.stringify(list))
  }
})

test('UI-08 without the scope for addresses there is no address, and any other failure is one', async () => {
  for (const status of [403, 404]) {
    const { email, emailVerified } = await githubProfile(OCTOCAT, refusing(status))
    assert.deepEqual([email, emailVerified], [null, false])
  }
  for (const status of [401, 429, 500, 503]) {
    await assert.rejects(githubProfile(OCTOCAT, refusing(status)), { code: 'provider_error', status })
  }
  const broken = async () => {
    throw new Error('the connection broke')
  }
  await assert.rejects(githubProfile(OCTOCAT, broken), /the connection broke/)
  for (const response of [null, {}, { message: 'no' }, 'text']) {
    await assert.rejects(githubProfile(OCTOCAT, anApi('user/emails', response)), { code: 'provider_malformed' })
  }
})

test('UI-08 all addresses are requested, not just the first page', async () => {
  const asked: string[] = []
  await githubProfile(OCTOCAT, async path => {
    asked.push(path)
    return []
  })
  assert.deepEqual(asked, ['user/emails?per_page=100'])
})

test('ID-04 ID-07 UI-09 a person is their numeric id, exact beyond 2^53, and never their login', async () => {
  const subjectOf = async (id: string) => {
    const user = readUserResponse(aResponse(`{"login":"octocat","id":${id}}`))
    return (await githubProfile(user, anApi('user/emails', []))).subject
  }
  assert.equal(await subjectOf('123'), '123')
  assert.equal(await subjectOf('"123"'), '123')
  assert.equal(await subjectOf('9007199254740993'), '9007199254740993')
  for (const id of ['0', '-1', '1.5', 'null', '""', '{}', '-9007199254740993']) {
    await assert.rejects(subjectOf(id), { code: 'provider_malformed' }, id)
  }
})

test('ID-14 nothing but the parts of a profile comes through', async () => {
  const profile = await githubProfile({ ...OCTOCAT, is_admin: true, roles: ['admin'] }, anApi('user/emails', []))
  const parts = ['subject', 'name', 'login', 'email', 'emailVerified', 'picture', 'raw']
  assert.deepEqual(Object.keys(profile), parts)
})

test('odd texts in an account become nothing', async () => {
  const user = { id: 1, login: null, name: ['a'], avatar_url: 'javascript:alert(1)', email: null }
  const { name, login, picture } = await githubProfile(user, anApi('user/emails', []))
  assert.deepEqual([name, login, picture], [null, null, null])
})

test('repositories are read, and those without a name are left out', async () => {
  const list = [
    {
      full_name: 'octocat/hello',
      name: 'hello',
      description: 'Hi\nthere',
      html_url: 'https://github.com/octocat/hello',
      private: true,
    },
    { name: 'bare', description: null, html_url: 'javascript:alert(1)' },
    { description: 'nameless' },
    null,
  ]
  assert.deepEqual(await githubRepositories(anApi('user/repos', list)), [
    { name: 'octocat/hello', description: 'Hi there', url: 'https://github.com/octocat/hello', private: true },
    { name: 'bare', description: null, url: null, private: false },
  ])
  await assert.rejects(githubRepositories(anApi('user/repos', {})), { code: 'provider_malformed' })
})
