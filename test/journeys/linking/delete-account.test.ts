import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { accountRows, connect, eventsOf, revokedTokens } from '../../support/account-actions.js'
import { countRows, sessionOf } from '../../support/acme-app.js'
import type { FakeOAuth2 } from '../../support/fake-oauth2.js'
import type { HttpBrowser, Page } from '../../support/http-browser.js'
import { type Postgres, startPostgres } from '../../support/postgres.js'
import { personOf, signInThrough, startTwoProviderApp, type TwoProviderApp } from '../../support/two-provider-app.js'

const HOUR = 3_600_000

/** Names and numbers that nothing else in a database could be. */
const ADA = { acme: personOf('countess', 583_231_771), bolt: personOf('lovelace', 900_177_123) }
const GRACE = personOf('grace', 2)
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) Analytical/18.43'

let postgres: Postgres
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

const SITES = {
  SQLite: {
    settings: async () => ({}),
    tables: `select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`,
  },
  PostgreSQL: {
    settings: async () => ({ DATABASE_URL: await postgres.freshDatabase() }),
    tables: `select table_name as name from information_schema.tables where table_schema = 'public'`,
  },
}

for (const [kind, { settings, tables }] of Object.entries(SITES)) {
  describe(`Leaving, on ${kind}`, () => {
    let pair: TwoProviderApp
    let clock = Date.now()
    before(async () => {
      const more: Record<string, string> = await settings()
      const all = (acme: FakeOAuth2, bolt: FakeOAuth2) => ({
        ...{ ...acme.laterSettings(), ...bolt.laterSettings(), ...more },
        ROLE_RULES: 'member=*',
      })
      pair = await startTwoProviderApp(all, { now: () => clock++ })
    })
    after(() => pair.stop())
    beforeEach(async () => {
      for (const table of ['users', 'events']) await pair.sql(`delete from ${table}`)
      pair.reset()
      for (const far of [pair.acme, pair.bolt]) far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
      clock = Date.now()
    })

    const enter = (visitor = pair.newVisitor()) => signInThrough('acme', pair, visitor, ADA.acme).then(() => visitor)
    const idOf = async (visitor: HttpBrowser): Promise<string> => (await sessionOf(visitor)).user.id
    const isSignedIn = async (visitor: HttpBrowser): Promise<boolean> => (await sessionOf(visitor)).signed_in
    const leave = async (visitor: HttpBrowser, confirm = 'countess'): Promise<Page> =>
      visitor.submit(await visitor.open('/account'), '/account/delete', { confirm })

    /** The whole database, as one text. */
    async function everything(): Promise<string> {
      const names = (await pair.sql(tables)).map(({ name }) => String(name))
      assert.ok(names.includes('events') && names.length > 8, names.join())
      const rows = await Promise.all(names.map(name => pair.sql(`select * from ${name}`)))
      return JSON.stringify(rows)
    }

    /** A life: two connections, three browsers, refusals, roles, renewed tokens, a session that has ended. */
    async function live(): Promise<{ visitor: HttpBrowser; others: HttpBrowser[]; traces: string[] }> {
      const visitor = await enter()
      const others = [await enter(), await enter()]
      pair.bolt.useBrowser(visitor, ADA.bolt)
      assert.match((await connect(visitor, 'bolt')).text, /bolt is connected/)
      clock += HOUR
      await visitor.open('/profile')
      await visitor.open('/oauth/acme/callback?code=a', { 'User-Agent': BROWSER })
      const ids = [...(await pair.sql('select id from identities')), ...(await pair.sql('select id from sessions'))]
      const own = [ADA.acme, ADA.bolt].flatMap(({ id, login, email, name }) => [id, login, email, name])
      const traces = [await idOf(visitor), ...ids.map(({ id }) => id), ...own, BROWSER].map(String)
      return { visitor, others, traces }
    }

    test(`deleting an account, on ${kind}, leaves no row of the user in any table`, async () => {
      const { visitor, traces } = await live()
      const grace = pair.newVisitor()
      await signInThrough('acme', pair, grace, GRACE)
      const before = await everything()
      for (const trace of traces) assert.ok(before.includes(trace), `${trace} was never there`)
      const page = await leave(visitor)
      assert.equal(page.location, `${pair.app.origin}/signed-out`)
      const after = await everything()
      for (const trace of traces) assert.ok(!after.includes(trace), `${trace} is still in ${after}`)
      assert.equal((await sessionOf(grace)).user.login, 'grace')
      assert.deepEqual(await countRows(pair), { users: 1, identities: 1, provider_tokens: 1, sessions: 1 })
    })

    test(`deleting an account, on ${kind}, revokes the tokens of every connection`, async () => {
      const { visitor } = await live()
      const asked = [revokedTokens(pair.acme), revokedTokens(pair.bolt)]
      await leave(visitor)
      await Promise.all(asked)
      for (const far of [pair.acme, pair.bolt]) {
        const tokens = far.tokens.givenBack.map(({ token }) => token)
        assert.ok(
          tokens.some(token => token.startsWith('refresh-')),
          tokens.join(),
        )
      }
    })

    test(`deleting an account, on ${kind}, succeeds although a provider revokes nothing`, async () => {
      const { visitor } = await live()
      pair.acme.tokens.failRevocation('error')
      assert.equal((await leave(visitor)).location, `${pair.app.origin}/signed-out`)
      assert.equal((await countRows(pair)).users, 0)
    })

    test(`deleting an account, on ${kind}, ends every session, here at once and in other browsers, and clears the cookie`, async () => {
      const { visitor, others } = await live()
      // Looked up just now, and so known for a while.
      for (const browser of [visitor, ...others]) assert.equal(await isSignedIn(browser), true)
      await leave(visitor)
      assert.equal(visitor.sessionCookie, undefined)
      for (const browser of [visitor, ...others]) assert.equal(await isSignedIn(browser), false)
      assert.match((await visitor.open('/signed-out')).text, /Your account is deleted\./)
    })

    test(`deleting an account, on ${kind}, is final: a new sign-in gets a new account, and nothing of the old one`, async () => {
      const { visitor } = await live()
      const before = await idOf(visitor)
      await leave(visitor)
      const again = await idOf(await enter())
      assert.notEqual(again, before)
      assert.deepEqual(await eventsOf(pair, again), ['signed-in acme new_account'])
      assert.equal((await countRows(pair)).identities, 1)
    })

    test(`deleting an account, on ${kind}, needs the word of the page, and anything else gets 400 and deletes nothing`, async () => {
      const { visitor } = await live()
      const before = await accountRows(pair)
      for (const word of ['', ' ', 'count', 'countess2', 'lovelace', String(ADA.acme.email), '*', '%']) {
        const page = await leave(visitor, word)
        assert.equal(page.status, 400)
        assert.match(page.text, /id="wrong-word">That is not .*Your account is still there\./)
      }
      const page = await visitor.open('/account')
      const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(page.text) ?? []
      const twice = `csrf=${encodeURIComponent(csrf)}&confirm=countess&confirm=ada`
      const type = 'application/x-www-form-urlencoded'
      const cookie = `vestibule-session=${visitor.sessionCookie}`
      const headers = { 'Content-Type': type, Cookie: cookie }
      const url = `${pair.app.origin}/account/delete`
      const response = await fetch(url, { method: 'POST', headers, body: twice, redirect: 'manual' })
      assert.equal(response.status, 400)
      assert.deepEqual(await accountRows(pair), before)
    })

    test(`deleting an account, on ${kind}, needs a form of this session: no form of another session or site, and no link`, async () => {
      const { visitor, others } = await live()
      const [other = visitor] = others
      const before = await accountRows(pair)
      const form = { confirm: 'countess' }
      const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec((await visitor.open('/account')).text) ?? []
      const [, foreign = ''] = /name="csrf" value="([^"]*)"/.exec((await other.open('/account')).text) ?? []
      assert.ok(csrf && foreign && csrf !== foreign)
      const forged = [
        { form },
        { form: { ...form, csrf: foreign } },
        { form: { ...form, csrf }, headers: { 'Sec-Fetch-Site': 'cross-site' } },
        { form: { ...form, csrf }, headers: { Origin: 'https://evil.example' } },
      ]
      for (const request of forged) {
        const page = await visitor.ask('/account/delete', { method: 'POST', ...request })
        assert.equal(page.status, 403, JSON.stringify(request))
      }
      assert.equal((await visitor.open('/account/delete?confirm=countess')).status, 405)
      assert.deepEqual(await accountRows(pair), before)
    })

    test(`deleting an account, on ${kind}, is refused to a disabled user, who could return with a new account`, async () => {
      const { visitor } = await live()
      const page = await visitor.open('/account')
      await pair.sql('update users set disabled_at = 1')
      clock += 5_000
      const refused = await visitor.submit(page, '/account/delete', { confirm: 'countess' })
      assert.ok([401, 403].includes(refused.status), refused.text)
      assert.equal((await countRows(pair)).users, 1)
    })

    test(`deleting an account, on ${kind}, is final for a refresh under way: its result is not stored`, async () => {
      const { visitor, others } = await live()
      const gate = pair.acme.tokens.holdRefreshes()
      clock += HOUR
      const page = await visitor.open('/account')
      const [other = visitor] = others
      const asking = other.open('/profile')
      await gate.arrived(1)
      const left = await visitor.submit(page, '/account/delete', { confirm: 'countess' })
      assert.equal(left.location, `${pair.app.origin}/signed-out`)
      gate.open()
      await asking
      assert.deepEqual(await countRows(pair), { users: 0, identities: 0, provider_tokens: 0, sessions: 0 })
    })
  })
}
