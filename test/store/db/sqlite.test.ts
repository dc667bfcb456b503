import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import SqliteFile from 'better-sqlite3'
import { sha256 } from '../../../src/crypto/digest.js'
import { openDatabase } from '../../../src/store/db/database.js'
import { StoreError } from '../../../src/store/db/errors.js'
import { inTransaction } from '../../../src/store/db/transaction.js'
import { createStore } from '../../../src/store/store.js'
import type { Store } from '../../../src/store/types.js'
import { newSealer } from '../both-databases.js'
import { ada, addPerson, NOW, sessionOf } from '../sample-users.js'

let folder: string
let open: { close(): Promise<void> }[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vestibule-sqlite-'))
  open = []
})
afterEach(async () => {
  await Promise.all(open.map(store => store.close()))
  rmSync(folder, { recursive: true })
})

function openStore(path = join(folder, 'vestibule.db')): Store {
  const store = createStore(`sqlite:${path}`, newSealer())
  open.push(store)
  return store
}

const mode = (path: string) => statSync(path).mode & 0o777

test('a new file and the files beside it are for their owner only, in a folder made for them', async () => {
  const path = join(folder, 'deep/down/vestibule.db')
  const store = openStore(path)
  await store.migrate()
  const files = readdirSync(join(folder, 'deep/down'))
  assert.deepEqual(files.sort(), ['vestibule.db', 'vestibule.db-shm', 'vestibule.db-wal'])
  for (const file of files) assert.equal(mode(join(folder, 'deep/down', file)), 0o600, file)
})

test('the mode of a file that exists is left alone', async () => {
  const path = join(folder, 'vestibule.db')
  writeFileSync(path, '')
  chmodSync(path, 0o640)
  await openStore(path).migrate()
  assert.equal(mode(path), 0o640)
})

test('the file is in WAL mode, foreign keys hold, and the driver does not stop the event loop to wait', async () => {
  const db = openDatabase(`sqlite:${join(folder, 'vestibule.db')}`)
  open.push({ close: () => db.destroy() })
  const ask = async (pragma: string) => Object.values((await db.raw(`pragma ${pragma}`))[0]).join()
  const settings = await Promise.all(['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'].map(ask))
  assert.deepEqual(settings, ['wal', '1', '1', '0'])
})

test('a file that cannot be made is a StoreError', () => {
  writeFileSync(join(folder, 'file'), '')
  assert.throws(() => openStore(join(folder, 'file/vestibule.db')), StoreError)
})

test('a file that is no database is a StoreError', async () => {
  const path = join(folder, 'vestibule.db')
  writeFileSync(path, 'this is not a database, and it is long enough to be looked at'.repeat(20))
  await assert.rejects(openStore(path).ping(), { name: 'StoreError', driverCode: 'SQLITE_NOTADB' })
})

test('a database in memory works, and makes no file', async () => {
  const store = openStore(':memory:')
  await store.migrate()
  const { user } = await store.transaction(tables => addPerson(tables))
  assert.deepEqual(await store.users.find(user.id), user)
  assert.ok(!existsSync(':memory:'))
})

test('SE-04 the bytes of the files hold neither a handle nor a token, an ID token neither', async () => {
  const store = openStore()
  await store.migrate()
  const person = await addPerson(store)
  await store.sessions.insert(
    sessionOf(person, { handleHash: sha256('handle-of-ada'), data: '{"marker":1}', idToken: 'id-of-ada' }),
  )
  const lasting = { scope: undefined, expiresAt: undefined, refreshExpiresAt: undefined }
  const tokens = { accessToken: 'access-of-ada', refreshToken: 'refresh-of-ada', tokenType: 'bearer' }
  await store.tokens.save(person.identity.id, { ...tokens, ...lasting }, NOW)
  const bytes = readdirSync(folder).map(file => readFileSync(join(folder, file), 'latin1'))
  assert.match(bytes.join(), /"marker":1/)
  assert.doesNotMatch(bytes.join(), /handle-of-ada|access-of-ada|refresh-of-ada|id-of-ada/)
})

test('what a batch has written is moved out of the log, so that the next request need not do it', async () => {
  const store = openStore()
  await store.migrate()
  const log = () => statSync(join(folder, 'vestibule.db-wal')).size
  for (let n = 0; n < 5; n++) {
    await store.transaction(async tables => {
      for (let row = 0; row < 300; row++) await addPerson(tables)
    })
    await store.checkpoint()
  }
  const batches = log()
  for (let n = 0; n < 10; n++) await addPerson(store)
  assert.equal(log(), batches)
})

test('a log that somebody is writing is left for later', async () => {
  const store = openStore()
  await store.migrate()
  const writer = new SqliteFile(join(folder, 'vestibule.db'))
  writer.exec('begin immediate')
  await store.checkpoint()
  writer.exec('commit').close()
})

test('a write waits while another process writes', async () => {
  const store = openStore()
  await store.migrate()
  const writer = new SqliteFile(join(folder, 'vestibule.db'))
  writer.exec('begin immediate')
  setTimeout(() => writer.exec('commit').close(), 50)
  const { id } = await store.users.create(ada, NOW)
  assert.ok(await store.users.find(id))
})

test('work begins only when nobody else writes', async () => {
  const store = openStore()
  await store.migrate()
  const writer = new SqliteFile(join(folder, 'vestibule.db'))
  writer.exec('begin immediate')
  setTimeout(() => writer.exec('commit').close(), 50)
  let runs = 0
  await store.transaction(async tables => {
    runs++
    assert.ok(!writer.open)
    await tables.users.create(ada, NOW)
  })
  assert.equal(runs, 1)
})

test('a transaction that a failed COMMIT left open does not block the next one', async () => {
  const db = openDatabase(`sqlite:${join(folder, 'vestibule.db')}`)
  open.push({ close: () => db.destroy() })
  await db.raw('create table t (n integer)')
  await db.raw('begin immediate')
  await db.raw('insert into t values (1)')
  await inTransaction(db, async sql => {
    await sql('insert into t values (2)')
  })
  assert.deepEqual(await db.raw('select n from t'), [{ n: 2 }])
})
