import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Store } from '../../../src/store/types.js'
import { onBothDatabases } from '../both-databases.js'
import { adaAtGithub, addPerson, github, NOW, type Person, sessionOf } from '../sample-users.js'

onBothDatabases(database => {
  let store: Store
  let person: Person
  let id: string
  beforeEach(async () => {
    store ??= await database.openStore()
    person = await addPerson(store)
    id = person.identity.id
  })

  test('roles are those of the last time, each once, in the order of the alphabet', async () => {
    assert.deepEqual(await store.roles.listOfIdentity(id), [])
    await store.roles.replace(id, ['editor', 'admin', 'editor'])
    assert.deepEqual(await store.roles.listOfIdentity(id), ['admin', 'editor'])
    await store.roles.replace(id, ['reader', 'editor'])
    assert.deepEqual(await store.roles.listOfIdentity(id), ['editor', 'reader'])
    await store.roles.replace(id, [])
    assert.deepEqual(await store.roles.listOfIdentity(id), [])
  })

  test('roles are of one identity, even where a person has several', async () => {
    const second = await store.identities.create(person.user.id, github(`second of ${id}`), adaAtGithub, NOW)
    await store.roles.replace(id, ['admin'])
    await store.roles.replace(second.id, ['editor'])
    await store.roles.replace(second.id, [])
    assert.deepEqual(await store.roles.listOfIdentity(id), ['admin'])
  })

  test('a session is found with the roles of the identity that it was opened with', async () => {
    const second = await store.identities.create(person.user.id, github(`second of ${id}`), adaAtGithub, NOW)
    await store.roles.replace(id, ['site editor', 'admin,all', 'admin'])
    await store.roles.replace(second.id, ['reader'])
    const rolesOf = async (identity: typeof second) => {
      const session = sessionOf({ ...person, identity })
      await store.sessions.insert(session)
      return (await store.sessions.find(session.handleHash))?.roles
    }
    assert.deepEqual(await rolesOf(person.identity), ['admin', 'admin,all', 'site editor'])
    assert.deepEqual(await rolesOf(second), ['reader'])
    await store.roles.replace(second.id, [])
    assert.deepEqual(await rolesOf(second), [])
  })
})
