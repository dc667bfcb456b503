import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { problemOfKey } from '../../src/config/app/secret-keys.js'
import { providerSettings } from '../../src/config/provider/provider-settings.js'
import { globalSettings, isAvailable } from '../../src/config/settings.js'
import { Installed } from '../support/installed.js'
import { readManifest } from '../support/repository.js'

const COMMANDS = ['serve', 'migrate', 'secrets', 'env', 'users', 'identities', 'sessions', 'keys']
const LATER = ['check', 'doctor', 'tokens', 'events', 'backup', 'restore', 'copy']

describe('The command line', () => {
  let installed: Installed
  before(() => {
    installed = new Installed()
  })
  after(() => installed.remove())

  test('the command line explains itself and each command, also where nothing is configured', async () => {
    const all = await installed.run(['--help'], { ENVIRONMENT: 'prod' })
    assert.equal(all.code, 0, all.stderr)
    for (const name of COMMANDS) assert.match(all.stdout, new RegExp(`^ +${name} `, 'm'))
    for (const name of LATER) assert.doesNotMatch(all.stdout, new RegExp(`^ +${name} `, 'm'))

    const each = COMMANDS.map(async name => ({
      name,
      ...(await installed.run([name, '--help'], { ENVIRONMENT: 'prod' })),
    }))
    for (const { name, code, stdout, stderr } of await Promise.all(each)) {
      assert.deepEqual([code, stderr], [0, ''], name)
      assert.match(stdout, new RegExp(`vestibule ${name}`))
    }
  })

  test('the command line refuses what it does not know with 64, and what does not work yet by its name', async () => {
    const wrong = [['dance'], ['serve', '--port=1'], ...LATER.map(name => [name])]
    const outcomes = await Promise.all(wrong.map(args => installed.run(args)))
    assert.deepEqual(
      outcomes.map(({ code, stdout }) => [code, stdout]),
      wrong.map(() => [64, '']),
    )
    assert.match(outcomes[0]?.stderr ?? '', /no command "dance"/)
    for (const [index, name] of LATER.entries()) {
      assert.match(
        outcomes[wrong.length - LATER.length + index]?.stderr ?? '',
        new RegExp(`${name} is not available yet`),
      )
    }
  })

  test('W15 the command line names the nearest right command and option for a mistyped one, and says how to learn more', async () => {
    const wrong: readonly (readonly [args: string[], meant: string])[] = [
      [['user', 'list'], 'There is no command "user". Did you mean users?'],
      [['migrat'], 'There is no command "migrat". Did you mean migrate?'],
      [['disable', 'ada'], 'There is no command "disable". Did you mean users disable?'],
      [['users', 'lst'], 'vestibule users has no "lst". Did you mean list?'],
      [['users', 'delete', 'ada', '--dryrun'], 'There is no option "--dryrun" here. Did you mean --dry-run?'],
      [['dance'], 'There is no command "dance".'],
    ]
    const outcomes = await Promise.all(wrong.map(async ([args]) => await installed.run(args, { ENVIRONMENT: 'prod' })))
    for (const [index, { code, stderr }] of outcomes.entries()) {
      assert.equal(code, 64)
      assert.equal(stderr.split('\n')[0], wrong[index]?.[1])
    }
    assert.match(outcomes[0]?.stderr ?? '', /^Add --help to any command for more; --version prints the version\.$/m)
  })

  test('the command line --version prints the version of package.json', async () => {
    for (const argument of ['--version', '-v']) {
      const { code, stdout, stderr } = await installed.run([argument], { ENVIRONMENT: 'prod' })
      assert.deepEqual([code, stdout, stderr], [0, `${readManifest().version}\n`, ''])
    }
  })

  test('the command line secrets makes a new key each time, ready for SECRET_KEYS', async () => {
    const made = await Promise.all([installed.run(['secrets']), installed.run(['secrets'])])
    const keys = made.map(({ stdout }) => /^SECRET_KEYS=(\S+)\n$/.exec(stdout)?.[1] ?? '')
    for (const key of keys) assert.equal(problemOfKey(key), undefined)
    assert.notEqual(keys[0], keys[1])
  })

  test('the command line env prints every setting that works, and no value in use', async () => {
    const { code, stdout } = await installed.run(['env'], {
      DATABASE_URL: 'postgres://me:hush@db.example/x',
      PORT: '65000',
    })
    assert.equal(code, 0)
    const printed = [...stdout.matchAll(/^# ([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name)
    const names = [
      ...globalSettings.filter(isAvailable).map(({ name }) => name),
      ...providerSettings.filter(isAvailable).map(({ name }) => `GITHUB_${name}`),
    ]
    assert.deepEqual(printed, names)
    assert.doesNotMatch(stdout, /hush|65000/)
  })
})

describe('A configuration that cannot be used', () => {
  let installed: Installed
  before(() => {
    installed = new Installed()
  })
  after(() => installed.remove())

  test('CF-01 a configuration that cannot be used stops the start with 78 and one list of all that is missing', async () => {
    const { code, stdout, stderr } = await installed.run(['serve'], { ENVIRONMENT: 'prod' })
    assert.deepEqual([code, stdout], [78, ''])
    const listed = [...stderr.matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name)
    assert.deepEqual(listed, ['PUBLIC_URL', 'SECRET_KEYS', 'PROVIDERS', 'ALLOWED_USERS'])
    assert.match(stderr, /SECRET_KEYS .*npx vestibule secrets/)
  })

  test('CF-14 a configuration that cannot be used is told without showing a secret', async () => {
    const hush = 'hush-hush-hush'
    const secrets = { SECRET_KEYS: hush, GITHUB_CLIENT_SECRET: hush, DATABASE_URL: `mysql://me:${hush}@db.example/x` }
    const { code, stderr } = await installed.run(['migrate'], { ENVIRONMENT: 'prod', PROVIDERS: 'github', ...secrets })
    assert.equal(code, 78)
    for (const name of ['SECRET_KEYS', 'DATABASE_URL', 'GITHUB_CLIENT_ID']) assert.match(stderr, new RegExp(name))
    assert.ok(!stderr.includes(hush), stderr)
  })
})
