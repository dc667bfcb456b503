import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { createReadyCheck } from '../../../src/store/db/ready-check.js'
import type { Store } from '../../../src/store/types.js'
import { onBothDatabases } from '../both-databases.js'

onBothDatabases(database => {
  let url: string
  let store: Store
  beforeEach(async () => {
    url = await database.freshUrl()
    store = await database.openStore(url)
    await store.migrate()
  })

  const rows = async () => Number((await database.sql(url, 'select count(*) as n from used_attempts'))[0]?.n)

  /** How often it has written. */
  function count() {
    let writes = 0
    const watched: Store = {
      ...store,
      checkWritable() {
        writes += 1
        return store.checkWritable()
      },
    }
    return { watched, writes: () => writes }
  }

  test('A9 what the check of readiness writes is gone again, also where several instances check at once', async () => {
    await store.usedAttempts.markUsed('an attempt', 1)
    const others = await Promise.all([1, 2, 3].map(() => database.openStore(url)))
    for (let round = 0; round < 3; round++)
      await Promise.all([store, ...others, ...others].map(each => each.checkWritable()))
    assert.equal(await rows(), 1)
    assert.equal(await store.usedAttempts.has('an attempt'), true)
  })

  test('A9 it writes once in five seconds, for all who ask, and at once where the last write failed', async () => {
    let now = 1_000_000
    const { watched, writes } = count()
    const check = createReadyCheck(watched, () => now)
    assert.equal(writes(), 0)
    await Promise.all(Array.from({ length: 50 }, check))
    now += 4_999
    await check()
    assert.equal(writes(), 1)
    now += 1
    await check()
    assert.equal(writes(), 2)
    now -= 3_600_000
    await check()
    assert.equal(writes(), 3)

    now += 5_000
    await database.sql(url, 'alter table used_attempts rename to lost')
    for (let asked = 0; asked < 2; asked++) await assert.rejects(check, { code: 'store_unavailable' })
    await database.sql(url, 'alter table lost rename to used_attempts')
    await check()
    assert.equal(writes(), 6)
  })

  test('A9 rows that could not be removed go with the next check, or with the cleaning up of any instance', async () => {
    await forbidRemoval(url)
    await assert.rejects(() => store.checkWritable(), { code: 'store_unavailable' })
    const left = await rows()
    await assert.rejects(() => store.checkWritable(), { code: 'store_unavailable' })
    assert.equal(await rows(), left)
    assert.ok(left > 0)
    await allowRemoval(url)
    await store.checkWritable()
    assert.equal(await rows(), 0)

    await forbidRemoval(url)
    await assert.rejects(() => store.checkWritable(), { code: 'store_unavailable' })
    await allowRemoval(url)
    await (await database.openStore(url)).usedAttempts.removeOlder(1, 100)
    assert.equal(await rows(), 0)
  })

  async function forbidRemoval(of: string): Promise<void> {
    if (database.kind === 'SQLite') {
      await database.sql(
        of,
        `create trigger no_removal before delete on used_attempts begin select raise(abort, 'no'); end`,
      )
      return
    }
    await database.sql(
      of,
      `create function no_removal() returns trigger language plpgsql as 'begin raise exception ''no''; end'`,
    )
    await database.sql(
      of,
      'create trigger no_removal before delete on used_attempts for each row execute function no_removal()',
    )
  }

  async function allowRemoval(of: string): Promise<void> {
    if (database.kind === 'SQLite') await database.sql(of, 'drop trigger no_removal')
    else await database.sql(of, 'drop function no_removal cascade')
  }
})
