import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { NewSession, Store } from '../../../src/store/types.js'
import { newSealer, onBothDatabases } from '../both-databases.js'
import { addPerson, type Person, sessionOf } from '../sample-users.js'

onBothDatabases(database => {
  const sealer = newSealer()
  let url: string
  let store: Store
  let person: Person
  before(async () => {
    url = await database.freshUrl()
    store = await database.openStore(url, sealer)
    await store.migrate()
    person = await addPerson(store)
  })

  async function open(idToken: string | undefined): Promise<NewSession> {
    const session = sessionOf(person, { idToken, providerSid: 'sid' })
    await store.sessions.insert(session)
    return session
  }
  const idTokenOf = ({ handleHash }: NewSession) => store.sessions.loadIdToken(handleHash)

  test('an ID token is read as it was kept with its session', async () => {
    const long = `header.${'x'.repeat(20_000)}.signature`
    for (const idToken of ['header.payload.signature', long])
      assert.equal(await idTokenOf(await open(idToken)), idToken)
  })

  test('a session without one has none, and neither has a session that is gone', async () => {
    assert.equal(await idTokenOf(await open(undefined)), undefined)
    const session = await open('header.payload.signature')
    await store.sessions.remove(session.handleHash)
    assert.equal(await idTokenOf(session), undefined)
  })

  test('the table holds no ID token in clear', async () => {
    const { handleHash } = await open('the-header.the-payload.the-signature')
    const row = JSON.stringify(await database.sql(url, `select * from sessions where handle_hash = '${handleHash}'`))
    assert.ok(row.includes('Firefox') && !row.includes('the-payload'), row)
  })

  test('what a page reads of a session holds no ID token', async () => {
    const { handleHash } = await open('the-header.the-payload.the-signature')
    const found = await store.sessions.find(handleHash)
    assert.equal(found?.session.providerSid, 'sid')
    assert.ok(found && !('idToken' in found.session))
  })

  test('an ID token copied to another session, or tampered with, is none', async () => {
    const [one, other] = [await open('header.payload.one'), await open('header.payload.other')]
    const write = (value: string) =>
      database.sql(url, `update sessions set id_token = ${value} where handle_hash = '${other.handleHash}'`)
    await write(`(select id_token from sessions where handle_hash = '${one.handleHash}')`)
    assert.equal(await idTokenOf(other), undefined)
    assert.equal(await idTokenOf(one), 'header.payload.one')
    for (const spoilt of ['', 'x', 'header.payload.other']) {
      await write(`'${spoilt}'`)
      assert.equal(await idTokenOf(other), undefined, spoilt)
    }
  })

  test('a token of an identity is no ID token, under the same keys', async () => {
    const session = await open('header.payload.signature')
    const sealed = sealer.seal('access', `provider_tokens:${session.handleHash}:access`)
    await database.sql(url, `update sessions set id_token = '${sealed}' where handle_hash = '${session.handleHash}'`)
    assert.equal(await idTokenOf(session), undefined)
  })

  test('an ID token whose key has gone is none', async () => {
    const session = await open('header.payload.signature')
    const later = await database.openStore(url, newSealer())
    assert.equal(await later.sessions.loadIdToken(session.handleHash), undefined)
    assert.ok(await later.sessions.find(session.handleHash))
  })
})
