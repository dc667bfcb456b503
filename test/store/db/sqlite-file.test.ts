import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { createStore } from '../../../src/store/store.js'
import type { Store } from '../../../src/store/types.js'
import { newSealer } from '../both-databases.js'
import { ada, NOW } from '../sample-users.js'

let folder: string
let path: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vestibule-file-'))
  path = join(folder, 'data', 'vestibule.db')
  store = createStore(`sqlite:${path}`, newSealer())
  await store.migrate()
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

test('B-62 the path of an SQLite file is taken as it is written, and its folder is made', async () => {
  for (const name of ['a#b', 'a%20b', 'ä', 'a?b']) {
    const file = join(folder, name, 'vestibule.db')
    const named = createStore(`sqlite:${file}`, newSealer())
    await named.migrate()
    await named.close()
    assert.ok(existsSync(file), name)
  }
})

const gone = { name: 'StoreError', code: 'store_unavailable', driverCode: 'ENOENT' }

test('DS-12 an SQLite file that is taken away is missed at once, and nothing is put in its place', async () => {
  const { id } = await store.users.create(ada, NOW)
  renameSync(join(folder, 'data'), join(folder, 'away'))
  await assert.rejects(store.users.find(id), gone)
  await assert.rejects(store.users.create(ada, NOW), gone)
  assert.ok(!existsSync(join(folder, 'data')))

  renameSync(join(folder, 'away'), join(folder, 'data'))
  assert.equal((await store.users.find(id))?.id, id)
})

test('DS-12 an SQLite file that is removed from its folder is not made anew, empty', async () => {
  rmSync(path)
  await assert.rejects(store.ping(), gone)
  assert.ok(!existsSync(path))
})

test('DS-12 an SQLite file that is replaced by a copy of it, as from a backup, is the one that counts', async () => {
  const before = await store.users.create(ada, NOW)
  await store.close()
  copyFileSync(path, join(folder, 'backup'))
  store = createStore(`sqlite:${path}`, newSealer())
  const after = await store.users.create(ada, NOW)
  assert.ok(await store.users.find(after.id))

  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix)
  renameSync(join(folder, 'backup'), path)
  assert.ok(await store.users.find(before.id))
  assert.equal(await store.users.find(after.id), undefined)
  const later = await store.users.create(ada, NOW)
  assert.ok(await store.users.find(later.id))
})

test('DS-12 an SQLite file that is taken away during a transaction leaves no half of it', async () => {
  const work = store.transaction(async tables => {
    await tables.users.create(ada, NOW)
    renameSync(path, `${path}.away`)
    await tables.users.create(ada, NOW)
    throw new Error('Enough')
  })
  await assert.rejects(work, /Enough/)
  renameSync(`${path}.away`, path)
  await store.ping()
})
