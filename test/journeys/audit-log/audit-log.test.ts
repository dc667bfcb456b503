import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, mock, test } from 'node:test'
import { signOutEverywhere } from '../../../src/accounts/users/user-status.js'
import { act, connect, disconnect, eventsOf } from '../../support/account-actions.js'
import { assertRefused, countRows, deferred, sessionOf } from '../../support/acme-app.js'
import { callbackUrl, json } from '../../support/fake-provider.js'
import type { HttpBrowser, Page } from '../../support/http-browser.js'
import { type Postgres, startPostgres } from '../../support/postgres.js'
import {
  AT_ACME,
  AT_BOLT,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const AT_STAFF = { ...AT_ACME.ada, groups: ['staff'] }

let postgres: Postgres
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

const DATABASES: Record<string, () => Promise<Record<string, string>>> = {
  SQLite: async () => ({}),
  PostgreSQL: async () => ({ DATABASE_URL: await postgres.freshDatabase() }),
}

let pair: TwoProviderApp
let clock = Date.now()

async function open(database: () => Promise<Record<string, string>>): Promise<void> {
  const more = await database()
  const settings = (acme: TwoProviderApp['acme'], bolt: TwoProviderApp['bolt']) => ({
    ...{ ...acme.laterSettings(), ...bolt.laterSettings(), ...more },
    ALLOWED_USERS: 'group:acme:staff, domain:example.com, subject:bolt:9001, email:grace@example.org',
  })
  // No two things happen at once, so that events have an order.
  pair = await startTwoProviderApp(settings, { now: () => clock++ })
}

async function reset(): Promise<void> {
  for (const table of ['users', 'events']) await pair.sql(`delete from ${table}`)
  pair.reset()
  pair.acme.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
  clock = Math.ceil(Date.now() / MINUTE) * MINUTE
}

const enter = (visitor = pair.newVisitor(), person: object = AT_STAFF) =>
  signInThrough('acme', pair, visitor, { ...person })

/** A whole sign-in from a device of this name. */
async function enterFrom(userAgent: string, visitor = pair.newVisitor()): Promise<HttpBrowser> {
  pair.acme.useBrowser(visitor, AT_STAFF)
  const start = await visitor.open('/login/acme')
  const back = await visitor.open(start.location ?? '')
  const page = await visitor.open(back.location ?? '', { 'User-Agent': userAgent })
  assert.equal(page.status, 303, page.text)
  return visitor
}

async function deny(visitor: HttpBrowser): Promise<Page> {
  const { location = '' } = await visitor.open('/login/acme')
  return visitor.open(callbackUrl(location, { error: 'access_denied' }))
}

const auditLog = () => pair.sql('select kind, code, user_id, provider, address, user_agent from events order by at')

for (const [kind, database] of Object.entries(DATABASES)) {
  describe(`The audit trail on ${kind}`, () => {
    before(() => open(database))
    after(() => pair.stop())
    beforeEach(reset)

    test(`the audit log on ${kind} has an event for everything that happens to an account`, async () => {
      await enterFrom(FIREFOX)
      const visitor = await enterFrom('curl/8.5.0')
      const { id } = (await sessionOf(visitor)).user
      pair.bolt.useBrowser(visitor, AT_BOLT.ada)
      for (let time = 0; time < 2; time++) await connect(visitor, 'bolt')
      await disconnect(visitor, pair, 'bolt')
      await deny(visitor)
      await act(visitor, '/account/sessions/end-others')
      await signOutEverywhere(pair.app.vestibule.store, id, 'root', clock++)
      await enterFrom(FIREFOX, visitor)
      await visitor.submit(await visitor.open('/logout'), '/logout')
      await enterFrom(FIREFOX, visitor)
      await pair.sql(`update users set disabled_at = 1 where id = '${id}'`)
      await enter(pair.newVisitor())
      assert.deepEqual(await eventsOf(pair, id), [
        'signed-in acme new_account',
        'signed-in acme new_device',
        'connected bolt',
        'connected bolt again',
        'disconnected bolt',
        'sign-in-refused acme provider_denied',
        'session-ended acme person',
        'session-ended operator',
        'signed-in acme',
        'signed-out acme',
        'signed-in acme',
        'sign-in-refused acme account_disabled',
      ])
    })

    test(`the audit log on ${kind} has failed refreshes, and what ended a session without its user`, async () => {
      const visitor = pair.newVisitor()
      const problems: (() => void)[] = [
        () => pair.acme.tokens.revokeAll(),
        () => pair.acme.on('/user', json({ ...AT_STAFF, id: 66 })),
        () => pair.acme.on('/user', json(AT_ACME.ada)),
        () => pair.acme.tokens.failNext('malformed'),
      ]
      for (const problem of problems) {
        pair.reset()
        pair.acme.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
        assert.equal((await enter(visitor)).status, 200)
        problem()
        clock += 2 * HOUR
        await visitor.open('/profile')
      }
      const [user] = await pair.sql('select id from users')
      const events = (await eventsOf(pair, String(user?.id))).filter(event => !event.startsWith('signed-in'))
      assert.deepEqual(events, [
        'refresh-failed acme provider_error',
        'refresh-failed acme subject_mismatch',
        'session-ended acme provider',
        'session-ended acme rules',
        'refresh-failed acme provider_malformed',
      ])
    })

    test(`the audit log on ${kind} does not name a user whose account was deleted`, async () => {
      const visitor = await enterFrom(FIREFOX)
      await visitor.submit(await visitor.open('/account'), '/account/delete', { confirm: 'ada' })
      const unknown = { code: null, user_id: null, address: null, user_agent: null }
      assert.deepEqual(await auditLog(), [{ kind: 'account-deleted', provider: 'acme', ...unknown }])
    })

    test(`an audit log on ${kind} that cannot be written prevents the sign-in, because both are one transaction`, async () => {
      await pair.sql('alter table events rename to lost_events')
      try {
        const visitor = pair.newVisitor()
        assertRefused(await enter(visitor), 503, 'store_unavailable')
        assert.equal(visitor.sessionCookie, undefined)
        assert.deepEqual(await countRows(pair), { users: 0, identities: 0, provider_tokens: 0, sessions: 0 })
      } finally {
        await pair.sql('alter table lost_events rename to events')
      }
    })

    test(`an audit log on ${kind} that cannot be written changes no refusal, and the operator reads about it`, async () => {
      await pair.sql('alter table events rename to lost_events')
      try {
        assertRefused(await enter(pair.newVisitor(), AT_ACME.ada), 403, 'not_admitted')
        assertRefused(await deny(pair.newVisitor()), 403, 'provider_denied')
        assertRefused(await pair.newVisitor().open('/oauth/acme/callback?code=a&state=b'), 400, 'attempt_missing')
      } finally {
        await pair.sql('alter table lost_events rename to events')
      }
      assert.match(pair.app.logged(), /The audit trail could not be written/)
      assert.deepEqual(await auditLog(), [])
    })
  })
}

describe('The audit trail', () => {
  before(() => open(async () => ({})))
  after(() => pair.stop())
  beforeEach(reset)

  test('the audit log takes at most 60 refusals of unknown browsers a minute, and every other refusal', async () => {
    const knock = async (times: number) => {
      for (let time = 0; time < times; time++) {
        const page = await pair.newVisitor().open(`/oauth/acme/callback?code=a&state=${time}`)
        assertRefused(page, 400, 'attempt_missing')
      }
    }
    const count = async (code: string) =>
      Number((await pair.sql(`select count(*) as n from events where code = '${code}'`))[0]?.n)
    await knock(80)
    assert.equal(await count('attempt_missing'), 60)
    for (let time = 0; time < 3; time++) await deny(pair.newVisitor())
    assert.equal(await count('provider_denied'), 3)
    clock += MINUTE
    await knock(2)
    assert.equal(await count('attempt_missing'), 62)
  })

  const refusals = () => pair.sql(`select code from events where kind = 'sign-in-refused'`)

  /** Comes back again and again with cookies that were kept against our wish. */
  async function insist(
    visitor: HttpBrowser,
    callback: string,
    times: number,
    saved = new Map(visitor.cookies()),
  ): Promise<void> {
    for (let time = 0; time < times; time++) {
      visitor.jar.set('localhost', new Map(saved))
      visitor.jar.set('127.0.0.1', new Map(saved))
      const { status } = await visitor.open(callback)
      assert.ok(status >= 400, String(status))
    }
  }

  async function begun(visitor: HttpBrowser, response: Record<string, string>): Promise<string> {
    return callbackUrl((await visitor.open('/login/acme')).location ?? '', response)
  }

  test('A2 the audit log has one refusal of one attempt, for any number of callbacks with its cookie', async () => {
    const visitor = pair.newVisitor()
    const callback = await begun(visitor, { error: 'access_denied' })
    await insist(visitor, callback, 5)
    assert.deepEqual(await refusals(), [{ code: 'provider_denied' }])
    const other = pair.newVisitor()
    await insist(other, await begun(other, { error: 'access_denied' }), 3)
    assert.equal((await refusals()).length, 2)
  })

  test('A2 the audit log has the first refusal of an attempt, and not the later one when it has expired', async () => {
    const visitor = pair.newVisitor()
    const callback = await begun(visitor, { error: 'server_error' })
    const saved = new Map(visitor.cookies())
    await insist(visitor, callback, 1, saved)
    clock += 30 * MINUTE
    await insist(visitor, callback, 3, saved)
    assert.deepEqual(await refusals(), [{ code: 'provider_error' }])
  })

  test('A2 the audit log counts an attempt that is older than its cookie as one of an unknown browser', async () => {
    const visitor = pair.newVisitor()
    const callback = await begun(visitor, { error: 'access_denied' })
    clock = (Math.floor(clock / MINUTE) + 61) * MINUTE
    await insist(visitor, callback, 70)
    assert.equal((await refusals()).length, 60)
    clock += MINUTE
    await insist(visitor, callback, 2)
    assert.equal((await refusals()).length, 62)
  })

  test('A2 the audit log has one refusal for one attempt that comes back several times at the same moment', async () => {
    const visitor = pair.newVisitor()
    const callback = await begun(visitor, { error: 'access_denied' })
    const both = await Promise.all([visitor.open(callback), visitor.open(callback), visitor.open(callback)])
    for (const page of both) assertRefused(page, 403, 'provider_denied')
    assert.equal((await refusals()).length, 1)
  })

  test('the account page shows users their own events, and none of others', async () => {
    const ada = await enterFrom(FIREFOX)
    const grace = pair.newVisitor()
    await enter(grace, AT_ACME.grace)
    await deny(grace)
    await deny(pair.newVisitor())
    const [hers, theirs] = [(await ada.open('/account')).text, (await grace.open('/account')).text]
    assert.match(hers, /Came here for the first time, with acme/)
    assert.doesNotMatch(hers, /provider_denied|refused/)
    assert.match(theirs, /A sign-in with acme was refused/)
    assert.doesNotMatch(theirs, /Firefox/)
  })

  test('the audit log has the address and the user agent of each event', async () => {
    await enterFrom(FIREFOX)
    const [{ address, user_agent }] = (await auditLog()) as [{ address: string; user_agent: string }]
    assert.deepEqual([address, user_agent], ['127.0.0.1', FIREFOX])
  })
})

// The second run confirms the clock (A16).
test('events older than EVENTS_KEEP are deleted within two minutes of a start, and newer ones stay', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  const { happened, happen } = deferred()
  const site = await startTwoProviderApp(
    { EVENTS_KEEP: '2h' },
    {
      now: () => clock++,
      store: store => ({
        ...store,
        events: {
          ...store.events,
          removeOlder: (before, limit) => store.events.removeOlder(before, limit).finally(happen),
        },
      }),
    },
  )
  try {
    for (const login of ['ada', 'grace'] as const) {
      await signInThrough('acme', site, site.newVisitor(), AT_ACME[login])
      clock += 90 * MINUTE
    }
    mock.timers.tick(2 * MINUTE)
    await happened
    assert.deepEqual(await site.sql('select users.login from events join users on users.id = user_id'), [
      { login: 'grace' },
    ])
  } finally {
    mock.timers.reset()
    await site.stop()
  }
})
