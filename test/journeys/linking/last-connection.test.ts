// Nobody locks themselves out of their account: its last way in stays.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Overrides } from '../../../src/server.js'
import { accountRows, act, connect, connections, disconnect, eventsOf } from '../../support/account-actions.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { createBarrier } from '../../support/barrier.js'
import { type HttpBrowser, hiddenFields } from '../../support/http-browser.js'
import { type Postgres, startPostgres } from '../../support/postgres.js'
import {
  AT_ACME,
  AT_BOLT,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

async function signedIn(pair: TwoProviderApp): Promise<HttpBrowser> {
  const visitor = pair.newVisitor()
  pair.bolt.useBrowser(visitor, AT_BOLT.ada)
  assert.equal((await signInThrough('acme', pair, visitor, AT_ACME.ada)).status, 200)
  return visitor
}

const idOf = async (visitor: HttpBrowser): Promise<string> => (await sessionOf(visitor)).user.id

describe('ID-16 The last connection', () => {
  let pair: TwoProviderApp
  let clock = Date.now()
  before(async () => {
    pair = await startTwoProviderApp({}, { now: () => clock++ })
  })
  after(() => pair.stop())
  beforeEach(async () => {
    await pair.sql('delete from users')
    pair.reset()
    clock = Date.now()
  })

  test('ID-16 the only connection of an account stays, and has no button to remove it', async () => {
    const laptop = await signedIn(pair)
    const before = await accountRows(pair)
    assert.doesNotMatch((await laptop.open('/account')).text, /\/disconnect"/)
    const page = await disconnect(laptop, pair, 'acme')
    assertRefused(page, 409, 'last_connection')
    assert.match(page.text, /href="\/account"/)
    assert.deepEqual(await accountRows(pair), before)
    assert.deepEqual(await eventsOf(pair, await idOf(laptop)), ['signed-in acme new_account'])
  })

  test('ID-16 the first of two connections can be removed, and the other stays', async () => {
    const laptop = await signedIn(pair)
    await connect(laptop, 'bolt')
    assert.equal((await disconnect(laptop, pair, 'bolt')).status, 303)
    assertRefused(await disconnect(laptop, pair, 'acme'), 409, 'last_connection')
    assert.deepEqual(await connections(pair), ['ada acme 1'])
  })

  test('ID-16 a connection whose provider is not in PROVIDERS signs no user in, so the other one is the last', async () => {
    const laptop = await signedIn(pair)
    await connect(laptop, 'bolt')
    await pair.sql("update identities set provider = 'gone' where provider = 'bolt'")
    const before = await accountRows(pair)
    assertRefused(await disconnect(laptop, pair, 'acme'), 409, 'last_connection')
    assert.deepEqual(await accountRows(pair), before)
    // It may go itself, though nobody can give its tokens back.
    assert.equal((await disconnect(laptop, pair, 'gone')).status, 303)
    assert.deepEqual(await connections(pair), ['ada acme 1'])
  })

  test('ID-16 two connections of one provider are two ways to sign in', async () => {
    const laptop = await signedIn(pair)
    pair.acme.useBrowser(laptop, AT_ACME.grace)
    await connect(laptop, 'acme')
    assert.deepEqual(await connections(pair), ['ada acme 1', 'ada acme 2'])
    const [first] = await pair.sql("select id from identities where subject = '2'")
    assert.equal((await act(laptop, `/account/connections/${first?.id}/disconnect`)).status, 303)
    assertRefused(await disconnect(laptop, pair, 'acme'), 409, 'last_connection')
  })
})

describe('ID-16 The last two connections, taken off at once', () => {
  const ROUNDS = 5
  let postgres: Postgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.stop())

  const databases = {
    SQLite: async () => ({}),
    PostgreSQL: async () => ({ DATABASE_URL: await postgres.freshDatabase() }),
  }
  for (const [name, settings] of Object.entries(databases)) {
    test(`ID-16 one goes and the other stays, on ${name}`, { timeout: 60_000 }, async () => {
      const crossing = holdTransactions()
      const pair = await startTwoProviderApp(await settings(), crossing.overrides)
      try {
        for (let round = 0; round < ROUNDS; round++) {
          await pair.sql('delete from users')
          const laptop = await signedIn(pair)
          await connect(laptop, 'bolt')
          const form = hiddenFields((await laptop.open('/account')).text)
          const ids = (await pair.sql('select id from identities')).map(({ id }) => id)

          const gate = crossing.hold()
          const both = ids.map(id => laptop.ask(`/account/connections/${id}/disconnect`, { method: 'POST', form }))
          // Both have been let in, and neither has begun.
          await gate.arrived(2)
          crossing.letGo()
          const [first, second] = (await Promise.all(both)).sort((one, other) => one.status - other.status)
          assert.equal(first?.status, 303)
          // Where the one that goes is the one they are signed in with, their session goes with it.
          assert.match(second?.text ?? '', /last_connection|sign_in_required/)
          assert.equal((await pair.sql('select id from identities')).length, 1)
        }
      } finally {
        crossing.letGo()
        await pair.stop()
      }
    })
  }
})

/** Two requests come to their transactions together. */
function holdTransactions() {
  let gate: ReturnType<typeof createBarrier> | undefined
  const overrides: Overrides = {
    store: store => ({
      ...store,
      async transaction(work) {
        await gate?.pass()
        return store.transaction(work)
      },
    }),
  }
  return {
    overrides,
    hold() {
      gate = createBarrier()
      return gate
    },
    letGo() {
      gate?.open()
      gate = undefined
    },
  }
}
