import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Database } from 'better-sqlite3'
import SqliteFile from 'better-sqlite3'
import {
  type Acme,
  assertRefused,
  countRows,
  onlyRequestTo,
  sessionOf,
  signIn,
  startAcme,
} from '../../support/acme-app.js'
import type { HttpBrowser } from '../../support/http-browser.js'
import { type Postgres, runSql, startPostgres } from '../../support/postgres.js'
import { watchSqliteConnections } from '../../support/sqlite-connections.js'

const MINUTE = 60_000
let now = Date.now()
/** Past the minute in which nobody's visit is noted again. */
const forgetVisits = () => {
  now += MINUTE
}

interface StoreFailure {
  settings(): Promise<Record<string, string>>
  start(acme: Acme, connection: Database): Promise<unknown> | unknown
  end(acme: Acme, connection: Database): Promise<unknown> | unknown
  /** What can be written still: changes in place need no room. */
  hasSpace?: true
}

let postgres: Postgres
const connections = watchSqliteConnections()
before(async () => {
  postgres = await startPostgres()
})
after(async () => {
  connections.stopWatching()
  await postgres.stop()
})

const inDatabase = (acme: Acme, change: string) =>
  runSql(postgres.url, `alter database ${new URL(acme.databaseUrl).pathname.slice(1)} ${change}`)

const FAILURES: Record<string, StoreFailure> = {
  'whose SQLite file cannot be written': {
    settings: async () => ({}),
    start: (_, connection) => connection.pragma('query_only = on'),
    end: (_, connection) => connection.pragma('query_only = off'),
  },
  'whose SQLite file is full': {
    settings: async () => ({}),
    start: (_, connection) => fill(connection),
    end: (_, connection) => connection.pragma('max_page_count = 1000000'),
    hasSpace: true,
  },
  'whose PostgreSQL has become a read-only one': {
    settings: async () => ({ DATABASE_URL: await postgres.freshDatabase() }),
    async start(acme) {
      await inDatabase(acme, 'set default_transaction_read_only = on')
      const name = new URL(acme.databaseUrl).pathname.slice(1)
      await runSql(postgres.url, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
    },
    // Connections that are open stay read-only, as those to the old server do after a fail-over.
    end: acme => inDatabase(acme, 'reset default_transaction_read_only'),
  },
}

for (const [what, problem] of Object.entries(FAILURES)) {
  // The time limit is for what must never wait: a hanging page fails here instead of holding up the suite.
  describe(`DS-12 An app ${what}`, { timeout: 20_000 }, () => {
    let acme: Acme
    let connection: Database
    let ada: HttpBrowser
    let grace: HttpBrowser
    let back: string

    before(async () => {
      acme = await startAcme(await problem.settings(), { now: () => now })
      ada = acme.newVisitor()
      await signIn(acme, ada)
      if (!acme.databaseUrl.startsWith('postgres')) connection = connections.last()
      grace = acme.newVisitor()
      back = await comeBack(grace)
      acme.far.reset()
      forgetVisits()
      await problem.start(acme, connection)
    })
    after(() => acme.stop())

    test(`DS-12 an app ${what} signs nobody in, spends no code, and keeps what it knows`, async () => {
      const rows = await countRows(acme)
      assertRefused(await grace.open(back), 503, 'store_unavailable')
      assert.equal(grace.sessionCookie, undefined)
      assert.equal(acme.far.calls('/token'), 0)
      assert.deepEqual(await countRows(acme), rows)
    })

    test(`DS-12 an app ${what} is alive, and says whether it is ready`, async () => {
      assert.equal((await ada.ask('/health/live')).status, 200)
      const { status, text } = await ada.ask('/health/ready')
      // A9: without room nobody can sign in, although what is there can still be changed in place.
      assert.deepEqual([status, JSON.parse(text).error], [503, 'store_unavailable'])
    })

    if (!problem.hasSpace) {
      test(`DS-12 an app ${what} does not answer by turns: whose visit cannot be noted is refused each time`, async () => {
        for (const path of ['/', '/profile']) assertRefused(await ada.open(path), 503, 'store_unavailable')
        assert.ok(ada.sessionCookie)
      })
    }

    test(`DS-12 an app ${what} says what is wrong in its log, and goes on showing strangers the way in`, async () => {
      assert.match(acme.app.logged(), /cannot (be written|grow).*\((SQLITE_[A-Z_]+|25006)\);/)
      assert.equal((await acme.newVisitor().open('/login')).status, 200)
      assert.equal((await acme.newVisitor().open('/')).status, 303)
    })

    test(`DS-12 an app ${what} goes on as before once the trouble is over, and a sign-in under way still counts`, async () => {
      await problem.end(acme, connection)
      assert.equal((await ada.ask('/health/ready')).status, 200)
      assert.equal((await sessionOf(ada)).user.login, 'ada')
      assert.equal((await grace.open(back)).location, `${acme.app.origin}/profile`)
      assert.equal((await sessionOf(grace)).signed_in, true)
      assert.ok(onlyRequestTo(acme, '/token'))
      assert.equal((await countRows(acme)).sessions, 2)
    })
  })
}

describe('DS-12 An app whose SQLite file somebody else keeps locked', { timeout: 30_000 }, () => {
  test('DS-12 an app whose SQLite file somebody else keeps locked waits five seconds, then answers 503, signs nobody in, and goes on when it is let go', async t => {
    const acme = await startAcme({}, { now: () => now })
    t.after(() => acme.stop())
    const [ada, grace] = [acme.newVisitor(), acme.newVisitor()]
    await signIn(acme, ada)
    const back = await comeBack(grace)
    acme.far.reset()
    forgetVisits()

    const writer = new SqliteFile(acme.databaseUrl.slice('sqlite:'.length))
    writer.exec('begin exclusive')
    // All at once: they wait side by side, and nobody else waits for them.
    const waiting = [grace.open(back), ada.open('/'), ada.open('/health/ready')]
    assert.equal((await acme.newVisitor().open('/login')).status, 200)
    for (const { status, text } of await Promise.all(waiting)) {
      assert.equal(status, 503, text)
      assert.match(text, /store_unavailable/)
    }
    assert.equal(grace.sessionCookie, undefined)
    assert.equal(acme.far.calls('/token'), 0)

    const patient = grace.open(back)
    writer.exec('rollback').close()
    assert.equal((await patient).location, `${acme.app.origin}/profile`)
    assert.equal((await sessionOf(ada)).signed_in, true)
    assert.ok(onlyRequestTo(acme, '/token'))
  })
})

/** Goes to the provider; returns the callback's URL, which is not opened yet. */
async function comeBack(visitor: HttpBrowser): Promise<string> {
  const { location = '' } = await visitor.open('/login/acme?return_to=/profile')
  return (await visitor.open(location)).location ?? ''
}

/** Takes all the room there is for a mark. They are all of one size, so where this one finds none, none will. */
function fill(connection: Database): void {
  connection.pragma('max_page_count = 1')
  const mark = connection.prepare('insert into used_attempts (state_hash, used_at) values (?, ?)')
  try {
    while (mark.run(randomBytes(32).toString('base64url'), now));
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'SQLITE_FULL')
  }
}
