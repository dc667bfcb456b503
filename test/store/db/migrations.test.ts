import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { migrations } from '../../../migrations/index.js'
import { openDatabase } from '../../../src/store/db/database.js'
import { migrateLatest, readSchema, requireCurrentSchema, rollback } from '../../../src/store/db/migrations.js'
import { onBothDatabases, type TestDatabase } from '../both-databases.js'
import { addPerson } from '../sample-users.js'

const names = [...migrations.keys()]

test('every file of the migrations folder is listed, in order', () => {
  const files = readdirSync(new URL('../../../migrations', import.meta.url)).filter(file => file.endsWith('.js'))
  assert.deepEqual(files.sort(), [...names.map(name => `${name}.js`), 'index.js'])
})

/** As an app of yesterday left them. */
const OLD_ROWS = [
  `insert into users (id, name, email_verified, created_at, updated_at) values ('u', 'Ada', true, 1, 1)`,
  `insert into identities (id, user_id, provider, issuer, subject, email, email_verified, raw_profile, created_at,
     last_sign_in_at) values ('i', 'u', 'github', '', '1', 'ada@example.org', true, '{}', 1, 1)`,
  `insert into provider_tokens (identity_id, access_token, token_type, updated_at) values ('i', 'sealed', 'bearer', 1)`,
  `insert into sessions (handle_hash, user_id, identity_id, data, created_at, seen_at, expires_at)
     values ('a-hash-of-forty-three-characters', 'u', 'i', '{}', 1, 1, 1)`,
  `insert into used_attempts (state_hash, used_at) values ('mark', 1)`,
]

onBothDatabases(database => {
  test('migrations run forward, back and forward again', async t => {
    const url = await database.freshUrl()
    const db = openDatabase(url)
    t.after(() => db.destroy())

    assert.deepEqual(await migrateLatest(db), names)
    const tables = await listTables(database, url)
    const undone = []
    for (;;) {
      const [name] = await rollback(db)
      if (name === undefined) break
      undone.push(name)
    }
    assert.deepEqual(undone, [...names].reverse())
    assert.deepEqual(
      (await listTables(database, url)).filter(table => !table.includes('knex')),
      [],
    )
    assert.deepEqual(await migrateLatest(db), names)
    assert.deepEqual(await listTables(database, url), tables)
    assert.deepEqual(await migrateLatest(db), [])
  })

  test('the steps for accounts keep what is there, forward and back', async t => {
    const url = await database.freshUrl()
    const db = openDatabase(url)
    t.after(() => db.destroy())
    await migrateLatest(db)
    const backTo = async (last: string) => {
      while ((await readSchema(db)).missing[0] !== names[names.indexOf(last) + 1]) await rollback(db)
    }
    await backTo('0006-token-secret')
    for (const statement of OLD_ROWS) await database.sql(url, statement)
    const oldTables = ['users', 'identities', 'provider_tokens', 'sessions', 'used_attempts']
    const rows = () => Promise.all(oldTables.map(table => database.sql(url, `select * from ${table}`)))
    const earlier = await rows()

    await migrateLatest(db)
    const store = await database.openStore(url)
    const found = await store.sessions.find('a-hash-of-forty-three-characters')
    assert.deepEqual([found?.session.id, found?.session.providerSid], ['a-hash-of-forty-three-', null])
    assert.deepEqual(found?.roles, [])
    const identity = await store.identities.load('i')
    assert.deepEqual([identity?.groups, identity?.reconnectSince, identity?.claimSources], [[], null, null])
    assert.equal(await store.identities.takeLease('i', 'holder', 1, 1), true)

    await backTo('0013-refresh-refusals')
    await database.sql(url, `insert into events (id, at, kind, user_id) values ('e', 1, 'signed-in', 'u')`)
    await migrateLatest(db)
    const [event] = await store.events.listOfUser('u', 9)
    assert.deepEqual([event?.kind, event?.subject, event?.login, event?.actor], ['signed-in', null, null, null])

    await backTo('0006-token-secret')
    assert.deepEqual(await rows(), earlier)
    await migrateLatest(db)
    assert.equal((await store.sessions.find('a-hash-of-forty-three-characters'))?.user.name, 'Ada')
  })

  test('CF-15 an empty database is older, and asking creates nothing', async () => {
    const url = await database.freshUrl()
    const store = await database.openStore(url)
    assert.deepEqual(await store.schema(), { state: 'older', missing: names, unknown: [] })
    assert.deepEqual(await listTables(database, url), [])
  })

  test('CF-15 a database that lacks the last step is older', async t => {
    const db = openDatabase(await database.freshUrl())
    t.after(() => db.destroy())
    await migrateLatest(db)
    assert.deepEqual(await readSchema(db), { state: 'current', missing: [], unknown: [] })
    await rollback(db)
    assert.deepEqual(await readSchema(db), { state: 'older', missing: names.slice(-1), unknown: [] })
  })

  test('CF-15 a database with a step this build does not know is newer, and is left alone', async () => {
    const url = await database.freshUrl()
    const store = await database.openStore(url)
    await store.migrate()
    await database.sql(url, `insert into knex_migrations (name, batch) values ('9999-later', 2)`)
    assert.deepEqual(await store.schema(), { state: 'newer', missing: [], unknown: ['9999-later'] })
    await assert.rejects(store.migrate(), { name: 'MigrationError', message: /newer than this build.*9999-later/ })
  })

  test('of several processes that migrate at once one does it, and the others find it done', async () => {
    const url = await database.freshUrl()
    const stores = await Promise.all(Array.from({ length: 4 }, () => database.openStore(url)))
    const ran = await Promise.all(stores.map(store => store.migrate()))
    assert.deepEqual(
      ran.filter(list => list.length > 0),
      [names],
    )
    assert.equal((await stores[0]?.schema())?.state, 'current')
  })

  test('a stale lock is named, with the way out', async () => {
    const url = await database.freshUrl()
    const store = await database.openStore(url)
    await store.migrate()
    await database.sql(url, 'update knex_migrations_lock set is_locked = 1')
    await assert.rejects(store.migrate(), { name: 'MigrationError', message: /knex_migrations_lock set is_locked = 0/ })
    await database.sql(url, 'update knex_migrations_lock set is_locked = 0')
    assert.deepEqual(await store.migrate(), [])
  })

  test('a step that fails undoes the steps before it', async () => {
    const url = await database.freshUrl()
    const store = await database.openStore(url)
    await database.sql(url, 'create table sessions (id integer)')
    await assert.rejects(store.migrate(), { name: 'MigrationError', message: /undone: .*sessions/ })
    assert.deepEqual(await listTables(database, url), ['sessions'])
    await database.sql(url, 'drop table sessions')
    assert.deepEqual(await store.migrate(), names)
    await addPerson(store)
  })
})

async function listTables(database: TestDatabase, url: string): Promise<string[]> {
  const rows =
    database.kind === 'SQLite'
      ? await database.sql(url, `select name from sqlite_schema where type = 'table' and name <> 'sqlite_sequence'`)
      : await database.sql(
          url,
          `select table_name as name from information_schema.tables where table_schema = 'public'`,
        )
  return rows.map(row => String(row.name)).sort()
}

test('W15 the message about a schema that does not fit has the right number, for one migration and for several', async () => {
  const refusalOf = async (state: 'older' | 'newer', names: string[]) => {
    const schema = async () => ({ state, missing: names, unknown: names })
    return requireCurrentSchema({ schema }).catch((error: Error) => error.message)
  }
  const older = 'The database is older than this build: the migration'
  assert.equal(await refusalOf('older', ['1-a']), `${older} 1-a has not run. Run: npx vestibule migrate`)
  assert.equal(await refusalOf('older', ['1-a', '2-b']), `${older}s 1-a, 2-b have not run. Run: npx vestibule migrate`)
  const newer = 'The database is newer than this build, which does not know'
  assert.equal(await refusalOf('newer', ['9-z']), `${newer} 9-z. Start the build that ran it, or a newer one.`)
  assert.equal(
    await refusalOf('newer', ['8-y', '9-z']),
    `${newer} 8-y, 9-z. Start the build that ran them, or a newer one.`,
  )
})
