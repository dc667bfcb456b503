import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { after, before, beforeEach, test } from 'node:test'
import { ada, adaAtGithub, sessionOf } from '../../store/sample-users.js'
import { type InstalledStore, installWithStore } from '../installed-store.js'

const OLD = 'https://idp.example/auth/realms/main'
const NEW = 'https://idp.example/realms/main'

let opened: InstalledStore
let store: InstalledStore['store']
before(async () => {
  opened = await installWithStore({
    ...{ PROVIDERS: 'acme,github', ACME_PROTOCOL: 'oidc', ACME_ISSUER: NEW },
    ...{ ACME_CLIENT_ID: 'id', ACME_CLIENT_SECRET: 'secret', GITHUB_CLIENT_ID: 'id', GITHUB_CLIENT_SECRET: 'secret' },
  })
  store = opened.store
})
after(() => opened.close())
beforeEach(async () => {
  for (const table of ['users', 'events']) await sql(`delete from ${table}`)
})

const sql = (statement: string) => opened.sql(statement)
const run = (...args: string[]) => opened.installed.run(['identities', 'move', ...args], opened.settings)
const keys = async () =>
  (await sql('select provider, issuer, subject from identities order by 1, 2, 3')).map(row =>
    Object.values(row).join(' '),
  )

async function add(provider: string, issuer: string, subject: string): Promise<string> {
  const now = Date.now()
  const user = await store.users.create(ada, now)
  const identity = await store.identities.create(user.id, { provider, issuer, subject }, adaAtGithub, now)
  const tokens = { accessToken: 'access', refreshToken: undefined, tokenType: 'Bearer', scope: undefined }
  await store.tokens.save(identity.id, { ...tokens, expiresAt: undefined, refreshExpiresAt: undefined }, now)
  await store.sessions.insert(
    sessionOf({ user, identity }, { createdAt: now, seenAt: now, expiresAt: now + 3_600_000 }),
  )
  return user.id
}

test('B-04 identities move moves all identities of an issuer to its new name; --dry-run only counts them', async () => {
  for (const subject of ['a', 'b']) await add('acme', OLD, subject)
  await add('github', '', 'a')
  const args = ['--provider', 'acme', '--from-issuer', OLD, '--to-issuer', NEW]
  const dry = await run(...args, '--dry-run')
  assert.deepEqual([dry.code, dry.stderr], [0, ''])
  assert.equal(dry.stdout, `2 identities would go from acme (${OLD}) to acme (${NEW}).\n`)
  assert.equal((await keys())[0], `acme ${OLD} a`)

  const { code, stdout, stderr } = await run(...args)
  assert.deepEqual([code, stderr], [0, ''])
  assert.equal(stdout, `2 identities went from acme (${OLD}) to acme (${NEW}).\n`)
  assert.deepEqual(await keys(), [`acme ${NEW} a`, `acme ${NEW} b`, 'github  a'])
  const events = await sql('select kind, code, provider, actor from events')
  const event = { kind: 'identities-moved', code: `acme ${OLD} -> acme ${NEW}`, provider: 'acme' }
  assert.deepEqual(
    events.map(row => ({ ...row })),
    [{ ...event, actor: userInfo().username }],
  )
})

test('B-04 identities move to another provider: takes the issuer of its settings, ends sessions and deletes tokens, and says so', async () => {
  await add('old-acme', '', 'a')
  const dry = await run('--provider=old-acme', '--from-issuer=', '--to-provider=acme', '--dry-run', '--json')
  const counted = JSON.parse(dry.stdout)
  assert.deepEqual(counted.from, { provider: 'old-acme', issuer: '' })
  assert.deepEqual(counted.to, { provider: 'acme', issuer: NEW })
  assert.deepEqual([counted.done, counted.identities, counted.sessions, counted.with_tokens], [false, 1, 1, 1])
  const { code, stdout } = await run('--provider', 'old-acme', '--from-issuer', 'none', '--to-provider', 'acme')
  assert.equal(code, 0)
  assert.deepEqual(stdout.split('\n'), [
    `1 identity went from old-acme to acme (${NEW}).`,
    '1 session ended, because these users have to sign in with the new provider.',
    'The tokens of 1 identity at old-acme were deleted: acme cannot use them.',
    '',
  ])
  assert.deepEqual(await keys(), [`acme ${NEW} a`])
  assert.deepEqual(await sql('select * from provider_tokens union all select 1,1,1,1,1,1,1,1,1 from sessions'), [])
})

test('B-04 identities move where people have two accounts it names them with the command that merges them, and moves nobody', async () => {
  const [before, after] = [await add('acme', OLD, 'a'), await add('acme', NEW, 'a')]
  await add('acme', OLD, 'b')
  const args = ['--provider', 'acme', '--from-issuer', OLD, '--to-issuer', NEW]
  for (const more of [[], ['--dry-run']]) {
    const { code, stdout, stderr } = await run(...args, ...more)
    assert.deepEqual([code, stderr], [1, 'Nothing was changed. Merge these accounts, then run it again.\n'])
    assert.ok(stdout.startsWith(`1 user of 2 identities signed in to another account with acme (${NEW}):\n`), stdout)
    assert.ok(stdout.includes(`npx vestibule users merge --yes ${before} ${after}\n`), stdout)
  }
  const { conflicts, first_conflicts, done } = JSON.parse((await run(...args, '--json')).stdout)
  assert.deepEqual([conflicts, done, first_conflicts[0].user, first_conflicts[0].taken_by], [1, false, before, after])
  assert.equal((await keys())[0], `acme ${OLD} a`)

  assert.equal((await opened.installed.run(['users', 'merge', '--yes', before, after], opened.settings)).code, 0)
  const moved = await run(...args)
  assert.equal(moved.code, 0)
  assert.match(moved.stdout, /^1 identity went .*\n1 identity was removed, because the same account has the new one/)
  assert.deepEqual(await keys(), [`acme ${NEW} a`, `acme ${NEW} b`])
})

test('identities move says which issuers there are where it was given none of them', async () => {
  await add('acme', OLD, 'a')
  await add('acme', OLD, 'b')
  await add('acme', '', 'a')
  const listed = `  none  1\n  ${OLD}  2\n`
  const wrong = await run('--provider', 'acme', '--from-issuer', `${OLD}/`, '--to-issuer', NEW)
  const there = `No identity of acme has the issuer ${OLD}/. These are there, with the number of identities:\n${listed}`
  assert.deepEqual([wrong.code, wrong.stdout, wrong.stderr], [1, '', there])
  const open = await run('--provider', 'acme', '--to-issuer', NEW)
  assert.deepEqual(
    [open.code, open.stderr],
    [1, `acme has several issuers. Say which one with --from-issuer:\n${listed}`],
  )
  const unknown = await run('--provider', 'acm', '--to-issuer', NEW)
  assert.equal(unknown.stderr, 'There is no identity of a provider "acm". Did you mean acme?\n')
  const nowhere = await run('--provider', 'acme', '--from-issuer', OLD, '--to-provider', 'gitlab')
  assert.match(
    nowhere.stderr,
    /^PROVIDERS does not name "gitlab", so no user could sign in there. It names acme, github\./,
  )
  const same = await run('--provider', 'acme', '--from-issuer', OLD, '--to-issuer', OLD)
  assert.deepEqual([same.code, same.stderr], [1, 'They have this provider and issuer already.\n'])
})

test('identities move says where the settings have another issuer than the new one', async () => {
  await add('acme', NEW, 'a')
  const { code, stderr } = await run('--provider', 'acme', '--to-issuer', OLD)
  assert.equal(code, 0)
  assert.match(stderr, new RegExp(`^Note: .*acme has the issuer ${NEW}\\. Until that is ${OLD}, sign-ins do not find`))
})

test('identities move wants a provider and where to, before anything is configured', async () => {
  for (const [args, why] of [
    [[], /^Of which provider\? Add --provider <name>\./],
    [['--provider', 'acme'], /^Where to\? Add --to-issuer <issuer> or --to-provider <name>\./],
    [['--provider=', '--to-issuer=x'], /^--provider needs a value/],
    [['--form-issuer', 'x'], /no option "--form-issuer" here\. Did you mean --from-issuer\?/],
  ] as const) {
    const { code, stderr } = await opened.installed.run(['identities', 'move', ...args], { ENVIRONMENT: 'prod' })
    assert.equal(code, 64)
    assert.match(stderr, why)
  }
})
