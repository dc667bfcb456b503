// Connections that cross each other: what comes second sees what the first has done.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Overrides } from '../../../src/server.js'
import { askToConnect, connect, connections, disconnect } from '../../support/account-actions.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { createBarrier } from '../../support/barrier.js'
import type { Person } from '../../support/fake-oauth2.js'
import type { HttpBrowser } from '../../support/http-browser.js'
import { type Postgres, startPostgres } from '../../support/postgres.js'
import {
  AT_ACME,
  personOf,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

type Barrier = ReturnType<typeof createBarrier>

let postgres: Postgres
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

const DATABASES = {
  SQLite: async () => ({}),
  PostgreSQL: async () => ({ DATABASE_URL: await postgres.freshDatabase() }),
}

async function signedIn(pair: TwoProviderApp, person: Person): Promise<HttpBrowser> {
  const visitor = pair.newVisitor()
  assert.equal((await signInThrough('acme', pair, visitor, person)).status, 200)
  return visitor
}

for (const [name, settings] of Object.entries(DATABASES)) {
  describe(`On ${name}`, { timeout: 60_000 }, () => {
    test(`ID-15 on ${name}, an identity that two users connect at the same moment goes to one, and the other gets a refusal`, async () => {
      let gate: Barrier | undefined
      const pair = await startTwoProviderApp(await settings(), { store: pausing(() => gate) })
      try {
        const both = [await signedIn(pair, AT_ACME.ada), await signedIn(pair, AT_ACME.grace)]
        const callbacks = await Promise.all(both.map(visitor => askToConnect(visitor, 'bolt')))
        gate = createBarrier()
        const pages = both.map((visitor, n) => visitor.open(callbacks[n] ?? ''))
        // Neither knew the identity.
        await (name === 'SQLite' ? gate.arrived(1) : gate.arrived(2))
        const open = gate
        gate = undefined
        open.open()
        const responses = await Promise.all(pages)
        assert.deepEqual(
          responses.map(({ status }) => status).sort(),
          [303, 409],
          responses.map(each => each.text).join(),
        )
        const loser = responses.find(({ status }) => status === 409)
        assert.ok(loser)
        assertRefused(loser, 409, 'link_conflict')
        assert.equal((await connections(pair)).filter(each => each.includes('bolt')).length, 1)
        assert.deepEqual(await Promise.all(both.map(loginOf)), ['ada', 'grace'])
      } finally {
        await pair.stop()
      }
    })
  })
}

// On SQLite the one waits for the other from the beginning.
describe('On PostgreSQL, where transactions run beside each other', { timeout: 60_000 }, () => {
  test('on PostgreSQL a sign-in with a connection that is removed at the same moment gets a new account', async () => {
    let gate: Barrier | undefined
    const pair = await startTwoProviderApp(await DATABASES.PostgreSQL(), { store: pausing(() => gate) })
    try {
      const other = personOf('countess', 9001, { email: 'ada@lovelace.example' })
      const laptop = await signedIn(pair, AT_ACME.ada)
      pair.bolt.useBrowser(laptop, other)
      await connect(laptop, 'bolt')

      const phone = pair.newVisitor()
      gate = createBarrier()
      const late = signInThrough('bolt', pair, phone, other)
      await gate.arrived(1)
      const open = gate
      gate = undefined
      assert.equal((await disconnect(laptop, pair, 'bolt')).status, 303)
      open.open()
      const page = await late
      assert.equal(page.status, 200, page.text)
      assert.deepEqual(await connections(pair), ['ada acme 1', 'countess bolt 9001'])
      assert.notEqual((await sessionOf(phone)).user.id, (await sessionOf(laptop)).user.id)
    } finally {
      await pair.stop()
    }
  })
})

/** Holds transactions that have looked for an identity, and not yet judged what they found. */
const pausing =
  (gate: () => Barrier | undefined): NonNullable<Overrides['store']> =>
  store => ({
    ...store,
    transaction: work =>
      store.transaction(tables =>
        work({
          ...tables,
          identities: {
            ...tables.identities,
            async find(key) {
              const found = await tables.identities.find(key)
              await gate()?.pass()
              return found
            },
          },
        }),
      ),
  })

const loginOf = async (visitor: HttpBrowser): Promise<string | undefined> => (await sessionOf(visitor)).user?.login
