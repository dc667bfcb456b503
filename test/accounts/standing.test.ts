import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { letBackIn, shutOut } from '../../src/accounts/standing.js'
import type { Store } from '../../src/store/types.js'
import { onBothDatabases } from '../store/both-databases.js'
import { addPerson, NOW, type Person, sessionOf } from '../store/people.js'

onBothDatabases(database => {
  let url: string
  let store: Store
  let person: Person
  let other: Person
  before(async () => {
    url = await database.freshUrl()
    store = await database.openStore(url)
    await store.migrate()
  })
  beforeEach(async () => {
    person = await addPerson(store)
    other = await addPerson(store)
    for (const each of [person, person, other]) await store.sessions.insert(sessionOf(each))
  })

  const sessions = async ({ user }: Person) => (await store.sessions.liveOfUser(user.id, NOW, 0, 9)).length
  const disabledAt = async ({ user }: Person) => (await store.users.find(user.id))?.disabledAt

  test('who is shut out loses all sessions, and nobody else does', async () => {
    assert.equal(await shutOut(store, person.user.id, NOW), 2)
    assert.deepEqual([await disabledAt(person), await sessions(person)], [NOW, 0])
    assert.deepEqual([await disabledAt(other), await sessions(other)], [null, 1])
  })

  test('where the sessions cannot be ended, nobody is disabled either', async () => {
    const failing = (at: Store): Store => ({
      ...at,
      transaction: work =>
        at.transaction(tables =>
          work({
            ...tables,
            sessions: { ...tables.sessions, removeAllOfUser: () => Promise.reject(new Error('full')) },
          }),
        ),
    })
    await assert.rejects(shutOut(failing(store), person.user.id, NOW), /full/)
    assert.deepEqual([await disabledAt(person), await sessions(person)], [null, 2])
  })

  test('a session that slipped in while they were shut out does not wake up with them', async () => {
    await shutOut(store, person.user.id, NOW)
    await store.sessions.insert(sessionOf(person))
    await letBackIn(store, person.user.id, NOW + 1)
    assert.deepEqual([await disabledAt(person), await sessions(person)], [null, 0])
    assert.equal(await sessions(other), 1)
  })

  test('who was not shut out stays signed in where somebody lets them back in', async () => {
    await letBackIn(store, person.user.id, NOW)
    assert.deepEqual([await disabledAt(person), await sessions(person)], [null, 2])
  })
})
