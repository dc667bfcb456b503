import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { LEASE_MS } from '../../../src/accounts/provider-api/refresh.js'
import { getValidTokens } from '../../../src/accounts/provider-api/valid-tokens.js'
import type { Store } from '../../../src/store/types.js'
import { newSealer, onBothDatabases } from '../../store/both-databases.js'
import { NOW } from '../../store/sample-users.js'
import { createBarrier } from '../../support/barrier.js'
import { type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import { acmeAt, type Clock, connected, granted, HOUR, type Instance, newInstance, SECOND } from '../setup.js'

onBothDatabases(database => {
  let far: FakeProvider
  let stores: Store[]
  before(async () => {
    far = await startFakeProvider()
    const url = await database.freshUrl()
    const sealer = newSealer()
    stores = [await database.openStore(url, sealer), await database.openStore(url, sealer)]
    await stores[0]?.migrate()
  })
  after(() => far.stop())
  beforeEach(() => far.reset())

  function newClock(): Required<Clock> {
    return { now: NOW, monotonic: 0 }
  }
  /** One of two processes over the same database. */
  function instanceAt(clock: Clock, number: 0 | 1 = 0): Instance {
    const store = stores[number]
    if (!store) throw new Error('There are two')
    return newInstance(store, clock, [acmeAt(far)])
  }

  test('A3 a provider that failed is asked again after the wait, although the clock stepped back meanwhile', async t => {
    const clock = newClock()
    const instance = instanceAt(clock)
    t.after(() => instance.close())
    const { connection } = await connected(instance.deps.store, { expiresAt: NOW - HOUR })
    far.on('/token', json({}, 503))
    await assert.rejects(getValidTokens(instance.deps, connection), { code: 'provider_error' })
    clock.now -= HOUR
    clock.monotonic += 30 * SECOND - 1
    await assert.rejects(getValidTokens(instance.deps, connection), { code: 'provider_error' })
    assert.equal(far.calls('/token'), 1)
    clock.monotonic += 1
    far.on('/token', json(granted(2)))
    assert.equal((await getValidTokens(instance.deps, connection)).accessToken, 'access-2')
  })

  test('A3 a token that is refused is renewed again after half a minute, although the clock stepped back', async t => {
    const clock = newClock()
    const instance = instanceAt(clock)
    t.after(() => instance.close())
    const { connection } = await connected(instance.deps.store)
    let turn = 1
    far.on('/token', (seen, response) => json(granted(++turn))(seen, response))
    assert.equal((await getValidTokens(instance.deps, connection, 'access-1')).accessToken, 'access-2')
    clock.now -= HOUR
    clock.monotonic += 30 * SECOND
    assert.equal((await getValidTokens(instance.deps, connection, 'access-2')).accessToken, 'access-3')
  })

  test('A3 a lease of another instance is waited for no longer because the clock steps back', async t => {
    const clock = newClock()
    const instance = instanceAt(clock)
    t.after(() => instance.close())
    const { store } = instance.deps
    const { connection } = await connected(store, { expiresAt: 0 })
    instance.deps.store = { ...store, identities: { ...store.identities, takeLease: async () => false } }
    let looks = 0
    instance.deps.pause = async ms => {
      clock.now -= HOUR
      clock.monotonic += ms
      if (++looks > LEASE_MS) throw new Error('It waits for ever')
    }
    await assert.rejects(getValidTokens(instance.deps, connection), { code: 'provider_slow' })
  })

  if (database.kind === 'PostgreSQL') {
    for (const ahead of [25 * SECOND, -25 * SECOND, 2 * HOUR]) {
      test(`A8 of two instances whose clocks differ by ${ahead / SECOND} seconds one refreshes`, async t => {
        const [one, other] = [instanceAt(newClock(), 0), instanceAt({ ...newClock(), now: NOW + ahead }, 1)]
        t.after(() => Promise.all([one.close(), other.close()]))
        const { connection } = await connected(one.deps.store, { expiresAt: NOW - HOUR })
        const gate = createBarrier()
        far.on('/token', async (seen, response) => {
          await gate.pass()
          await json({ ...granted(2), expires_in: 24 * 3600 })(seen, response)
        })
        const first = getValidTokens(one.deps, connection)
        await gate.arrived(1)
        // The other instance has looked for the lease, and waits for it.
        let waits = 0
        const waited = new Promise<void>(resolve => {
          other.deps.pause = async () => {
            if (++waits === 3) resolve()
            await new Promise(next => setImmediate(next))
          }
        })
        const second = getValidTokens(other.deps, connection)
        await Promise.race([waited, gate.arrived(2)])
        gate.open()
        const both = await Promise.all([first, second])
        assert.deepEqual(
          both.map(({ accessToken }) => accessToken),
          ['access-2', 'access-2'],
        )
        assert.equal(far.calls('/token'), 1)
      })
    }
  } else {
    test('A8 a lease whose holder died before the clock stepped back is taken over at once', async t => {
      const clock = newClock()
      const instance = instanceAt(clock)
      t.after(() => instance.close())
      const { store } = instance.deps
      const { connection } = await connected(store, { expiresAt: NOW - 2 * HOUR })
      await store.identities.takeLease(connection.identityId, 'the dead', NOW, LEASE_MS)
      clock.now -= HOUR
      instance.deps.pause = () => Promise.reject(new Error('No holder is in the way'))
      far.on('/token', json(granted(2)))
      assert.equal((await getValidTokens(instance.deps, connection)).accessToken, 'access-2')
    })
  }
})
