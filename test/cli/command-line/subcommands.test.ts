import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { createKeyring } from '../../../src/crypto/keys.js'
import { randomToken } from '../../../src/crypto/random.js'
import { createStore } from '../../../src/store/store.js'
import { addPerson, eventOf, sessionOf } from '../../store/sample-users.js'
import { Installed } from '../../support/installed.js'

const SUBCOMMANDS = {
  users: ['list', 'show', 'disable', 'enable', 'end-sessions', 'merge', 'delete'],
  identities: ['move'],
  sessions: ['prune'],
  keys: ['status', 'rotate'],
}

let installed: Installed
before(() => {
  installed = new Installed()
})
after(() => installed.remove())

it('users, sessions and keys explain themselves and each of their commands, also where nothing is configured', async () => {
  for (const [group, subcommands] of Object.entries(SUBCOMMANDS)) {
    const all = await installed.run([group, '--help'], { ENVIRONMENT: 'prod' })
    assert.deepEqual([all.code, all.stderr], [0, ''])
    const listed = [...all.stdout.matchAll(new RegExp(`^ {2}vestibule ${group} (\\S+)`, 'gm'))].map(([, name]) => name)
    assert.deepEqual(listed, subcommands)
    for (const subcommand of subcommands) {
      const { code, stdout, stderr } = await installed.run([group, subcommand, '--help'], { ENVIRONMENT: 'prod' })
      assert.deepEqual([code, stderr], [0, ''], subcommand)
      assert.match(stdout, new RegExp(`^Usage: vestibule ${group} ${subcommand} .*\\[--json\\]\\n\\n`))
    }
  }
})

it('wrong usage is told with 64, before anything is configured', async () => {
  const wrong: [args: string[], why: RegExp][] = [
    [['users'], /Which command of vestibule users\?\n\nUsage:\n/],
    [['users', 'dance'], /vestibule users has no "dance"/],
    [['users', 'constructor'], /has no "constructor"/],
    [['users', 'show'], /Which user\?.*\n\nUsage: vestibule users show </],
    [['users', 'disable', 'ada', 'bob'], /"bob" is one argument too many/],
    [['users', 'list', '--limit', '0'], /--limit is a number from 1 to 1000/],
    [['users', 'list', '--limit', '1001'], /--limit is a number/],
    [['users', 'list', '--limit', '1e1x'], /--limit is a number/],
    [['sessions', 'prune', 'all'], /"all" is one argument too many/],
    [['sessions', 'prune', '--limit', '5'], /no option "--limit"/],
  ]
  for (const [args, why] of wrong) {
    const { code, stdout, stderr } = await installed.run(args, { ENVIRONMENT: 'prod' })
    assert.deepEqual([code, stdout], [64, ''], args.join(' '))
    assert.match(stderr, why)
  }
})

it('a bad configuration is told with 78', async () => {
  for (const args of [
    ['users', 'list'],
    ['sessions', 'prune'],
  ]) {
    const { code, stdout, stderr } = await installed.run(args, { ENVIRONMENT: 'prod' })
    assert.deepEqual([code, stdout], [78, ''])
    assert.match(stderr, /SECRET_KEYS +is missing/)
  }
})

it('W15 a database without our tables is told with 1, and the way out', async () => {
  const settings = { DATABASE_URL: `sqlite:${join(installed.folder, 'empty.db')}`, SECRET_KEYS: randomToken() }
  const { code, stdout, stderr } = await installed.run(['users', 'list'], settings)
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(
    stderr,
    /older than this build: the migrations 0001-users, .* have not run\. Run: npx vestibule migrate\n$/,
  )
})

it('sessions prune deletes what has expired, however much it is, and says how much', async () => {
  const settings = { DATABASE_URL: `sqlite:${join(installed.folder, 'prune.db')}`, SECRET_KEYS: randomToken() }
  const store = createStore(settings.DATABASE_URL, createKeyring([settings.SECRET_KEYS]).sealer('provider-token'))
  try {
    await store.migrate()
    assert.equal((await installed.run(['users', 'list'], settings)).stdout, 'There are no users.\n')
    const person = await addPerson(store)
    const now = Date.now()
    const fresh = { seenAt: now, expiresAt: now + 3_600_000 }
    await store.transaction(async ({ sessions, usedAttempts, usedLogoutTokens, events }) => {
      for (let count = 0; count < 600; count++)
        await sessions.insert(sessionOf(person, { ...fresh, expiresAt: now - 1 }))
      await sessions.insert(sessionOf(person, { ...fresh, seenAt: now - 8 * 24 * 3_600_000 }))
      await sessions.insert(sessionOf(person, fresh))
      await usedAttempts.markUsed('old', now - 2 * 3_600_000)
      await usedAttempts.markUsed('young', now)
      await usedLogoutTokens.markUsed('over', now - 1)
      await usedLogoutTokens.markUsed('lasting', now + 3_600_000)
      for (let count = 0; count < 3; count++) await events.insert(eventOf({ at: now - 181 * 24 * 3_600_000 }))
      await events.insert(eventOf({ at: now - 179 * 24 * 3_600_000 }))
    })
    const { code, stdout } = await installed.run(['sessions', 'prune'], settings)
    const counts = [...stdout.matchAll(/ deleted: (\d+)\.\n/g)].map(([, count]) => Number(count))
    assert.deepEqual([code, counts], [0, [601, 1, 1, 3]], stdout)
    assert.equal((await store.sessions.listActiveOfUser(person.user.id, now, 0, 9)).length, 1)
    const again = await installed.run(['sessions', 'prune', '--json'], settings)
    assert.deepEqual(JSON.parse(again.stdout), { sessions: 0, used_attempts: 0, used_logout_tokens: 0, events: 0 })
  } finally {
    await store.close()
  }
})

it('A16 sessions prune deletes nothing by a clock that is more than a day after the latest entry, unless it is told to', async () => {
  const settings = { DATABASE_URL: `sqlite:${join(installed.folder, 'quiet.db')}`, SECRET_KEYS: randomToken() }
  const store = createStore(settings.DATABASE_URL, createKeyring([settings.SECRET_KEYS]).sealer('provider-token'))
  try {
    await store.migrate()
    await store.usedAttempts.markUsed('old', Date.now() - 365 * 24 * 3_600_000)
    const { code, stdout, stderr } = await installed.run(['sessions', 'prune'], settings)
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, /^The clock says .*, and the latest entry .*\.\nNothing was deleted\. .*--force\n$/)
    assert.equal(await store.usedAttempts.has('old'), true)
    const forced = await installed.run(['sessions', 'prune', '--force'], settings)
    assert.deepEqual([forced.code, forced.stderr], [0, ''])
    assert.equal(await store.usedAttempts.has('old'), false)
  } finally {
    await store.close()
  }
})
