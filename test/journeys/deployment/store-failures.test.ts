import assert from 'node:assert/strict'
import { existsSync, renameSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
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
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js'

let now = Date.now()
/** Past the five seconds in which a session is not looked up again. */
const forgetSessions = () => {
  now += 5_000
}

interface StoreFailure {
  settings(): Promise<Record<string, string>>
  start(acme: Acme): Promise<unknown>
  /** Absent: it does not end while the app runs. */
  end?(acme: Acme): Promise<unknown>
}

let postgres: Postgres
let tcpProxy: TcpProxy
before(async () => {
  postgres = await startPostgres()
})
after(async () => {
  await tcpProxy.stop()
  await postgres.stop()
})

const databaseOf = ({ databaseUrl }: Acme) => new URL(databaseUrl).pathname.slice(1)

const FAILURES: Record<string, StoreFailure> = {
  'whose database is closed': {
    settings: async () => ({}),
    start: ({ app }) => app.vestibule.store.close(),
  },
  'whose SQLite file has lost its tables': {
    settings: async () => ({}),
    async start({ sql }) {
      for (const table of TABLES) await sql(`alter table ${table} rename to lost_${table}`)
    },
    async end({ sql }) {
      for (const table of TABLES) await sql(`alter table lost_${table} rename to ${table}`)
    },
  },
  'whose SQLite file is taken away': {
    settings: async () => ({}),
    start: acme => moveFiles(acme, '', '.away'),
    end: acme => moveFiles(acme, '.away', ''),
  },
  'whose PostgreSQL is stopped': {
    async settings() {
      const url = new URL(await postgres.freshDatabase())
      tcpProxy = await startTcpProxy(Number(url.port))
      url.port = String(tcpProxy.port)
      return { DATABASE_URL: url.href }
    },
    start: () => tcpProxy.stop(),
    end: () => tcpProxy.start(),
  },
  'whose PostgreSQL turns it away': {
    settings: async () => ({ DATABASE_URL: await postgres.freshDatabase() }),
    async start(acme) {
      const database = databaseOf(acme)
      await runSql(postgres.url, `alter database ${database} allow_connections false`)
      await runSql(postgres.url, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`)
    },
    end: acme => runSql(postgres.url, `alter database ${databaseOf(acme)} allow_connections true`),
  },
}
/** SQLite's files go together. */
async function moveFiles({ databaseUrl }: Acme, from: string, to: string): Promise<void> {
  const path = databaseUrl.slice('sqlite:'.length)
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix + from)) renameSync(path + suffix + from, path + suffix + to)
  }
}

const TABLES = ['sessions', 'used_attempts', 'knex_migrations']

for (const [what, problem] of Object.entries(FAILURES)) {
  // The time limit is for what must never wait: a hanging page fails here instead of holding up the suite.
  describe(`An app ${what}`, { timeout: 20_000 }, () => {
    let acme: Acme
    let ada: HttpBrowser
    let grace: HttpBrowser
    let back: string

    before(async () => {
      acme = await startAcme(await problem.settings(), { now: () => now })
      ada = acme.newVisitor()
      await signIn(acme, ada)
      grace = acme.newVisitor()
      const { location = '' } = await grace.open('/login/acme?return_to=/profile')
      back = (await grace.open(location)).location ?? ''
      acme.far.reset()
      forgetSessions()
      await problem.start(acme)
    })
    after(() => acme.stop())

    test(`an app ${what} is alive and not ready`, async () => {
      assert.equal((await ada.ask('/health/live')).status, 200)
      const ready = await ada.ask('/health/ready')
      assert.equal(ready.status, 503)
      assert.equal(JSON.parse(ready.text).error, 'store_unavailable')
    })

    test(`an app ${what} lets nobody in by a cookie that it cannot look up`, async () => {
      for (const path of ['/', '/profile']) assertRefused(await ada.open(path), 503, 'store_unavailable')
      const response = await ada.ask('/api/session', { headers: { Accept: '*/*' } })
      assert.equal(response.status, 503)
      assert.equal(JSON.parse(response.text).error, 'store_unavailable')
      assert.equal(response.headers['set-cookie'], undefined)
    })

    test(`an app ${what} signs nobody out for a request without the token of the form`, async () => {
      const page = await ada.ask('/logout', { method: 'POST', headers: { Accept: 'text/html' } })
      assertRefused(page, 503, 'store_unavailable')
      assert.ok(ada.sessionCookie)
    })

    test(`an app ${what} still shows strangers the way in`, async () => {
      assert.equal((await acme.newVisitor().open('/login')).status, 200)
      assert.equal((await acme.newVisitor().open('/')).status, 303)
    })

    test(`an app ${what} signs nobody in, and spends no code`, async () => {
      assertRefused(await grace.open(back), 503, 'store_unavailable')
      assert.equal(grace.sessionCookie, undefined)
      assert.equal(acme.far.calls('/token'), 0)
    })

    test(`an app ${what} tells neither page nor log how to reach the database`, async () => {
      const { text } = await ada.open('/')
      const password = URL.canParse(acme.databaseUrl) ? new URL(acme.databaseUrl).password : ''
      for (const place of [text, acme.app.logged()]) {
        assert.ok(!place.includes(acme.databaseUrl))
        if (password) assert.ok(!place.includes(password))
      }
    })

    if (!problem.end) return

    test(`an app ${what} goes on as before once the trouble is over, and a sign-in under way still counts`, async () => {
      await problem.end?.(acme)
      assert.equal((await ada.ask('/health/ready')).status, 200)
      assert.equal((await sessionOf(ada)).user.login, 'ada')
      assert.equal((await grace.open(back)).location, `${acme.app.origin}/profile`)
      assert.equal((await sessionOf(grace)).signed_in, true)
      assert.ok(onlyRequestTo(acme, '/token'))
      assert.equal((await countRows(acme)).sessions, 2)
    })
  })
}
