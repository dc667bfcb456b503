import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import {
  type Acme,
  ADA,
  assertRefused,
  assertSignedOut,
  countRows,
  deferred,
  reply,
  sessionOf,
  signIn,
  startAcme,
} from '../../support/acme-app.js'
import { callbackUrl, json } from '../../support/fake-provider.js'
import type { HttpBrowser } from '../../support/http-browser.js'
import { type Postgres, startPostgres } from '../../support/postgres.js'

/** A second name for the same far side, so that two providers know one person. */
const TWO_PROVIDERS = (far: { settings(name: string): Record<string, string> }) => ({
  ...far.settings('other'),
  PROVIDERS: 'acme,other',
  DEFAULT_PROVIDER: 'acme',
})

/** Each identity is an account of its own, so that only being the same one makes somebody the same. */
const NEVER_LINKED = (far: { settings(name: string): Record<string, string> }) => ({
  ...TWO_PROVIDERS(far),
  ACCOUNT_LINKING: 'never',
})

describe('Who somebody is', () => {
  let acme: Acme
  let now = Date.now()
  before(async () => {
    acme = await startAcme(NEVER_LINKED, { now: () => now })
  })
  after(() => acme.stop())
  beforeEach(async () => {
    await acme.sql('delete from users')
    now = Date.now()
    acme.reset()
  })

  async function signInAt(provider: string): Promise<{ id: string }> {
    const visitor = acme.newVisitor()
    assert.equal((await visitor.follow(`/login/${provider}`)).status, 200)
    return (await sessionOf(visitor)).user
  }

  test('ID-02 the first user of an unverified address gets nothing of the user who verifies it later', async () => {
    acme.knows({ ...ADA, id: 'squatter', email_verified: false })
    const squatter = await signInAt('acme')
    for (const provider of ['acme', 'other']) {
      acme.knows({ ...ADA, id: `owner at ${provider}` })
      assert.notEqual((await signInAt(provider)).id, squatter.id)
    }
    assert.equal((await countRows(acme)).users, 3)
  })

  test('ID-04 an equal login, name or e-mail never makes two users one', async () => {
    const ada = await signIn(acme)
    acme.knows({ ...ADA, id: 2 })
    const impostor = await signIn(acme)
    assert.notEqual(impostor.id, ada.id)
    assert.equal((await countRows(acme)).users, 2)
  })

  test('ID-04 the same subject stays the same user when everything else changes', async () => {
    const before = await signIn(acme)
    acme.knows({
      id: ADA.id,
      login: 'countess',
      name: 'Ada King',
      email: 'ada@lovelace.example',
      email_verified: false,
    })
    const after = await signIn(acme)
    assert.equal(after.id, before.id)
    assert.deepEqual([after.login, after.name, after.email_verified], ['countess', 'Ada King', false])
    assert.equal((await countRows(acme)).users, 1)
  })

  test('ID-05 one subject at two providers is two users', async () => {
    assert.notEqual((await signInAt('acme')).id, (await signInAt('other')).id)
    const subjects = await acme.sql('select provider, subject from identities order by provider')
    assert.deepEqual(subjects, [
      { provider: 'acme', subject: '1' },
      { provider: 'other', subject: '1' },
    ])
  })

  test('ID-01 an equal verified address of two providers links no accounts with ACCOUNT_LINKING=never', async () => {
    const here = await signInAt('acme')
    acme.knows({ ...ADA, id: 99 })
    const there = await signInAt('other')
    assert.notEqual(there.id, here.id)
    assert.deepEqual(await countRows(acme), { users: 2, identities: 2, provider_tokens: 2, sessions: 2 })
  })

  test('ID-01 without any setting nothing is linked before the user has signed in to both accounts', async () => {
    const asking = await startAcme(TWO_PROVIDERS)
    try {
      await signIn(asking)
      asking.knows({ ...ADA, id: 99 })
      assertRefused(await asking.newVisitor().follow('/login/other'), 409, 'link_needed')
      assert.deepEqual(await countRows(asking), { users: 1, identities: 1, provider_tokens: 1, sessions: 1 })
    } finally {
      await asking.stop()
    }
  })

  test('ID-07 subjects above 2^53 are stored exactly, so that two that differ by one stay two users', async () => {
    const ids = ['9007199254740992', '9007199254740993', '123456789012345678901234567890']
    for (const id of ids) {
      acme.far.on('/user', reply(`{"id":${id},"login":"big","n":1.5e300}`))
      const visitor = acme.newVisitor()
      const page = await visitor.follow('/profile')
      assert.ok(page.text.includes(id), page.text)
      assert.equal((await sessionOf(visitor)).user.login, 'big')
    }
    const rows = await acme.sql('select subject from identities order by created_at, subject')
    assert.deepEqual(rows.map(row => row.subject).sort(), [...ids].sort())
    assert.equal((await countRows(acme)).users, ids.length)
  })

  test('ID-07 the number 123 and the text "123" are one subject', async () => {
    acme.knows({ id: 123 })
    const first = await signIn(acme)
    acme.knows({ id: '123' })
    assert.equal((await signIn(acme)).id, first.id)
  })

  test('ID-14 a provider can set only those columns that are meant to come from it', async () => {
    const start = await signIn(acme)
    const greedy =
      '"is_admin":true,"user_id":"x","disabled_at":1,"roles":["admin"],"created_at":0,"__proto__":{"roles":["admin"]}'
    acme.far.on('/user', reply(`{"id":1,"login":"ada","emailVerified":true,"email":"a@example.org",${greedy}}`))
    const visitor = acme.newVisitor()
    const user = await signIn(acme, visitor)
    assert.equal(user.id, start.id)
    assert.deepEqual([user.roles, user.email_verified], [[], false])
    const [row = {}] = await acme.sql('select * from users')
    assert.deepEqual([row.id, row.disabled_at, row.created_at === 0], [start.id, null, false])
    assert.equal((await visitor.open('/')).status, 200)
  })

  test('ID-18 a sign-in that cannot be written completely writes nothing', async () => {
    await acme.sql("create trigger full before insert on provider_tokens begin select raise(abort, 'full'); end")
    try {
      const visitor = acme.newVisitor()
      assertRefused(await visitor.follow('/'), 503, 'store_unavailable')
      await assertSignedOut(acme, visitor)
    } finally {
      await acme.sql('drop trigger full')
    }
    assert.ok((await signIn(acme)).id)
  })

  test('ID-11 a disabled user is refused at the sign-in, and gets no session', async () => {
    await signIn(acme)
    await acme.sql('delete from sessions')
    await acme.sql('update users set disabled_at = 1')
    acme.knows({ ...ADA, name: 'Renamed' })
    const visitor = acme.newVisitor()
    assertRefused(await visitor.follow('/'), 403, 'account_disabled')
    assert.equal(visitor.sessionCookie, undefined)
    assert.equal((await countRows(acme)).sessions, 0)
    assert.deepEqual(await acme.sql('select name from users'), [{ name: 'Ada Lovelace' }])
  })

  test('ID-11 a session of a disabled user ends within the five seconds of the cache', async () => {
    const visitor = acme.newVisitor()
    await signIn(acme, visitor)
    await acme.sql('update users set disabled_at = 1')
    now += 5_000
    assert.deepEqual(await sessionOf(visitor), { signed_in: false })
    assert.equal((await visitor.ask('/profile')).status, 401)
  })
})

describe('Two first sign-ins of one person at once', () => {
  let postgres: Postgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.stop())

  const CROWD = 6

  /** As many browsers, all back from the provider and none yet let in. */
  async function bringBack(acme: Acme): Promise<[HttpBrowser, string][]> {
    const visits = Array.from({ length: CROWD }, async (): Promise<[HttpBrowser, string]> => {
      const visitor = acme.newVisitor()
      const { location = '' } = await visitor.open('/')
      return [visitor, callbackUrl(location)]
    })
    return Promise.all(visits)
  }

  /** The profile comes to all of them at the same moment. */
  function respondTogether(acme: Acme): void {
    const allThere = deferred()
    acme.far.on('/user', async (seen, response) => {
      if (acme.far.calls('/user') === CROWD) allThere.happen()
      await allThere.happened
      await json(ADA)(seen, response)
    })
  }

  const databases = {
    SQLite: async () => ({}),
    PostgreSQL: async () => ({ DATABASE_URL: await postgres.freshDatabase() }),
  }
  for (const [name, settings] of Object.entries(databases)) {
    test(`ID-17 two first sign-ins of one user at the same moment create one user on ${name}, and all succeed`, async () => {
      const acme = await startAcme(await settings())
      try {
        respondTogether(acme)
        const visits = await bringBack(acme)
        const pages = await Promise.all(visits.map(([visitor, back]) => visitor.open(back)))
        assert.deepEqual(
          pages.map(page => page.status),
          Array(CROWD).fill(303),
          pages.map(page => page.text).join(),
        )
        const people = await Promise.all(visits.map(async ([visitor]) => (await sessionOf(visitor)).user.id))
        assert.equal(new Set(people).size, 1)
        const one = { users: 1, identities: 1, provider_tokens: 1 }
        assert.deepEqual(await countRows(acme), { ...one, sessions: CROWD })
      } finally {
        await acme.stop()
      }
    })
  }
})
