import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { after, before, beforeEach, test } from 'node:test'
import { ada, adaAtGithub, github, type Person, sessionOf } from '../../store/sample-users.js'
import { type InstalledStore, installWithStore } from '../installed-store.js'

const OPERATOR = userInfo().username

let opened: InstalledStore
let store: InstalledStore['store']
before(async () => {
  opened = await installWithStore()
  store = opened.store
})
after(() => opened.close())
beforeEach(async () => {
  for (const table of ['users', 'events']) await sql(`delete from ${table}`)
})

const sql = (statement: string) => opened.sql(statement)
const run = (...args: string[]) => opened.installed.run(['users', ...args], opened.settings)

async function add(login: string, now = Date.now(), subject = login): Promise<Person> {
  const user = await store.users.create({ ...ada, name: login, login, email: null }, now)
  const identity = await store.identities.create(user.id, github(subject), { ...adaAtGithub, login, email: null }, now)
  await store.sessions.insert(
    sessionOf({ user, identity }, { createdAt: now, seenAt: now, expiresAt: now + 3_600_000 }),
  )
  return { user, identity }
}

const logins = async () => (await sql('select login from users order by login')).map(row => row.login)
const auditLog = async () => (await sql('select kind, code, user_id, actor from events')).map(row => ({ ...row }))

test('B-07 users delete says what would go and changes nothing, until --yes is there', async () => {
  const { user } = await add('ada')
  const plan = `ada (${user.id}) would be deleted, with 1 connection (github) and 1 live session.\n`
  const asked = await run('delete', 'ada')
  assert.deepEqual([asked.code, asked.stdout], [64, plan])
  assert.equal(asked.stderr, 'Nothing was changed. Add --yes to do it.\n')
  for (const args of [['--dry-run'], ['--dry-run', '--yes']]) {
    const { code, stdout, stderr } = await run('delete', 'ada', ...args)
    assert.deepEqual([code, stdout, stderr], [0, plan, ''])
  }
  const { done, connections, sessions } = JSON.parse((await run('delete', 'ada', '--dry-run', '--json')).stdout)
  assert.deepEqual([done, connections, sessions], [false, 1, 1])
  assert.deepEqual([await logins(), await auditLog()], [['ada'], []])
})

test('B-07 users delete deletes one person, and the audit log names the operator and nobody else', async () => {
  const { user } = await add('ada')
  await add('bob')
  const { code, stdout, stderr } = await run('delete', '--yes', 'ada')
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(
    stdout,
    new RegExp(`^ada \\(${user.id}\\) is deleted, with 1 connection and 1 session\\. .*five seconds`),
  )
  assert.deepEqual(await logins(), ['bob'])
  assert.deepEqual(await auditLog(), [{ kind: 'account-deleted', code: 'operator', user_id: null, actor: OPERATOR }])
  const bob = JSON.parse((await run('delete', '--yes', '--json', 'bob')).stdout)
  assert.deepEqual([bob.user.login, bob.done, bob.tokens_given_back], ['bob', true, 0])
})

test('A4 users delete frees the address of an account that nobody signs in to any more, also of one that is disabled', async () => {
  const { user, identity } = await add('old')
  await store.identities.updateFields(identity.id, adaAtGithub)
  assert.equal((await run('disable', 'old')).code, 0)
  assert.deepEqual(await store.identities.findUserIdsByVerifiedEmail('ada@example.org'), [user.id])
  assert.equal((await run('delete', '--yes', user.id)).code, 0)
  assert.deepEqual(await store.identities.findUserIdsByVerifiedEmail('ada@example.org'), [])
})

test('users delete deletes nobody where several have the name, or nobody has', async () => {
  const people = [await add('twin'), await add('twin', Date.now(), 'other twin')].map(({ user }) => user.id)
  const { code, stdout, stderr } = await run('delete', '--yes', 'twin')
  assert.equal(code, 1)
  assert.match(stderr, /"twin" matches several users, so nothing was done/)
  for (const id of people) assert.ok(stdout.includes(id))
  assert.equal((await run('delete', '--yes', 'nobody')).code, 1)
  assert.equal((await logins()).length, 2)
})

test('B-03 users merge says what would move and changes nothing, until --yes is there', async () => {
  const [one, other] = [await add('ada'), await add('ada2')]
  const { code, stdout, stderr } = await run('merge', 'ada', 'ada2')
  const [stays, goes] = [`ada (${one.user.id})`, `ada2 (${other.user.id})`]
  assert.deepEqual(
    [code, stdout],
    [64, `${stays} would get 1 connection (github) of ${goes}, which would be deleted.\n`],
  )
  assert.equal(stderr, 'Nothing was changed. Add --yes to do it.\n')
  assert.equal((await run('merge', 'ada', 'ada2', '--dry-run')).code, 0)
  assert.deepEqual([await logins(), await auditLog()], [['ada', 'ada2'], []])
})

test('B-03 users merge moves the connections of the second account to the first, and ends its sessions', async () => {
  const now = Date.now()
  const [one, other] = [await add('ada', now - 1), await add('ada2', now)]
  const { code, stdout, stderr } = await run('merge', '--yes', one.user.id, 'ada2')
  assert.deepEqual([code, stderr], [0, ''])
  const [stays, goes] = [`ada (${one.user.id})`, `ada2 (${other.user.id})`]
  assert.ok(stdout.startsWith(`${stays} has 1 connection of ${goes} now, which is deleted. 1 session ended. `), stdout)
  assert.deepEqual(await logins(), ['ada'])
  assert.equal((await store.identities.listOfUser(one.user.id)).length, 2)
  const event = { kind: 'accounts-merged', code: other.user.id, user_id: one.user.id, actor: OPERATOR }
  assert.deepEqual(await auditLog(), [event])
})

test('users merge says what an account is called from now on, where its oldest connection came by the merge', async () => {
  const now = Date.now()
  await add('new', now)
  await add('old', now - 1)
  assert.match((await run('merge', '--yes', 'new', 'old')).stdout, / Its name is old now\. /)
})

test('users merge merges no disabled account and says what to do, nor an account with itself', async () => {
  const [one, other] = [await add('ada'), await add('ada2')]
  assert.equal((await run('disable', 'ada2')).code, 0)
  for (const pair of [
    ['ada', 'ada2'],
    ['ada2', 'ada'],
  ] as const) {
    const { code, stdout, stderr } = await run('merge', '--yes', ...pair)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, new RegExp(`${other.user.id} is disabled.*npx vestibule users enable ${other.user.id}\n`, 's'))
  }
  const disabled = JSON.parse((await run('merge', '--yes', '--json', 'ada', 'ada2')).stdout)
  assert.deepEqual([disabled.error, disabled.users.length], ['disabled', 2])
  const same = await run('merge', '--yes', 'ada', one.user.id)
  assert.deepEqual([same.code, same.stderr], [1, `Both are the same account, ${one.user.id}.\n`])
  assert.equal((await logins()).length, 2)
})

test('users merge wants two people, and both have to be one', async () => {
  await add('ada')
  const { code, stderr } = await run('merge', 'ada')
  assert.equal(code, 64)
  assert.match(stderr, /^Which users\? Name two/)
  for (const pair of [
    ['ada', 'nobody'],
    ['nobody', 'ada'],
  ]) {
    const missing = await run('merge', '--yes', ...pair)
    assert.deepEqual([missing.code, missing.stderr], [1, 'No user has the id, login or e-mail "nobody".\n'])
  }
})
