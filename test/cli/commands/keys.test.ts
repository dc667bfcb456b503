import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import SqliteFile from 'better-sqlite3'
import { randomToken } from '../../../src/crypto/random.js'
import { createStore } from '../../../src/store/store.js'
import { addTokens, sealerOf, tokensOf } from '../../store/sample-tokens.js'
import { Installed } from '../../support/installed.js'

const [fresh, old, gone] = [randomToken(), randomToken(), randomToken()]
const idOf = (key: string) => sealerOf(key).keyIds[0]

let installed: Installed
before(() => {
  installed = new Installed()
})
after(() => installed.remove())

let path: string
beforeEach(() => {
  path = join(installed.folder, `${randomToken()}.db`)
})

const settings = (...keys: string[]) => ({ DATABASE_URL: `sqlite:${path}`, SECRET_KEYS: keys.join() })
const run = (args: string, ...keys: string[]) => installed.run(args.split(' '), settings(...keys))

async function seal(people: number, key: string): Promise<string[]> {
  const store = createStore(`sqlite:${path}`, sealerOf(key))
  await store.migrate()
  const ids = await addTokens(store, people)
  await store.close()
  return ids
}

async function open(id: string, key: string) {
  const store = createStore(`sqlite:${path}`, sealerOf(key))
  const tokens = await store.tokens.load(id)
  await store.close()
  return tokens
}

describe('vestibule keys', { timeout: 60_000 }, () => {
  test('vestibule keys status counts the rows under each key, and fails only where a key is unknown', async () => {
    for (const [people, key] of [
      [3, fresh],
      [12, old],
    ] as const)
      await seal(people, key)
    const known = await run('keys status', fresh, old)
    assert.deepEqual(known, {
      ...{ code: 0, stderr: '' },
      stdout: `${idOf(fresh)}  newest       3\n${idOf(old)}  older        12\n`,
    })
    await seal(1, gone)
    const { code, stdout, stderr } = await run('keys status', fresh, old)
    assert.equal(code, 1)
    assert.equal(stdout, `${known.stdout}${idOf(gone)}  unknown key  1\n`)
    assert.match(stderr, /^1 row is encrypted with a key that SECRET_KEYS does not hold\. Put that key back/)
  })

  test('vestibule keys status --json says the same to machines', async () => {
    await seal(2, old)
    await seal(1, gone)
    const { code, stdout } = await run('keys status --json', fresh, old)
    assert.equal(code, 1)
    assert.deepEqual(JSON.parse(stdout), {
      keys: [
        { id: idOf(old), key: 'older', rows: 2 },
        { id: idOf(gone), key: 'unknown', rows: 1 },
      ],
    })
    const without = await run('keys status --json', gone, old)
    assert.deepEqual([without.code, without.stderr], [0, ''])
  })

  test('vestibule keys rotate leaves one line of status, and the newest key opens everything', async () => {
    const ids = await seal(2000, old)
    const { code, stdout, stderr } = await run('keys rotate', fresh, old)
    assert.deepEqual([code, stdout], [0, 'Done: 2000 of 2000 rows were encrypted again.\n'])
    const steps = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map(percent => `${percent} %, ${percent * 20} of 2000\n`)
    assert.equal(stderr, steps.join(''))
    const status = await run('keys status', fresh)
    assert.deepEqual(status, { code: 0, stdout: `${idOf(fresh)}  newest       2000\n`, stderr: '' })
    assert.deepEqual(await open(ids[0] ?? '', fresh), tokensOf(ids[0] ?? ''))
  })

  test('vestibule keys rotate reports rows that cannot be decrypted, leaves them as they are, and fails', async () => {
    const [lost = ''] = await seal(1, gone)
    await seal(2, old)
    const { code, stdout, stderr } = await run('keys rotate --json', fresh, old)
    assert.equal(code, 1)
    assert.deepEqual(JSON.parse(stdout), { rows: 3, resealed: 2, unopened: 1, stopped: false })
    assert.match(stderr, /\n1 row cannot be decrypted:/)
    assert.deepEqual(await open(lost, gone), tokensOf(lost))
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`vestibule keys rotate stops at ${signal} after a batch, with 1, and goes on when it is run again`, async () => {
      await seal(2000, old)
      // Somebody else is writing, so the first batch cannot end before the signal is heard.
      const writer = new SqliteFile(path)
      writer.exec('begin immediate')
      const rotation = installed.launch(['keys', 'rotate', '--json'], settings(fresh, old))
      await rotation.says(/^0 %, 0 of 2000\n/)
      rotation.kill(signal)
      await rotation.says(/Stopping after this batch\.\n/)
      writer.exec('commit')
      writer.close()
      const { code, stdout } = await rotation.ended
      const first = JSON.parse(stdout)
      assert.deepEqual([code, first.stopped, first.unopened], [1, true, 0])
      assert.ok(first.resealed <= 100, stdout)

      const second = await run('keys rotate', fresh, old)
      assert.equal(second.code, 0, second.stderr)
      assert.equal(second.stdout, `Done: ${2000 - first.resealed} of 2000 rows were encrypted again.\n`)
      assert.equal((await run('keys status', fresh)).stdout, `${idOf(fresh)}  newest       2000\n`)
    })
  }

  test('vestibule keys has nothing to say of an empty table', async () => {
    await seal(0, fresh)
    assert.deepEqual(await run('keys status', fresh), { code: 0, stdout: 'There are no tokens.\n', stderr: '' })
    assert.equal((await run('keys rotate', fresh)).stdout, 'Done: 0 of 0 rows were encrypted again.\n')
  })

  test('vestibule keys says what to run where the tables are missing', async () => {
    for (const verb of ['status', 'rotate']) {
      const { code, stdout, stderr } = await run(`keys ${verb}`, fresh)
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, /npx vestibule migrate/)
    }
  })

  test('vestibule keys explains each of its parts, and refuses what it does not know with 64 and a bad configuration with 78', async () => {
    for (const verb of ['status', 'rotate']) {
      const { code, stdout, stderr } = await run(`keys ${verb} --help`, 'no key')
      assert.deepEqual([code, stderr], [0, ''])
      for (const message of [`vestibule keys ${verb} `, `\n${verb} `, '--json', 'exits with 1']) {
        assert.ok(stdout.includes(message), message)
      }
    }
    const wrong = [
      'keys',
      'keys dance',
      'keys --json',
      'keys status --loud',
      'keys rotate --json now',
      'keys status rotate',
    ]
    for (const args of wrong) {
      const { code, stdout, stderr } = await run(args, 'no key')
      assert.deepEqual([code, stdout], [64, ''], args)
      assert.match(stderr, /vestibule keys (status|rotate) \[--json\]/)
    }
    assert.equal((await run('keys rotate', 'no key')).code, 78)
  })
})
