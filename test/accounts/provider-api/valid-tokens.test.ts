import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { Connection } from '../../../src/accounts/provider-api/connection.js'
import { getValidTokens } from '../../../src/accounts/provider-api/valid-tokens.js'
import { REFRESH_WAIT_MS } from '../../../src/accounts/provider-calls.js'
import { createWaitAtMost } from '../../../src/net/deadline.js'
import { createStore } from '../../../src/store/store.js'
import type { Store, StoredTokens } from '../../../src/store/types.js'
import { newSealer } from '../../store/both-databases.js'
import { NOW } from '../../store/sample-users.js'
import { createBarrier } from '../../support/barrier.js'
import { type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import {
  acmeAt,
  type Clock,
  connected,
  granted,
  HOUR,
  type Instance,
  MINUTE,
  newInstance,
  rotating,
  SECOND,
  signedIn,
  storedTokens,
} from '../setup.js'

const NEVER_AGAIN = { name: 'AccountError', code: 'forbidden', reason: 'reconnect' }
const NEVER_BEFORE = { name: 'AccountError', code: 'forbidden', reason: 'not-connected' }

let fake: FakeProvider
let store: Store
let clock: Clock
let instance: Instance
let connection: Connection
before(async () => {
  fake = await startFakeProvider()
  store = createStore('sqlite::memory:', newSealer())
  await store.migrate()
})
after(async () => {
  await fake.stop()
  await store.close()
})
beforeEach(() => {
  fake.reset()
  clock = { now: NOW }
  instance = newInstance(store, clock, [acmeAt(fake)])
})
afterEach(() => instance.close())

const connect = async (tokens: Partial<StoredTokens> = {}) => {
  const made = await connected(store, tokens)
  connection = made.connection
  return made
}
const fresh = (refused?: string) => getValidTokens(instance.deps, connection, refused)
const stored = () => store.tokens.load(connection.identityId)
const reconnectSince = async () => (await store.identities.load(connection.identityId))?.reconnectSince
const eventsOf = async () =>
  (await store.events.listOfUser(connection.userId, 10)).map(({ kind, code }) => [kind, code])

test('tokens that are good for a while yet, or of which nobody knows how long, are used as they are', async () => {
  const provider = rotating(fake)
  for (const expiresAt of [NOW + MINUTE + 1, NOW + HOUR, undefined]) {
    await connect({ expiresAt })
    assert.equal((await fresh()).accessToken, 'access-1')
  }
  assert.equal(provider.refreshes, 0)
})

test('tokens are renewed a minute before they are over, kept with their new lifetime, and told to listeners', async () => {
  rotating(fake, { refresh_token_expires_in: 7200, scope: 'read' })
  await connect({ expiresAt: NOW + MINUTE })
  const renewed = {
    ...{ accessToken: 'access-2', tokenSecret: undefined, refreshToken: 'refresh-2', tokenType: 'Bearer' },
    ...{ scope: 'read', expiresAt: NOW + HOUR, refreshExpiresAt: NOW + 2 * HOUR },
  }
  assert.deepEqual(await fresh(), renewed)
  assert.deepEqual(await stored(), renewed)
  assert.deepEqual(instance.events, ['token-refreshed'])
})

test('what a refresh leaves unsaid is as it was: the refresh token, its end and the scope are never overwritten with nothing', async () => {
  fake.on('/token', json({ access_token: 'access-2', token_type: 'Bearer' }))
  await connect({ refreshExpiresAt: NOW + HOUR })
  assert.deepEqual(
    await fresh(),
    storedTokens({ accessToken: 'access-2', expiresAt: undefined, refreshExpiresAt: NOW + HOUR }),
  )
  fake.on('/token', json({ access_token: 'access-3', refresh_token: '', token_type: 'Bearer' }))
  await store.tokens.save(connection.identityId, storedTokens({ refreshExpiresAt: NOW + HOUR }), NOW)
  clock.now += MINUTE
  assert.equal((await fresh()).refreshToken, 'refresh-1')
})

test('tokens without a refresh token are used as they are: the provider is to judge them', async () => {
  await connect({ refreshToken: undefined })
  assert.equal((await fresh()).accessToken, 'access-1')
  assert.equal((await fresh('access-1')).accessToken, 'access-1')
  assert.equal(fake.requests.length, 0)
})

test('a token that was refused is renewed, unless another one is stored by now', async () => {
  const provider = rotating(fake)
  await connect({ expiresAt: NOW + HOUR })
  assert.equal((await fresh('access-0')).accessToken, 'access-1')
  assert.equal(provider.refreshes, 0)
  assert.equal((await fresh('access-1')).accessToken, 'access-2')
  assert.equal((await fresh('access-1')).accessToken, 'access-2')
  assert.equal(provider.refreshes, 1)
})

test('an API that refuses even new tokens does not have them renewed over and over', async () => {
  const provider = rotating(fake)
  await connect({ expiresAt: NOW + HOUR })
  await fresh('access-1')
  assert.equal((await fresh('access-2')).accessToken, 'access-2')
  assert.equal(provider.refreshes, 1)
  clock.now += 30 * SECOND
  assert.equal((await fresh('access-2')).accessToken, 'access-3')
})

test('tokens that live for less than a minute are not renewed at each call', async () => {
  const provider = rotating(fake, { expires_in: 40 })
  await connect()
  for (let calls = 0; calls < 5; calls++) assert.equal((await fresh()).accessToken, 'access-2')
  assert.equal(provider.refreshes, 1)
  clock.now += 40 * SECOND
  assert.equal((await fresh()).accessToken, 'access-3')
})

test('TK-29 a hundred who ask at once in one process share one refresh', async () => {
  const provider = rotating(fake)
  await connect()
  let leases = 0
  const takeLease: Store['identities']['takeLease'] = (...lease) => {
    leases += 1
    return store.identities.takeLease(...lease)
  }
  instance.deps.store = { ...store, identities: { ...store.identities, takeLease } }
  const all = await Promise.all(Array.from({ length: 100 }, () => fresh()))
  assert.deepEqual(new Set(all.map(({ accessToken }) => accessToken)), new Set(['access-2']))
  assert.deepEqual([leases, provider.refreshes, provider.stolen], [1, 1, false])
})

test('TK-30 invalid_grant ends the refreshes of a connection: it is asked about once, and shown and told', async () => {
  fake.on('/token', json({ error: 'invalid_grant' }, 400))
  await connect()
  const all = await Promise.allSettled(Array.from({ length: 10 }, () => fresh()))
  assert.ok(all.every(({ status }) => status === 'rejected'))
  for (let calls = 0; calls < 3; calls++) await assert.rejects(fresh(), NEVER_AGAIN)
  clock.now += 24 * HOUR
  await assert.rejects(fresh(), NEVER_AGAIN)
  assert.equal(fake.calls('/token'), 1)
  assert.equal(await reconnectSince(), NOW)
  assert.deepEqual(await eventsOf(), [['refresh-failed', 'provider_error']])
  assert.equal((await stored())?.refreshToken, 'refresh-1')
})

test('TK-30 other instances do not ask again either, and the access token serves until it is over', async () => {
  fake.on('/token', json({ error: 'invalid_grant' }, 400))
  await connect({ expiresAt: NOW + MINUTE })
  assert.equal((await fresh()).accessToken, 'access-1')
  const other = newInstance(store, clock, [acmeAt(fake)])
  assert.equal((await getValidTokens(other.deps, connection)).accessToken, 'access-1')
  clock.now += MINUTE
  await assert.rejects(getValidTokens(other.deps, connection), NEVER_AGAIN)
  assert.equal(fake.calls('/token'), 1)
  await other.close()
})

test('TK-30 a sign-in makes it good again', async () => {
  fake.on('/token', json({ error: 'invalid_grant' }, 400))
  const { person } = await connect()
  await assert.rejects(fresh(), NEVER_AGAIN)
  await store.identities.recordSignIn(person.identity.id, person.identity, clock.now)
  await store.tokens.save(connection.identityId, storedTokens({ accessToken: 'new', refreshToken: 'fresh' }), clock.now)
  fake.on('/token', json(granted(7)))
  assert.equal((await fresh()).accessToken, 'access-7')
})

test('invalid_grant for a refresh token that a sign-in has replaced meanwhile: the new tokens are used, and nothing is given up', async () => {
  const newer = storedTokens({ accessToken: 'by sign-in', refreshToken: 'by sign-in', expiresAt: NOW + HOUR })
  await connect()
  fake.on('/token', async (seen, response) => {
    await store.tokens.save(connection.identityId, newer, NOW)
    await json({ error: 'invalid_grant' }, 400)(seen, response)
  })
  assert.deepEqual(await fresh(), newer)
  assert.equal(await reconnectSince(), null)
  assert.deepEqual(await eventsOf(), [])
})

test('a refresh that comes back after a sign-in brought newer tokens is thrown away', async () => {
  const newer = storedTokens({ accessToken: 'by sign-in', refreshToken: 'by sign-in', expiresAt: NOW + HOUR })
  await connect()
  fake.on('/token', async (seen, response) => {
    await store.tokens.save(connection.identityId, newer, NOW)
    await json(granted(2))(seen, response)
  })
  assert.deepEqual(await fresh(), newer)
  assert.deepEqual(await stored(), newer)
  assert.deepEqual(instance.events, [])
})

test('tokens that were taken away while they were renewed are not brought back', async () => {
  for (const away of [
    () => store.tokens.remove(connection.identityId),
    () => store.identities.remove(connection.identityId),
    () => store.users.remove(connection.userId),
  ]) {
    await connect({ expiresAt: NOW + MINUTE })
    fake.on('/token', async (seen, response) => {
      await away()
      await json(granted(2))(seen, response)
    })
    await assert.rejects(fresh(), NEVER_BEFORE)
    assert.equal(await stored(), undefined)
  }
})

// Before A16 it was not sent, and the connection had to be made anew: also where it was our clock that was wrong.
test('A16 a refresh token that is over by our clock is sent: only the provider can say that a grant is over', async () => {
  const provider = rotating(fake)
  await connect({ refreshExpiresAt: NOW - HOUR })
  assert.equal((await fresh()).accessToken, 'access-2')
  assert.equal(await reconnectSince(), null)
  assert.equal(provider.refreshes, 1)
})

test('an identity without tokens, or one that has gone, is not connected', async () => {
  await connect()
  await store.tokens.remove(connection.identityId)
  await assert.rejects(fresh(), NEVER_BEFORE)
  await store.identities.remove(connection.identityId)
  await assert.rejects(fresh(), NEVER_BEFORE)
})

for (const [what, reply] of Object.entries({
  'answers 503': json({}, 503),
  'answers HTML': json('<html>', 200),
  'refuses the client': json({ error: 'invalid_client' }, 401),
})) {
  test(`TK-31 a provider that ${what} is asked again after 30 seconds, then after twice as long, up to ten minutes`, async () => {
    fake.on('/token', reply)
    await connect()
    let wait = 30 * SECOND
    for (let asked = 1; asked < 9; asked++) {
      for (const early of [0, wait - 1]) {
        clock.now += early
        await assert.rejects(fresh(), { name: 'ProtocolError' })
        assert.equal(fake.calls('/token'), asked)
      }
      clock.now += 1
      await assert.rejects(fresh(), { name: 'ProtocolError' })
      wait = Math.min(2 * wait, 10 * MINUTE)
    }
    fake.on('/token', json(granted(2)))
    clock.now += 10 * MINUTE
    assert.equal((await fresh()).accessToken, 'access-2')
    assert.equal((await eventsOf()).length, 1)
    assert.equal(await reconnectSince(), null)
  })
}

test('TK-31 while a provider is in trouble the old token is used until it is over, and then the trouble is told', async () => {
  fake.on('/token', (_, response) => void response.destroy())
  await connect({ expiresAt: NOW + MINUTE })
  assert.equal((await fresh()).accessToken, 'access-1')
  clock.now += 20 * SECOND
  assert.equal((await fresh()).accessToken, 'access-1')
  assert.equal(fake.calls('/token'), 1)
  await assert.rejects(fresh('access-1'), { code: 'provider_unreachable' })
  clock.now += 9 * SECOND
  await assert.rejects(fresh('access-1'), { code: 'provider_unreachable' })
  clock.now += 31 * SECOND
  await assert.rejects(fresh(), { code: 'provider_unreachable' })
})

test('a provider without a free place is no trouble: the next one asks again', async () => {
  const provider = rotating(fake)
  await connect()
  const slots = Array.from({ length: 64 }, () => instance.deps.takeSlot('acme', { purpose: 'sign-in' }))
  await assert.rejects(fresh(), { code: 'provider_busy' })
  for (const slot of slots) slot.release()
  assert.equal((await fresh()).accessToken, 'access-2')
  assert.equal(provider.refreshes, 1)
})

test("TK-32 a crash between the provider's rotation and our writing leaves whole tokens, and a connection to be made anew", async () => {
  const provider = rotating(fake)
  await connect()
  const dying = { ...store, transaction: () => Promise.reject(new Error('The process died')) }
  const other = newInstance(dying, clock, [acmeAt(fake)])
  await assert.rejects(getValidTokens(other.deps, connection), { message: 'The process died' })
  assert.deepEqual(await stored(), storedTokens())
  await assert.rejects(fresh(), NEVER_AGAIN)
  assert.deepEqual(await stored(), storedTokens())
  assert.equal(provider.refreshes, 2)
  await other.close()
})

test('a lease whose holder died is waited for till its end, and then taken over', async () => {
  const provider = rotating(fake)
  await connect()
  instance.deps.pause = async ms => {
    clock.now += ms
  }
  await store.identities.takeLease(connection.identityId, 'the dead', NOW, 20 * SECOND)
  assert.equal((await fresh()).accessToken, 'access-2')
  assert.ok(clock.now >= NOW + 20 * SECOND && clock.now < NOW + 21 * SECOND, String(clock.now - NOW))
  assert.equal(provider.refreshes, 1)
})

test('TK-29 whoever gets the lease just after somebody else used it asks no more', async () => {
  const provider = rotating(fake)
  await connect()
  const other = newInstance(store, clock, [acmeAt(fake)])
  const identities: Store['identities'] = {
    ...store.identities,
    async takeLease(...lease) {
      await getValidTokens(other.deps, connection)
      return store.identities.takeLease(...lease)
    },
  }
  instance.deps.store = { ...store, identities }
  assert.equal((await fresh()).accessToken, 'access-2')
  assert.equal(provider.refreshes, 1)
  await other.close()
})

test('nobody begins a refresh with too little left of the lease', async () => {
  const provider = rotating(fake)
  await connect()
  const identities: Store['identities'] = {
    ...store.identities,
    async takeLease(...lease) {
      const taken = await store.identities.takeLease(...lease)
      // A busy database.
      if (clock.now === NOW) clock.now += 6 * SECOND
      return taken
    },
  }
  let leases = 0
  identities.releaseLease = async (...lease) => {
    leases += 1
    if (leases === 1) assert.equal(provider.refreshes, 0)
    await store.identities.releaseLease(...lease)
  }
  instance.deps.store = { ...store, identities }
  assert.equal((await fresh()).accessToken, 'access-2')
  assert.equal(provider.refreshes, 1)
})

test('A5 a request waits for a refresh no longer than it may, and the tokens that come of it are kept', async () => {
  let timeIsUp = () => {}
  const patient = createWaitAtMost((ms, act) => {
    if (ms === REFRESH_WAIT_MS) timeIsUp = act
    return () => {}
  })
  instance.deps.waitAtMost = patient
  const gate = createBarrier()
  fake.on('/token', async (seen, response) => {
    await gate.pass()
    json(granted(2))(seen, response)
  })
  await connect()
  const asked = fresh()
  await gate.arrived(1)
  timeIsUp()
  await assert.rejects(asked, { code: 'provider_slow' })
  let isSettled = false
  // A stop waits for it, too.
  const settled = instance.deps.backgroundTasks.settled().then(() => {
    isSettled = true
  })
  await Promise.resolve()
  assert.equal(isSettled, false)
  gate.open()
  await settled
  assert.equal((await stored())?.accessToken, 'access-2')
  assert.equal((await fresh()).accessToken, 'access-2')
  assert.equal(fake.calls('/token'), 1)
})

test('nobody waits for the refreshes of others for ever', async () => {
  await connect()
  const others = { ...store.identities, takeLease: async () => false }
  instance.deps.store = { ...store, identities: others }
  instance.deps.pause = async ms => {
    clock.now += ms
  }
  await assert.rejects(fresh(), { code: 'provider_slow' })
  assert.ok(clock.now - NOW < 30 * SECOND)
})

test('a session is not needed for a refresh, and stays', async () => {
  rotating(fake)
  const { person } = await connect()
  const { handleHash } = await signedIn(store, person)
  await fresh()
  assert.ok(await store.sessions.find(handleHash))
})

test('what a provider grants after the connection has ended is given back, and kept nowhere', async () => {
  await instance.close()
  instance = newInstance(store, clock, [acmeAt(fake, { revocationUrl: `${fake.origin}/revoke` })])
  await connect()
  const given: unknown[] = []
  fake.on('/revoke', (seen, response) => {
    given.push(seen.form.get('token'))
    response.writeHead(200).end()
  })
  fake.on('/token', async (seen, response) => {
    await store.tokens.remove(connection.identityId)
    await json(granted(2))(seen, response)
  })
  await assert.rejects(fresh(), NEVER_BEFORE)
  await instance.deps.backgroundTasks.settled()
  assert.deepEqual(given, ['refresh-2', 'access-2'])
  assert.equal(await stored(), undefined)
})
