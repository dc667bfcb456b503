import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { AccountsDeps } from '../../../src/accounts/deps.js'
import { getValidTokens } from '../../../src/accounts/provider-api/valid-tokens.js'
import { endOtherSessions, signOut } from '../../../src/accounts/sessions/end-sessions.js'
import type { Store } from '../../../src/store/types.js'
import { newSealer, onBothDatabases } from '../../store/both-databases.js'
import { addPerson, NOW } from '../../store/sample-users.js'
import { createBarrier } from '../../support/barrier.js'
import { type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import {
  acmeAt,
  type Clock,
  connected,
  granted,
  type Instance,
  newInstance,
  rotating,
  signedIn,
  storedTokens,
} from '../setup.js'

const INSTANCES = 4

type Made = Awaited<ReturnType<typeof connected>>

/** Whoever writes tokens, or takes them away, in the order in which the story does it. */
const RIVALS: Record<string, (deps: AccountsDeps, made: Made) => Promise<unknown>> = {
  'a sign-in': (deps, { connection: { identityId } }) =>
    deps.store.transaction(async ({ identities, tokens }) => {
      const identity = await identities.load(identityId)
      assert.ok(identity)
      await identities.recordSignIn(identityId, identity, NOW)
      await tokens.save(identityId, storedTokens({ accessToken: 'by sign-in', refreshToken: 'by sign-in' }), NOW)
    }),
  'the end of a connection': (deps, { connection: { identityId, userId } }) =>
    deps.store.transaction(async ({ users, tokens }) => {
      await users.lock(userId, NOW)
      await tokens.remove(identityId)
    }),
  'a sign-out': async (deps, { person }) =>
    signOut(deps, await signedIn(deps.store, person), { userAgent: null, address: null }),
  'the end of a session elsewhere': async (deps, { person }) => {
    await signedIn(deps.store, person)
    const here = await signedIn(deps.store, await addPerson(deps.store))
    await endOtherSessions(deps, { ...here, user: person.user }, { userAgent: null, address: null })
  },
}

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
    instances = stores.map(store => newInstance(store, clock, [acmeAt(far, { revocationUrl: `${far.origin}/revoke` })]))
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
      instances.flatMap(({ deps }) => Array.from({ length: 10 }, () => getValidTokens(deps, connection))),
    )
    assert.deepEqual(new Set(all.map(({ accessToken }) => accessToken)), new Set(['access-2']))
    assert.deepEqual([provider.refreshes, provider.stolen], [1, false])
  })

  test('TK-29 the lease is given back, so that the next refresh waits for nobody', async () => {
    const provider = rotating(far)
    const [one, other] = two()
    const { connection } = await connected(one.deps.store)
    await getValidTokens(one.deps, connection)
    clock.now += 3_600_000
    other.deps.pause = () => Promise.reject(new Error('Nobody is in the way'))
    assert.equal((await getValidTokens(other.deps, connection)).accessToken, 'access-3')
    assert.equal(provider.refreshes, 2)
  })

  test('TK-30 of two processes one hears invalid_grant, and the other hears of it', async () => {
    const [one, other] = two()
    const { connection } = await connected(one.deps.store)
    const gate = createBarrier()
    far.on('/token', async (seen, response) => {
      await gate.pass()
      await json({ error: 'invalid_grant' }, 400)(seen, response)
    })
    const first = getValidTokens(one.deps, connection)
    const second = getValidTokens(other.deps, connection)
    const both = Promise.allSettled([first, second])
    await gate.arrived(1)
    gate.open()
    assert.deepEqual(
      (await both).map(({ status }) => status),
      ['rejected', 'rejected'],
    )
    assert.equal(far.calls('/token'), 1)
    const events = await one.deps.store.events.listOfUser(connection.userId, 10)
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['refresh-failed'],
    )
  })

  test('while one process asks the provider, no transaction keeps others from writing', async () => {
    const [one, other] = two()
    const { connection } = await connected(one.deps.store)
    const gate = createBarrier()
    far.on('/token', async (seen, response) => {
      await gate.pass()
      await json(granted(2))(seen, response)
    })
    const refresh = getValidTokens(one.deps, connection)
    await gate.arrived(1)
    await other.deps.store.transaction(tables => tables.users.lock(connection.userId, NOW))
    await other.deps.store.transaction(async tables => {
      const identity = await tables.identities.load(connection.identityId)
      assert.ok(identity)
      await tables.identities.recordSignIn(identity.id, identity, NOW)
    })
    gate.open()
    assert.equal((await refresh).accessToken, 'access-2')
  })

  type Gate = ReturnType<typeof createBarrier>

  /** A store whose transactions wait at a gate before they write tokens. */
  const hesitating = (store: Store, gate: Gate): Store => ({
    ...store,
    transaction: work =>
      store.transaction(tables =>
        work({
          ...tables,
          tokens: {
            ...tables.tokens,
            async save(...tokens) {
              await gate.pass()
              await tables.tokens.save(...tokens)
            },
          },
        }),
      ),
  })

  for (const [what, rival] of Object.entries(RIVALS)) {
    test(`${what} in the very moment when a refresh is written down is not undone by it`, async () => {
      rotating(far)
      const [one, other, watching] = instances.map(({ deps }) => deps)
      assert.ok(one && other && watching)
      const made = await connected(one.store)
      const { connection } = made
      const gate = createBarrier()
      const refresh = getValidTokens({ ...one, store: hesitating(one.store, gate) }, connection).catch(() => undefined)
      await gate.arrived(1)
      const rivalling = rival(other, made)
      // As much time as they would need, if nothing stood still.
      for (let turn = 0; turn < 50; turn++) await watching.store.ping()
      gate.open()
      await Promise.all([refresh, rivalling])
      assert.notEqual((await one.store.tokens.load(connection.identityId))?.accessToken, 'access-2')
    })
  }
})
