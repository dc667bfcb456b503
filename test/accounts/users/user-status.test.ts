import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { disableUser, enableUser } from '../../../src/accounts/users/user-status.js'
import type { Store } from '../../../src/store/types.js'
import { onBothDatabases } from '../../store/both-databases.js'
import { addPerson, NOW, type Person, sessionOf } from '../../store/sample-users.js'

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

  const sessions = async ({ user }: Person) => (await store.sessions.listActiveOfUser(user.id, NOW, 0, 9)).length
  const disabledAt = async ({ user }: Person) => (await store.users.find(user.id))?.disabledAt

  test('who is shut out loses all sessions, and nobody else does', async () => {
    assert.equal(await disableUser(store, person.user.id, 'root', NOW), 2)
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
    await assert.rejects(disableUser(failing(store), person.user.id, 'root', NOW), /full/)
    assert.deepEqual([await disabledAt(person), await sessions(person)], [null, 2])
  })

  test('a session that slipped in while they were shut out does not wake up with them', async () => {
    await disableUser(store, person.user.id, 'root', NOW)
    await store.sessions.insert(sessionOf(person))
    await enableUser(store, person.user.id, 'root', NOW + 1)
    assert.deepEqual([await disabledAt(person), await sessions(person)], [null, 0])
    assert.equal(await sessions(other), 1)
  })

  test('who was not shut out stays signed in where somebody lets them back in', async () => {
    await enableUser(store, person.user.id, 'root', NOW)
    assert.deepEqual([await disabledAt(person), await sessions(person)], [null, 2])
  })

  const trail = async ({ user }: Person) =>
    (await store.events.listOfUser(user.id, 9)).map(({ kind, code, actor }) => [kind, code, actor])

  test('W7 an account that is disabled or enabled has an event with the operator, also where no session was open', async () => {
    await store.sessions.removeAllOfUser(person.user.id)
    await disableUser(store, person.user.id, 'grace', NOW)
    assert.deepEqual(await trail(person), [['account-disabled', null, 'grace']])
    await enableUser(store, person.user.id, 'uid:1001', NOW + 1)
    assert.deepEqual(await trail(person), [
      ['account-enabled', null, 'uid:1001'],
      ['account-disabled', null, 'grace'],
    ])
    await disableUser(store, other.user.id, 'grace', NOW)
    assert.deepEqual((await trail(other)).sort(), [
      ['account-disabled', null, 'grace'],
      ['session-ended', 'operator', 'grace'],
    ])
  })

  test('W7 what changes nothing leaves no event', async () => {
    await enableUser(store, person.user.id, 'grace', NOW)
    assert.deepEqual(await trail(person), [])
    await disableUser(store, person.user.id, 'grace', NOW)
    const before = await trail(person)
    await disableUser(store, person.user.id, 'grace', NOW + 1)
    assert.deepEqual(await trail(person), before)
  })
})
