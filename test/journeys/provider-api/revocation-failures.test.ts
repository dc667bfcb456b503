import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Deadline } from '../../../src/net/deadline.js'
import type { Overrides } from '../../../src/server.js'
import type { Store, Tables } from '../../../src/store/types.js'
import { type Acme, deferred, reply, sessionOf, signIn, startAcme } from '../../support/acme-app.js'
import type { Settings } from '../../support/app.js'
import { createBarrier } from '../../support/barrier.js'
import type { FakeOAuth2 } from '../../support/fake-oauth2.js'
import { type FakeHandler, json } from '../../support/fake-provider.js'
import { pressSignOut } from '../../support/logout-app.js'
import { startPostgres } from '../../support/postgres.js'

async function start(overrides: Overrides = {}, settings: Settings = {}): Promise<Acme<FakeOAuth2>> {
  const acme = await startAcme(far => ({ ...far.laterSettings('acme'), ...settings }), overrides)
  acme.far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
  return acme
}

async function enter(acme: Acme) {
  const visitor = acme.newVisitor()
  await signIn(acme, visitor)
  return visitor
}

describe('Giving tokens back is never in the way of signing out', () => {
  const problems: Record<string, FakeHandler> = {
    refuses: reply('{"error":"invalid_client"}', { status: 401 }),
    'fails with 500': reply('no', { status: 500 }),
    'answers 503 for a while': reply('', { status: 503, headers: { 'Retry-After': '3600' } }),
    'redirects elsewhere': reply('', { status: 307, headers: { Location: 'http://127.0.0.1:1/' } }),
    'hangs up': (_, response) => void response.destroy(),
    'answers without end': (_, response) => void response.writeHead(200).end('x'.repeat(1_000_000)),
  }
  for (const [what, handler] of Object.entries(problems)) {
    test(`a revocation never delays signing out if the provider ${what}, and the log contains no token`, async () => {
      const acme = await start()
      const visitor = await enter(acme)
      const tokens: string[] = []
      acme.far.on('/revoke', (seen, response) => {
        tokens.push(seen.form.get('token') ?? '')
        return handler(seen, response)
      })
      assert.equal((await pressSignOut(visitor)).location, `${acme.app.origin}/signed-out`)
      assert.deepEqual(await sessionOf(visitor), { signed_in: false })
      await acme.stop()
      // The failure of one keeps nobody from giving the other back.
      assert.equal(tokens.length, 2)
      for (const token of tokens) assert.ok(token.length > 8 && !acme.app.logged().includes(token))
      if (what !== 'answers without end') assert.match(acme.app.logged(), /Tokens could not be revoked/)
    })
  }

  test('P12 a revocation that gets 400 for an access token that went with its refresh token is not logged as a failure', async () => {
    const acme = await start()
    const visitor = await enter(acme)
    acme.far.on('/revoke', (seen, response) => {
      const isRefreshToken = seen.form.get('token_type_hint') === 'refresh_token'
      // better-auth 1.7.5
      const body = { error: 'invalid_request', error_description: 'opaque access token not found' }
      return isRefreshToken ? reply('')(seen, response) : json(body, 400)(seen, response)
    })
    await pressSignOut(visitor)
    await acme.stop()
    assert.equal(acme.far.calls('/revoke'), 2)
    assert.doesNotMatch(acme.app.logged(), /could not be revoked/)
  })

  test('P12 the log names the provider and its error code if no token was revoked', async () => {
    for (const isOfBoth of [true, false]) {
      const acme = await start()
      const visitor = await enter(acme)
      acme.far.on('/revoke', (seen, response) => {
        const isRefused = isOfBoth || seen.form.get('token_type_hint') === 'refresh_token'
        return isRefused ? json({ error: 'invalid_request' }, 400)(seen, response) : reply('')(seen, response)
      })
      await pressSignOut(visitor)
      await acme.stop()
      const line = acme.app
        .logged()
        .split('\n')
        .find(each => each.includes('Tokens could not be revoked'))
      const { provider, providerError, cause } = JSON.parse(line ?? '{}')
      assert.deepEqual([provider, providerError], ['acme', 'invalid_request'])
      assert.match(cause, /status 400/)
    }
  })

  test('a revocation at a provider that hangs delays neither the response nor the next sign-in', async () => {
    const acme = await start()
    const visitor = await enter(acme)
    const gate = createBarrier()
    const { revoke } = acme.far.tokens
    acme.far.on('/revoke', async (seen, response) => {
      await gate.pass()
      await revoke(seen, response)
    })
    await pressSignOut(visitor)
    await gate.arrived(1)
    await signIn(acme, visitor)
    assert.deepEqual(acme.far.tokens.givenBack, [])
    assert.equal((await acme.sql('select * from provider_tokens')).length, 1)
    gate.open()
    await gate.arrived(1)
    gate.open()
    await acme.stop()
    // What the second sign-in brought is not among it.
    assert.equal(acme.far.tokens.givenBack.length, 2)
    assert.equal(new Set(acme.far.tokens.givenBack.map(({ token }) => token)).size, 2)
  })
})

describe('A stop', () => {
  /** Deadlines that come when a test says so. */
  function deadlines() {
    const acts = new Set<() => void>()
    const deadline: Deadline = (_, act) => {
      acts.add(act)
      return () => acts.delete(act)
    }
    return {
      deadline,
      come() {
        for (const act of acts) act()
      },
    }
  }

  test('a stop waits for tokens that are being given back', async () => {
    const acme = await start({ deadline: deadlines().deadline })
    const visitor = await enter(acme)
    const gate = createBarrier()
    const { revoke } = acme.far.tokens
    let open = false
    acme.far.on('/revoke', async (seen, response) => {
      if (!open) await gate.pass()
      await revoke(seen, response)
    })
    await pressSignOut(visitor)
    let over = false
    const stopping = acme.stop().then(() => {
      over = true
    })
    await gate.arrived(1)
    assert.equal(over, false)
    open = true
    gate.open()
    await stopping
    assert.equal(acme.far.tokens.givenBack.length, 2)
  })

  test('a stop waits no longer than a call may take', async () => {
    const { deadline, come } = deadlines()
    const acme = await start({ deadline })
    const visitor = await enter(acme)
    acme.far.tokens.failRevocation('hangs')
    const { revoke } = acme.far.tokens
    acme.far.on('/revoke', (seen, response) => {
      void revoke(seen, response)
      come()
    })
    await pressSignOut(visitor)
    await acme.stop()
    assert.equal(acme.far.tokens.givenBack.length, 2)
    assert.match(acme.app.logged(), /Tokens could not be revoked/)
  })
})

test('Two browsers that sign out at once leave no tokens behind on PostgreSQL either', async t => {
  const postgres = await startPostgres()
  t.after(() => postgres.stop())
  const second = deferred()
  const seen = { locks: 0, looks: 0 }
  const arrive = (kind: keyof typeof seen) => {
    seen[kind]++
    if (seen[kind] === 2) second.happen()
  }
  /** The first one waits, with its session gone and nothing committed, until the second has asked for something too. */
  const watched = (tables: Tables): Tables => ({
    ...tables,
    users: {
      ...tables.users,
      lock(id, now) {
        arrive('locks')
        return tables.users.lock(id, now)
      },
    },
    sessions: {
      ...tables.sessions,
      async hasActiveOfIdentity(...asked) {
        const any = await tables.sessions.hasActiveOfIdentity(...asked)
        arrive('looks')
        await second.happened
        return any
      },
    },
  })
  const store = (real: Store): Store => ({
    ...real,
    transaction: work => real.transaction(tables => work(watched(tables))),
  })
  const acme = await start({ store }, { DATABASE_URL: await postgres.freshDatabase() })
  const visitors = [await enter(acme), await enter(acme)]
  Object.assign(seen, { locks: 0, looks: 0 })
  const pages = await Promise.all(visitors.map(visitor => visitor.open('/logout')))
  await Promise.all(visitors.map((visitor, index) => visitor.submit(pages[index] ?? assert.fail(), '/logout')))
  assert.deepEqual(await acme.sql('select * from provider_tokens'), [])
  await acme.stop()
  assert.equal(acme.far.tokens.givenBack.length, 2)
})
