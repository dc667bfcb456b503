import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import type { Database } from 'better-sqlite3'
import { connect } from '../../support/account-actions.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import type { HttpBrowser, Page } from '../../support/http-browser.js'
import { watchSqliteConnections } from '../../support/sqlite-connections.js'
import { AT_ACME, signInThrough, startTwoProviderApp, type TwoProviderApp } from '../../support/two-provider-app.js'

const connections = watchSqliteConnections()
after(() => connections.stopWatching())

let now = Date.now()
/** Past the five seconds in which a session is not looked up again, and the minute in which a visit is not noted. */
const forgetSessions = () => {
  now += 60_000
}

interface StoreFailure {
  start(pair: TwoProviderApp, connection: Database): Promise<unknown> | unknown
  end(connection: Database): unknown
}

const FAILURES: Record<string, StoreFailure> = {
  'is full': {
    start: (_, connection) => refuseInserts(connection),
    end: connection => connection.exec('drop trigger full'),
  },
  'cannot be written': {
    start: (_, connection) => connection.pragma('query_only = on'),
    end: connection => connection.pragma('query_only = off'),
  },
  'does not answer': {
    start: ({ sql }) => sql('alter table sessions rename to lost_sessions'),
    end: connection => connection.exec('alter table lost_sessions rename to sessions'),
  },
}

/** What a sign-out writes finds no room; what is there can be changed in place. */
function refuseInserts(connection: Database): void {
  connection.exec(`create trigger full before insert on events begin select raise(abort, 'full'); end`)
}

/** Acts that end the session which asks for them: a form of a page, found while all was well. */
const ACTS: Record<
  string,
  { page: string; action(pair: TwoProviderApp): Promise<string> | string; fields?: Record<string, string> }
> = {
  'a sign-out': { page: '/logout', action: () => '/logout' },
  'the end of this session': {
    page: '/account',
    action: async ({ sql }) => `/account/sessions/${(await sql('select id from sessions'))[0]?.id}/end`,
  },
  'a disconnection of what this session was opened with': {
    page: '/account',
    action: async ({ sql }) =>
      `/account/connections/${(await sql("select id from identities where provider = 'acme'"))[0]?.id}/disconnect`,
  },
  'a deletion of the account': { page: '/account', action: () => '/account/delete', fields: { confirm: 'ada' } },
}

for (const [what, { start: begin, end }] of Object.entries(FAILURES)) {
  describe(`A9 in a browser whose app has a database that ${what}`, { timeout: 60_000 }, () => {
    let pair: TwoProviderApp
    let connection: Database
    let ada: HttpBrowser
    beforeEach(async () => {
      pair = await startTwoProviderApp({}, { now: () => now })
      connection = connections.last()
      ada = pair.newVisitor()
      assert.equal((await signInThrough('acme', pair, ada, AT_ACME.ada)).status, 200)
      await connect(ada, 'bolt')
    })
    afterEach(() => pair.stop())

    const rows = async () => (await pair.sql('select handle_hash from sessions')).length

    for (const [act, { page, action, fields }] of Object.entries(ACTS)) {
      test(`A9 while the database ${what}, ${act} clears the cookie, and says that nothing else was done`, async () => {
        const form = await ada.open(page)
        const path = await action(pair)
        const cookie = ada.sessionCookie
        await begin(pair, connection)
        const response = await ada.submit(form, path, fields)
        assertRefused(response, 503, 'store_unavailable')
        assert.match(response.text, /You are signed out in this browser/)
        assert.equal(ada.sessionCookie, undefined)
        assert.match(pair.app.logged(), /The session [\w-]{22} has ended in this browser only; its row stays/)
        end(connection)
        assert.equal(await rows(), 1)
        assert.deepEqual(await sessionOf(ada), { signed_in: false })
        assert.ok(cookie && !pair.app.logged().includes(cookie))
      })
    }

    test(`A9 while the database ${what}, a sign-out that cannot look up the session clears the cookie too, also from a new page`, async () => {
      forgetSessions()
      await begin(pair, connection)
      const form = await ada.open('/logout')
      assert.equal(form.status, 200)
      assertSignedOut(await ada.submit(form, '/logout'))
      assert.equal(ada.sessionCookie, undefined)
      end(connection)
      assert.equal(await rows(), 1)
      assert.deepEqual(await sessionOf(ada), { signed_in: false })
    })

    test(`A9 while the database ${what}, a sign-out from another site, or without our token, keeps the cookie`, async () => {
      const form = await ada.open('/logout')
      forgetSessions()
      await begin(pair, connection)
      const Accept = 'text/html'
      const wrong = [
        ada.submit(form, '/logout', { csrf: 'x' }),
        ada.submit(form, '/logout', { csrf: '' }),
        ada.ask('/logout', { method: 'POST', headers: { Accept } }),
        pair.newVisitor().ask('/logout', { method: 'POST', headers: { Accept } }),
      ]
      for (const page of await Promise.all(wrong)) assert.ok([401, 403, 503].includes(page.status), page.text)
      const token = /name="csrf" value="([^"]+)"/.exec(form.text)?.[1] ?? ''
      const headers = { Accept, 'Sec-Fetch-Site': 'cross-site' }
      const foreign = await ada.ask('/logout', { method: 'POST', form: { csrf: token }, headers })
      assert.ok([403, 503].includes(foreign.status), foreign.text)
      assert.ok(ada.sessionCookie)
      end(connection)
      assert.equal((await sessionOf(ada)).signed_in, true)
    })

    test(`A9 while the database ${what}, ending other sessions keeps the cookie`, async () => {
      const phone = pair.newVisitor()
      await signInThrough('bolt', pair, phone, { ...AT_ACME.ada, id: 9001 })
      const account = await ada.open('/account')
      await begin(pair, connection)
      assertRefused(await ada.submit(account, '/account/sessions/end-others'), 503, 'store_unavailable')
      assert.ok(ada.sessionCookie)
      end(connection)
      assert.equal((await sessionOf(ada)).signed_in, true)
    })
  })
}

function assertSignedOut(page: Page): void {
  if (page.status === 303) return
  assertRefused(page, 503, 'store_unavailable')
  assert.match(page.text, /You are signed out in this browser/)
}
