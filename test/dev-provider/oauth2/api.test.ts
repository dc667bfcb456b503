import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TEST_USERS } from '../../../src/dev-provider/users.js'
import { setUp } from '../setup.js'

type JsonBody = Record<string, unknown>

test('/user describes the user in GitHub’s format', async t => {
  const { tokenFor, api } = await setUp(t)
  const response = await api('/user', await tokenFor({ person: 'ada' }))
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  const { id, login, name, email, avatar_url, html_url } = (await response.json()) as JsonBody
  assert.deepEqual(
    { id, login, name, email, avatar_url, html_url },
    {
      id: 1815,
      login: 'ada',
      name: 'Ada Lovelace',
      email: 'ada@example.org',
      avatar_url: null,
      html_url: 'https://dev-provider.example/ada',
    },
  )
})

test('the scheme of the token may be Bearer or token, in any case', async t => {
  const { tokenFor, open } = await setUp(t)
  const token = await tokenFor({ person: 'ada' })
  for (const scheme of ['Bearer', 'bearer', 'token']) {
    assert.equal((await open('/user', { headers: { authorization: `${scheme} ${token}` } })).status, 200, scheme)
  }
})

test('without a known token in the Authorization header every request is refused with 401, also with a token in the URL', async t => {
  const { tokenFor, open } = await setUp(t)
  const token = await tokenFor({ person: 'ada' })
  for (const path of ['/user', '/user/emails', '/user/repos', '/user/orgs', '/user/teams']) {
    for (const authorization of ['', 'Bearer', 'Bearer dev_unknown', `Basic ${token}`, token, `Bearer ${token} x`]) {
      const response = await open(`${path}?access_token=${token}`, { headers: { authorization } })
      assert.equal(response.status, 401, authorization)
      assert.deepEqual(await response.json(), { message: 'Bad credentials' })
    }
  }
})

test('grace shows neither name nor e-mail, and has a verified address that needs a scope', async t => {
  const { tokenFor, api } = await setUp(t)
  const token = await tokenFor({ person: 'grace' })
  const { name, email } = (await (await api('/user', token)).json()) as JsonBody
  assert.deepEqual([name, email], [null, null])
  const emails = (await (await api('/user/emails', token)).json()) as JsonBody[]
  const primary = emails.filter(address => address.primary && address.verified)
  assert.deepEqual(
    primary.map(address => address.email),
    ['grace@example.org'],
  )
})

test('the addresses are not found without the scope user:email', async t => {
  const { tokenFor, api } = await setUp(t)
  for (const scope of [undefined, 'read:user', 'user:emails']) {
    const response = await api('/user/emails', await tokenFor({ person: 'ada' }, { scope }))
    assert.equal(response.status, 404)
    assert.deepEqual(await response.json(), { message: 'Not Found' })
  }
})

test('turing has no verified address anywhere', async t => {
  const { tokenFor, api } = await setUp(t)
  const token = await tokenFor({ person: 'turing' })
  assert.equal(((await (await api('/user', token)).json()) as JsonBody).email, null)
  const emails = (await (await api('/user/emails', token)).json()) as JsonBody[]
  assert.equal(emails.length, 1)
  assert.ok(emails.every(address => address.verified === false))
})

test('an id beyond 2^53 is a number and exact to the last digit', async t => {
  const { tokenFor, api } = await setUp(t)
  const text = await (await api('/user', await tokenFor({ person: 'k' }))).text()
  assert.match(text, /"id":9007199254740993,/)
  assert.equal((JSON.parse(text) as JsonBody).name, 'K')
})

test('names of every kind are sent unchanged', async t => {
  const { tokenFor, api } = await setUp(t)
  const nameOf = async (person: string) =>
    ((await (await api('/user', await tokenFor({ person }))).json()) as JsonBody).name
  assert.equal(await nameOf('bobby'), '<b>Bobby</b> & "Tables"<script>alert(1)</script>')
  const long = await nameOf('alkhwarizmi')
  assert.ok(typeof long === 'string' && long.length >= 80)
})

test('repositories have GitHub’s fields, and one user has none', async t => {
  const { tokenFor, api } = await setUp(t)
  for (const { login } of TEST_USERS) {
    const token = await tokenFor({ person: login })
    const found = (await (await api('/user/repos', token)).json()) as JsonBody[]
    assert.ok(login === 'k' ? found.length === 0 : found.length >= 2 && found.length <= 4, login)
    for (const repository of found) {
      assert.equal(repository.full_name, `${login}/${repository.name}`)
      assert.match(String(repository.html_url), /^https:/)
      assert.equal(typeof repository.private, 'boolean')
      assert.ok('description' in repository && Number.isInteger(repository.id))
    }
  }
})

test('organisations and teams have GitHub’s format, and need the scope read:org', async t => {
  const { tokenFor, api } = await setUp(t)
  const token = await tokenFor({ person: 'ada' }, { scope: 'read:user read:org' })
  const list = async (path: string) => (await (await api(path, token)).json()) as JsonBody[]
  assert.deepEqual(
    (await list('/user/orgs')).map(({ login }) => login),
    ['acme', 'analytical-society'],
  )
  const teams = await list('/user/teams?per_page=100')
  assert.deepEqual(
    teams.map(({ slug, organization }) => [slug, organization]),
    [
      ['staff', { login: 'acme' }],
      ['writers', { login: 'acme' }],
    ],
  )
})

test('organisations and teams are sent in pages, and the last page is empty', async t => {
  const { tokenFor, api } = await setUp(t)
  const token = await tokenFor({ person: 'ada' }, { scope: 'read:org' })
  const slugs = async (query: string) =>
    ((await (await api(`/user/teams?${query}`, token)).json()) as JsonBody[]).map(({ slug }) => slug)
  assert.deepEqual(await slugs('per_page=1'), ['staff'])
  assert.deepEqual(await slugs('per_page=1&page=2'), ['writers'])
  assert.deepEqual(await slugs('per_page=1&page=3'), [])
  assert.deepEqual(await slugs('page=2'), [])
  assert.deepEqual(await slugs('page=one&per_page=many'), ['staff', 'writers'])
})

test('organisations and teams are refused with 403 without the scope read:org', async t => {
  const { tokenFor, api } = await setUp(t)
  const token = await tokenFor({ person: 'ada' })
  for (const path of ['/user/orgs', '/user/teams']) assert.equal((await api(path, token)).status, 403, path)
})

test('ids, logins and repositories are unique', () => {
  const alone = (values: unknown[]) => assert.equal(new Set(values).size, values.length)
  alone(TEST_USERS.map(({ id }) => id))
  alone(TEST_USERS.map(({ login }) => login))
  alone(TEST_USERS.flatMap(({ repositories }) => repositories.map(({ id }) => id)))
  assert.ok(TEST_USERS.length >= 6)
})
