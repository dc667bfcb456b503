import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test'
import SqliteFile from 'better-sqlite3'
import type { Knex } from 'knex'
import { openDatabase } from '../../../src/store/db/database.js'
import { migrateLatest } from '../../../src/store/db/migrations.js'
import { createSql } from '../../../src/store/db/sql.js'
import { createStore } from '../../../src/store/store.js'
import { createUsedAttemptTable } from '../../../src/store/tables/used-once.js'
import type { UsedAttemptTable } from '../../../src/store/types.js'
import { type Postgres, runSql, startPostgres } from '../../support/postgres.js'
import { newSealer } from '../both-databases.js'
import { ada, adaAtGithub, github, NOW } from '../sample-users.js'

const unavailable = (driverCode: string) => ({ name: 'StoreError', code: 'store_unavailable', driverCode })

/** Lets mocked time pass, a moment at a time, until something has settled. */
async function passTime<T>(settling: Promise<T>, step: number): Promise<T> {
  let open = true
  const end = settling.finally(() => {
    open = false
  })
  end.catch(() => {})
  while (open) {
    mock.timers.tick(step)
    await new Promise(resolve => setImmediate(resolve))
  }
  return end
}

afterEach(() => mock.timers.reset())

describe('DS-12 An SQLite file', () => {
  let folder: string
  let db: Knex
  let marks: UsedAttemptTable

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vestibule-trouble-'))
    db = openDatabase(`sqlite:${join(folder, 'vestibule.db')}`)
    await migrateLatest(db)
    marks = createUsedAttemptTable(createSql(db))
  })
  afterEach(async () => {
    await db.destroy()
    rmSync(folder, { recursive: true, force: true })
  })

  test('DS-12 an SQLite file on a full disk refuses to write, keeps what it has, and goes on when there is room again', async () => {
    assert.ok(await marks.markUsed('before', NOW))
    await db.raw('pragma max_page_count = 1')
    const fill = async () => {
      for (let n = 0; n < 10_000; n++) await marks.markUsed(`${n} ${'x'.repeat(500)}`, NOW)
    }
    await assert.rejects(fill, unavailable('SQLITE_FULL'))
    assert.ok(await marks.has('before'))
    await db.raw('pragma max_page_count = 1000000')
    assert.ok(await marks.markUsed('after', NOW))
  })

  test('DS-12 an SQLite file that cannot be written still answers, refuses to write, and goes on when it can', async () => {
    assert.ok(await marks.markUsed('before', NOW))
    await db.raw('pragma query_only = on')
    await assert.rejects(marks.markUsed('during', NOW), unavailable('SQLITE_READONLY'))
    assert.ok(await marks.has('before'))
    await db.raw('pragma query_only = off')
    assert.ok(await marks.markUsed('during', NOW))
  })

  test('DS-12 an SQLite file that somebody else keeps locked is given up after five seconds, and goes on when it is let go', async () => {
    const writer = new SqliteFile(join(folder, 'vestibule.db'))
    writer.exec('begin exclusive')
    mock.timers.enable({ apis: ['setTimeout'] })
    await assert.rejects(passTime(marks.markUsed('during', NOW), 10), unavailable('SQLITE_BUSY'))
    mock.timers.reset()
    assert.equal(await marks.has('during'), false)
    writer.exec('rollback').close()
    assert.ok(await marks.markUsed('during', NOW))
  })
})

describe('A PostgreSQL', () => {
  let postgres: Postgres
  let url: string
  before(async () => {
    postgres = await startPostgres()
    url = await postgres.freshDatabase()
    const store = createStore(url, newSealer())
    await store.migrate()
    await store.close()
  })
  after(() => postgres.stop())

  test('DS-13 a PostgreSQL that resets connections in the middle of a transaction leaves no half of it, and the next one works', async () => {
    const store = createStore(url, newSealer())
    const name = new URL(url).pathname.slice(1)
    const signUp = (between: () => Promise<unknown>) =>
      store.transaction(async tables => {
        const { id } = await tables.users.create(ada, NOW)
        await between()
        return tables.identities.create(id, github('1'), adaAtGithub, NOW)
      })
    try {
      const reset = () =>
        runSql(postgres.url, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
      await assert.rejects(signUp(reset), { name: 'StoreError', code: 'store_unavailable' })
      assert.deepEqual(await runSql(url, 'select id from users'), [])
      await signUp(async () => {})
      assert.equal((await runSql(url, 'select id from users')).length, 1)
    } finally {
      await store.close()
    }
  })

  test('DS-11 a PostgreSQL whose connections are all taken refuses soon, and recovers when one is free', async () => {
    const store = createStore(url, newSealer())
    let letGo = () => {}
    const held = new Promise<void>(resolve => {
      letGo = resolve
    })
    try {
      let taken = 0
      const holders = Array.from({ length: 10 }, () =>
        store.transaction(async tables => {
          await tables.users.find('nobody')
          taken += 1
          await held
        }),
      )
      while (taken < 10) await new Promise(resolve => setImmediate(resolve))
      mock.timers.enable({ apis: ['setTimeout'] })
      await assert.rejects(passTime(store.ping(), 100), { name: 'StoreError', code: 'store_unavailable' })
      mock.timers.reset()
      letGo()
      await Promise.all(holders)
      await store.ping()
    } finally {
      letGo()
      await store.close()
    }
  })
})
