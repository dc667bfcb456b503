import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { freshTokens } from '../../src/accounts/fresh-tokens.js'
import { newSealer, onBothDatabases } from '../store/both-databases.js'
import { NOW } from '../store/people.js'
import { type FakeProvider, json, startFakeProvider } from '../support/fake-provider.js'
import { createGate } from '../support/gate.js'
import { acmeAt, type Clock, connected, granted, type Instance, newInstance, rotating, storedTokens } from './scene.js'

const INSTANCES = 4

onBothDatabases(database => {
  let far: FakeProvider
  let clock: Clock
  let instances: Instance[]
  before(async () => {
    far = await startFakeProvider()
    const url = await database.freshUrl()
    const sealer = newSealer()
    const stores = [await database.openStore(url, sealer)]
    await stores[0]?.migrate()
    while (stores.length < INSTANCES) stores.push(await database.openStore(url, sealer))
    clock = { now: NOW }
    instances = stores.map(store => newInstance(store, clock, [acmeAt(far)]))
  })
  after(async () => {
    await Promise.all(instances.map(({ close }) => close()))
    await far.stop()
  })
  beforeEach(() => {
    far.reset()
    clock.now = NOW
  })

  /** Two of them. */
  function two(): [Instance, Instance] {
    const [one, other] = instances
    if (!one || !other) throw new Error('There are four')
    return [one, other]
  }

  test('TK-29 CVE-2026-53517 whoever asks at once, in whatever process, shares one refresh', async () => {
    const provider = rotating(far)
    const { connection } = await connected(two()[0].deps.store)
    const all = await Promise.all(
      instances.flatMap(({ deps }) => Array.from({ length: 10 }, () => freshTokens(deps, connection))),
    )
    assert.deepEqual(new Set(all.map(({ accessToken }) => accessToken)), new Set(['access-2']))
    assert.deepEqual([provider.refreshes, provider.stolen], [1, false])
  })

  test('TK-29 the lease is given back, so that the next refresh waits for nobody', async () => {
    const provider = rotating(far)
    const [one, other] = two()
    const { connection } = await connected(one.deps.store)
    await freshTokens(one.deps, connection)
    clock.now += 3_600_000
    other.deps.pause = () => Promise.reject(new Error('Nobody is in the way'))
    assert.equal((await freshTokens(other.deps, connection)).accessToken, 'access-3')
    assert.equal(provider.refreshes, 2)
  })

  test('TK-30 of two processes one hears invalid_grant, and the other hears of it', async () => {
    const [one, other] = two()
    const { connection } = await connected(one.deps.store)
    const gate = createGate()
    far.on('/token', async (seen, response) => {
      await gate.pass()
      await json({ error: 'invalid_grant' }, 400)(seen, response)
    })
    const first = freshTokens(one.deps, connection)
    const second = freshTokens(other.deps, connection)
    const both = Promise.allSettled([first, second])
    await gate.arrived(1)
    gate.open()
    assert.deepEqual(
      (await both).map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    assert.equal(far.calls('/token'), 1)
    const events = await one.deps.store.events.ofUser(connection.userId, 10)
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['refresh-failed'],
    )
  })

  test('while one process asks the provider, no transaction keeps others from writing', async () => {
    const [one, other] = two()
    const { connection } = await connected(one.deps.store)
    const gate = createGate()
    far.on('/token', async (seen, response) => {
      await gate.pass()
      await json(granted(2))(seen, response)
    })
    const refresh = freshTokens(one.deps, connection)
    await gate.arrived(1)
    await other.deps.store.transaction(tables => tables.users.lock(connection.userId, NOW))
    await other.deps.store.transaction(async tables => {
      const identity = await tables.identities.load(connection.identityId)
      assert.ok(identity)
      await tables.identities.update(identity.id, identity, NOW)
    })
    gate.open()
    assert.equal((await refresh).accessToken, 'access-2')
  })

  for (const [what, rival] of Object.entries({
    'a sign-in that writes new tokens': async (instance: Instance, identityId: string, wait: () => Promise<void>) => {
      const newer = storedTokens({ accessToken: 'by sign-in', refreshToken: 'by sign-in', expiresAt: NOW + 1 })
      await instance.deps.store.transaction(async tables => {
        const identity = await tables.identities.load(identityId)
        assert.ok(identity)
        await tables.identities.update(identityId, identity, NOW)
        await wait()
        await tables.tokens.save(identityId, newer, NOW)
      })
    },
    'whoever takes the tokens away': async (instance: Instance, identityId: string, wait: () => Promise<void>) => {
      await instance.deps.store.transaction(async tables => {
        const identity = await tables.identities.load(identityId)
        assert.ok(identity)
        await tables.users.lock(identity.userId, NOW)
        await wait()
        await tables.tokens.remove(identityId)
      })
    },
  })) {
    test(`${what} in the same moment is not undone by a refresh`, async () => {
      const [one, other] = two()
      const { connection } = await connected(one.deps.store)
      const answer = createGate()
      const writing = createGate()
      far.on('/token', async (seen, response) => {
        await answer.pass()
        await json(granted(2))(seen, response)
      })
      const refresh = freshTokens(one.deps, connection).catch(() => undefined)
      await answer.arrived(1)
      const rivalling = rival(other, connection.identityId, () => writing.pass())
      await writing.arrived(1)
      answer.open()
      // The refresh is free to write before the rival has written, unless their rows stand still.
      for (let turn = 0; turn < 50; turn++) await one.deps.store.ping()
      writing.open()
      await Promise.all([refresh, rivalling])
      const left = await one.deps.store.tokens.load(connection.identityId)
      assert.notEqual(left?.accessToken, 'access-2')
    })
  }
})
