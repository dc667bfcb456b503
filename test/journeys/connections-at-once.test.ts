// Connections that cross each other: what comes second sees what the first has done.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Overrides } from '../../src/server.js'
import { assertRefused, whoIsThere } from '../support/acme.js'
import { askToConnect, connect, connections, disconnect } from '../support/connecting.js'
import { createGate } from '../support/gate.js'
import { AT_ACME, type Pair, personOf, signInThrough, startPair } from '../support/plain-pair.js'
import type { Person } from '../support/plain-provider.js'
import { type Postgres, startPostgres } from '../support/postgres.js'
import type { Visitor } from '../support/visitor.js'

type Gate = ReturnType<typeof createGate>

let postgres: Postgres
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

const DATABASES = {
  SQLite: async () => ({}),
  PostgreSQL: async () => ({ DATABASE_URL: await postgres.freshDatabase() }),
}

async function signedIn(pair: Pair, person: Person): Promise<Visitor> {
  const visitor = pair.newVisitor()
  assert.equal((await signInThrough('acme', pair, visitor, person)).status, 200)
  return visitor
}

for (const [name, settings] of Object.entries(DATABASES)) {
  describe(`On ${name}`, { timeout: 60_000 }, () => {
    it('ID-15 one identity that two people connect at once is of one, and the other is told', async () => {
      let gate: Gate | undefined
      const pair = await startPair(await settings(), { store: pausing(() => gate) })
      try {
        const both = [await signedIn(pair, AT_ACME.ada), await signedIn(pair, AT_ACME.grace)]
        const callbacks = await Promise.all(both.map(visitor => askToConnect(visitor, 'bolt')))
        gate = createGate()
        const pages = both.map((visitor, n) => visitor.open(callbacks[n] ?? ''))
        // Neither knew the identity.
        await (name === 'SQLite' ? gate.arrived(1) : gate.arrived(2))
        const open = gate
        gate = undefined
        open.open()
        const answers = await Promise.all(pages)
        assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 409], answers.map(each => each.text).join())
        const loser = answers.find(({ status }) => status === 409)
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
  it('a sign-in with a connection that goes in the same moment comes too late: it is of somebody new', async () => {
    let gate: Gate | undefined
    const pair = await startPair(await DATABASES.PostgreSQL(), { store: pausing(() => gate) })
    try {
      const other = personOf('countess', 9001, { email: 'ada@lovelace.example' })
      const laptop = await signedIn(pair, AT_ACME.ada)
      pair.bolt.sitsAt(laptop, other)
      await connect(laptop, 'bolt')

      const phone = pair.newVisitor()
      gate = createGate()
      const late = signInThrough('bolt', pair, phone, other)
      await gate.arrived(1)
      const open = gate
      gate = undefined
      assert.equal((await disconnect(laptop, pair, 'bolt')).status, 303)
      open.open()
      const page = await late
      assert.equal(page.status, 200, page.text)
      assert.deepEqual(await connections(pair), ['ada acme 1', 'countess bolt 9001'])
      assert.notEqual((await whoIsThere(phone)).user.id, (await whoIsThere(laptop)).user.id)
    } finally {
      await pair.stop()
    }
  })
})

/** Holds transactions that have looked for an identity, and not yet judged what they found. */
const pausing =
  (gate: () => Gate | undefined): NonNullable<Overrides['store']> =>
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

const loginOf = async (visitor: Visitor): Promise<string | undefined> => (await whoIsThere(visitor)).user?.login
