import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Connection } from '../../../src/accounts/provider-api/connection.js'
import { getValidTokens } from '../../../src/accounts/provider-api/valid-tokens.js'
import type { Store } from '../../../src/store/types.js'
import { newSealer, onBothDatabases } from '../../store/both-databases.js'
import { NOW } from '../../store/sample-users.js'
import { type FakeHandler, type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import { acmeAt, type Clock, connected, granted, HOUR, type Instance, MINUTE, newInstance, SECOND } from '../setup.js'

const RECONNECT = { name: 'AccountError', code: 'forbidden', reason: 'reconnect' }
const PROVIDER_ERROR = { name: 'ProtocolError', code: 'provider_error' }

const text =
  (status: number): FakeHandler =>
  (_, response) =>
    void response.writeHead(status, { 'Content-Type': 'text/html' }).end('<h1>No</h1>')

onBothDatabases(database => {
  let far: FakeProvider
  let stores: Store[]
  let clock: Clock
  before(async () => {
    far = await startFakeProvider()
    const url = await database.freshUrl()
    const sealer = newSealer()
    stores = [await database.openStore(url, sealer), await database.openStore(url, sealer)]
    await stores[0]?.migrate()
  })
  after(() => far.stop())
  beforeEach(() => {
    far.reset()
    clock = { now: NOW }
  })

  /** A process over the same database, as if it had just been started. */
  function newProcess(number: 0 | 1 = 0): Instance {
    const store = stores[number]
    if (!store) throw new Error('There are two')
    return newInstance(store, clock, [acmeAt(far)])
  }
  const connect = async () => {
    const [store] = stores
    if (!store) throw new Error('There are two')
    return (await connected(store)).connection
  }
  const reconnectSince = async ({ identityId }: Connection) =>
    (await stores[0]?.identities.load(identityId))?.reconnectSince

  for (const [what, refusal] of Object.entries<FakeHandler>({
    'invalid_request with 400': json({ error: 'invalid_request' }, 400),
    '401 without a word': text(401),
    '403 with a page': text(403),
  })) {
    test(`B-41 ${what} ends a grant when it was said three times in a row, spread by the waits between them`, async t => {
      const instance = newProcess()
      t.after(() => instance.close())
      const connection = await connect()
      far.on('/token', refusal)
      for (const wait of [30 * SECOND, 60 * SECOND]) {
        await assert.rejects(getValidTokens(instance.deps, connection), PROVIDER_ERROR)
        assert.equal(await reconnectSince(connection), null)
        clock.now += wait
      }
      await assert.rejects(getValidTokens(instance.deps, connection), RECONNECT)
      assert.equal(await reconnectSince(connection), clock.now)
      assert.equal(far.calls('/token'), 3)
      // It is not asked about any more.
      clock.now += HOUR
      await assert.rejects(getValidTokens(instance.deps, connection), RECONNECT)
      assert.equal(far.calls('/token'), 3)
    })
  }

  test('B-41 the refusals that several processes hear, and one that was started anew, are counted together', async t => {
    const connection = await connect()
    far.on('/token', text(403))
    for (const [turn, number] of ([0, 1, 0] as const).entries()) {
      const instance = newProcess(number)
      t.after(() => instance.close())
      await assert.rejects(getValidTokens(instance.deps, connection), turn < 2 ? PROVIDER_ERROR : RECONNECT)
      clock.now += 24 * HOUR
    }
  })

  test('B-41 what several processes hear at the same moment is one refusal', async t => {
    const connection = await connect()
    far.on('/token', text(403))
    for (const number of [0, 1, 0, 1] as const) {
      const instance = newProcess(number)
      t.after(() => instance.close())
      await assert.rejects(getValidTokens(instance.deps, connection), PROVIDER_ERROR)
      clock.now += SECOND
    }
    assert.equal(await reconnectSince(connection), null)
  })

  test('B-41 a refresh that succeeds, or a sign-in, starts the count anew', async t => {
    for (const success of ['refresh', 'sign-in']) {
      const connection = await connect()
      const ask = async () => {
        const instance = newProcess()
        t.after(() => instance.close())
        clock.now += 2 * HOUR
        return getValidTokens(instance.deps, connection)
      }
      const refuseTwice = async () => {
        far.on('/token', text(400))
        for (let turn = 0; turn < 2; turn++) await assert.rejects(ask(), PROVIDER_ERROR)
      }
      await refuseTwice()
      far.on('/token', json(granted(2)))
      const identity = await stores[0]?.identities.load(connection.identityId)
      assert.ok(identity)
      if (success === 'refresh') await ask()
      else await stores[0]?.identities.recordSignIn(identity.id, identity, clock.now)
      await refuseTwice()
      assert.equal(await reconnectSince(connection), null)
    }
  })

  test('B-41 trouble of the provider, and our own credentials, end no grant, and do not forgive refusals either', async t => {
    const connection = await connect()
    const ask = async () => {
      const instance = newProcess()
      t.after(() => instance.close())
      clock.now += HOUR
      return getValidTokens(instance.deps, connection)
    }
    far.on('/token', text(403))
    for (let turn = 0; turn < 2; turn++) await assert.rejects(ask(), PROVIDER_ERROR)
    const problems: FakeHandler[] = [
      ...[408, 429, 500, 503, 404].map(text),
      ...[json({ error: 'invalid_client' }, 401), json({ error: 'unauthorized_client' }, 400)],
      ...[json({ error: 'temporarily_unavailable' }, 400), json({ access_token: '' })],
      (_, response) => void response.destroy(),
    ]
    for (const problem of problems) {
      far.on('/token', problem)
      await assert.rejects(ask(), (error: { code?: string }) => error.code?.startsWith('provider_') ?? false)
      assert.equal(await reconnectSince(connection), null)
    }
    far.on('/token', text(403))
    await assert.rejects(ask(), RECONNECT)
  })

  test('B-41 a grant that is said to be over in other words than invalid_grant ends at once', async t => {
    const instance = newProcess()
    t.after(() => instance.close())
    for (const refusal of [
      json({ error: 'invalid_token' }, 401),
      json({ error: 'BAD_REFRESH_TOKEN' }, 400),
      json({ error: { code: 'invalid_grant', message: 'Gone' } }, 400),
      json({ error: { type: 'invalid_refresh_token' } }, 403),
    ]) {
      const connection = await connect()
      far.on('/token', refusal)
      await assert.rejects(getValidTokens(instance.deps, connection), RECONNECT)
      assert.equal(await reconnectSince(connection), clock.now)
      clock.now += MINUTE
    }
  })
})
