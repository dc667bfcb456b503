import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { before, test } from 'node:test'
import { inspect } from 'node:util'
import { openDatabase } from '../../../src/store/db/database.js'
import { StoreError } from '../../../src/store/db/errors.js'
import { retryWhenBusy } from '../../../src/store/db/sql.js'
import { createStore } from '../../../src/store/store.js'
import type { Store } from '../../../src/store/types.js'
import { newSealer, onBothDatabases } from '../both-databases.js'
import { addPerson, NOW, sessionOf } from '../sample-users.js'

onBothDatabases(database => {
  let url: string
  let store: Store
  before(async () => {
    url = await database.freshUrl()
    store = await database.openStore(url)
    await store.migrate()
  })

  test('every query of a closed store is a StoreError, and closing again is fine', async () => {
    const closed = await database.openStore(url)
    await closed.ping()
    await closed.close()
    await closed.close()
    const queries = [
      closed.ping(),
      closed.schema(),
      closed.users.find('id'),
      closed.sessions.find('hash'),
      closed.usedAttempts.markUsed('hash', NOW),
      closed.transaction(tables => tables.users.find('id')),
      closed.migrate(),
    ]
    for (const query of queries) await assert.rejects(query, { name: 'StoreError', code: 'store_unavailable' })
  })

  test('a table that is missing is a StoreError that names the driver code', async () => {
    const empty = await database.openStore(await database.freshUrl())
    const driverCode = database.kind === 'SQLite' ? 'SQLITE_ERROR' : '42P01'
    await assert.rejects(empty.users.find('id'), {
      ...{ name: 'StoreError', driverCode, cause: { driverCode } },
      message: `The database did not answer a query (${driverCode})`,
    })
  })

  test('a StoreError shows nothing of what was written', async () => {
    const person = await addPerson(store)
    const session = sessionOf(person, {
      handleHash: 'the-secret-hash',
      data: 'the-secret-data',
      idToken: 'the-secret-id',
    })
    await store.sessions.insert(session)
    const again = await store.sessions.insert(session).catch(error => error)
    const inside = await store
      .transaction(tables => tables.sessions.insert({ ...session, userId: 'the-secret-user' }))
      .catch(error => error)
    for (const error of [again, inside]) {
      assert.ok(error instanceof StoreError)
      assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), /the-secret/)
    }
  })

  test('a migrated database answers a ping', async () => {
    await store.ping()
  })

  if (database.kind === 'SQLite') return

  test('PostgreSQL that ends all connections is an error once, and then works again by itself', async () => {
    const name = new URL(url).pathname.slice(1)
    const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`
    await assert.rejects(
      store.transaction(async tables => {
        await tables.users.find('id')
        await database.sql(url, end)
        await tables.users.find('id')
      }),
      StoreError,
    )
    await store.ping()
    await addPerson(store)
  })

  test('a query that the server never answers is an error, and the next one works', async t => {
    const db = openDatabase(url, { connectMs: 3_000, socketMs: 200 })
    t.after(() => db.destroy())
    await assert.rejects(
      retryWhenBusy(() => db.raw('select pg_sleep(60)')),
      StoreError,
    )
    await retryWhenBusy(() => db.raw('select 1'))
  })
})

test('a PostgreSQL that is not there is a StoreError without the password', async t => {
  const store = createStore('postgres://vestibule:the-secret@127.0.0.1:1/vestibule', newSealer())
  t.after(() => store.close())
  const error = await store.ping().catch(error => error)
  assert.equal(error.driverCode, 'ECONNREFUSED')
  assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), /the-secret/)
})

test('a PostgreSQL that is not there is a StoreError too if it takes the connection and says nothing', async t => {
  const silent = createServer(socket => t.after(() => socket.destroy())).listen(0, '127.0.0.1')
  t.after(() => silent.close())
  await once(silent, 'listening')
  const address = silent.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const db = openDatabase(`postgres://127.0.0.1:${port}/vestibule`, { connectMs: 50, socketMs: 1000 })
  t.after(() => db.destroy())
  await assert.rejects(
    retryWhenBusy(() => db.raw('select 1')),
    StoreError,
  )
})

test('a URL of another database is refused without repeating it', () => {
  assert.throws(
    () => openDatabase('mysql://vestibule:the-secret@localhost/vestibule'),
    error =>
      error instanceof Error && !inspect(error).includes('the-secret') && /sqlite: or postgres:/.test(error.message),
  )
})
