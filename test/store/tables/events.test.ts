import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import type { Store, StoredEvent } from '../../../src/store/types.js'
import { onBothDatabases } from '../both-databases.js'
import { addPerson, eventOf, NOW } from '../sample-users.js'

onBothDatabases(database => {
  let url: string
  let store: Store
  let userId: string
  before(async () => {
    url = await database.freshUrl()
    store = await database.openStore(url)
    await store.migrate()
  })
  beforeEach(async () => {
    userId = (await addPerson(store)).user.id
  })
  async function note(...changes: Partial<StoredEvent>[]): Promise<StoredEvent[]> {
    const events = changes.map(change => eventOf({ userId, ...change }))
    for (const event of events) await store.events.insert(event)
    return events
  }

  test('a person has their own events, the latest first, as they were noted', async () => {
    const bare = { code: null, provider: null, address: null, userAgent: null }
    const [one, two, three] = await note(
      { at: NOW },
      { at: NOW + 2, kind: 'sign-in-refused', code: 'account_disabled', subject: '42', login: 'ada', actor: 'root' },
      { at: NOW + 1, kind: 'session-ended', ...bare },
    )
    await note({ userId: (await addPerson(store)).user.id }, { userId: null })
    assert.deepEqual(await store.events.listOfUser(userId, 9), [two, three, one])
    assert.deepEqual(await store.events.listOfUser(userId, 2), [two, three])
  })

  test('an event of nobody is kept, and one of a person that there is not is refused', async () => {
    await note({ userId: null, address: 'an address of nobody' })
    const rows = await database.sql(url, `select user_id from events where address = 'an address of nobody'`)
    assert.deepEqual(rows, [{ user_id: null }])
    await assert.rejects(note({ userId: 'nobody' }), { name: 'StoreError' })
  })

  test('the user agents of the last sign-ins come each once, the latest first, and those of other events not', async () => {
    await note(
      { at: NOW + 1, userAgent: 'Lynx' },
      { at: NOW + 2, userAgent: 'Firefox' },
      { at: NOW + 3, userAgent: 'Chrome' },
      { at: NOW + 4, userAgent: 'Firefox' },
      { at: NOW + 5, userAgent: 'Safari', kind: 'sign-in-refused' },
      { at: NOW + 6, userAgent: null },
    )
    await note({ userId: (await addPerson(store)).user.id, userAgent: 'Netscape' })
    assert.deepEqual(await store.events.listUserAgents(userId, 9), [null, 'Firefox', 'Chrome', 'Lynx'])
    assert.deepEqual(await store.events.listUserAgents(userId, 3), [null, 'Firefox', 'Chrome'])
  })

  test('old events are removed a batch at a time, to the millisecond', async () => {
    await store.events.removeOlder(NOW * 2, 1000)
    await note({ at: NOW - 1 }, { at: NOW - 2 }, { at: NOW - 3, userId: null }, { at: NOW })
    const removed = []
    for (let batch = 0; batch < 3; batch++) removed.push(await store.events.removeOlder(NOW, 2))
    assert.deepEqual(removed, [2, 1, 0])
    assert.equal((await store.events.listOfUser(userId, 9)).length, 1)
  })
})
