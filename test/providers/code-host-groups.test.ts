import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gitlabGroups } from '../../src/providers/presets/code.js'
import type { ApiGet } from '../../src/providers/provider.js'
import { githubGroups } from '../../src/providers/quirks/github.js'
import { apiOf, refusing } from './samples.js'

const OCTOCAT = { id: 583231, login: 'octocat' }

const organisation = (login: unknown) => ({ login, id: 1 })
const team = (login: unknown, slug: unknown) => ({ slug, name: 'Of another name', organization: { login } })

test('groups at GitHub are organisations and teams, by the names in their URLs', async () => {
  const api = apiOf({
    'user/orgs': [organisation('Acme'), organisation('other')],
    'user/teams': [team('Acme', 'staff'), team('Acme', 'writers')],
  })
  assert.deepEqual(await githubGroups(OCTOCAT, api), ['Acme', 'other', 'Acme/staff', 'Acme/writers'])
})

test('ID-12 what is no name at GitHub is no group, and no organisation passes for the team of another', async () => {
  const api = apiOf({
    'user/orgs': [
      organisation('acme/staff'),
      organisation(''),
      organisation(null),
      organisation(['acme']),
      null,
      'acme',
    ],
    'user/teams': [
      team('acme/a', 'b'),
      team('acme', 'a/b'),
      team('acme', ''),
      team(undefined, 'staff'),
      { slug: 'staff' },
    ],
  })
  assert.deepEqual(await githubGroups(OCTOCAT, api), [])
})

test('lists at GitHub are read a hundred at a time, and ten pages of them at most', async () => {
  const asked: string[] = []
  const paging =
    (pages: number): ApiGet =>
    async path => {
      asked.push(path)
      const page = Number(new URL(path, 'https://api.example').searchParams.get('page'))
      if (path.startsWith('user/teams')) return []
      return Array.from({ length: page < pages ? 100 : 3 }, (_, index) => organisation(`acme-${page}-${index}`))
    }
  assert.equal((await githubGroups(OCTOCAT, paging(3))).length, 203)
  assert.deepEqual(asked, [
    'user/orgs?per_page=100&page=1',
    'user/orgs?per_page=100&page=2',
    'user/orgs?per_page=100&page=3',
    'user/teams?per_page=100&page=1',
  ])
  asked.length = 0
  assert.equal((await githubGroups(OCTOCAT, paging(1_000))).length, 1_000)
  assert.equal(asked.length, 11)
})

test('who may not see the groups at GitHub tells none, and any other failure is one', async () => {
  for (const status of [403, 404]) assert.deepEqual(await githubGroups(OCTOCAT, refusing(status)), [])
  for (const status of [401, 429, 500, 503]) {
    await assert.rejects(githubGroups(OCTOCAT, refusing(status)), { code: 'provider_error', status })
  }
  const halfway: ApiGet = path =>
    path.startsWith('user/orgs') ? apiOf({ 'user/orgs': [] })(path) : refusing(502)(path)
  await assert.rejects(githubGroups(OCTOCAT, halfway), { status: 502 })
  for (const response of [null, {}, { message: 'no' }, 'text']) {
    const api = apiOf({ 'user/orgs': response, 'user/teams': [] })
    await assert.rejects(githubGroups(OCTOCAT, api), { code: 'provider_malformed' })
  }
})

test('groups at GitLab are what OpenID Connect tells of the same person', async () => {
  const at = (claims: unknown) => gitlabGroups({ id: 7 }, apiOf({ '../../oauth/userinfo': claims }))
  assert.deepEqual(await at({ sub: '7', groups: ['acme', 'acme/staff'] }), ['acme', 'acme/staff'])
  assert.deepEqual(await at({ sub: '7' }), [])
  for (const claims of [{ sub: '8', groups: ['acme'] }, { groups: ['acme'] }, { sub: 7, groups: ['acme'] }, ['acme']]) {
    await assert.rejects(at(claims), { code: 'subject_mismatch' }, JSON.stringify(claims))
  }
  await assert.rejects(gitlabGroups({ id: 7 }, refusing(403)), { code: 'provider_error', status: 403 })
})
