import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { StoreError } from '../../../src/store/db/errors.js'
import { createStore } from '../../../src/store/store.js'
import { newSealer } from '../../store/both-databases.js'
import { type Acme, ADA, assertRefused, sessionOf, signIn, startAcme } from '../../support/acme-app.js'
import { json } from '../../support/fake-provider.js'
import { type Postgres, startPostgres } from '../../support/postgres.js'

let postgres: Postgres
before(async () => {
  postgres = await startPostgres()
})
after(() => postgres.stop())

const DATABASES: Record<string, () => Promise<Record<string, string>>> = {
  SQLite: async () => ({}),
  PostgreSQL: async () => ({ DATABASE_URL: await postgres.freshDatabase() }),
}

/** None of them is the id of a row; the first ones are no text either, for PostgreSQL. */
const NO_IDS = [
  '%00',
  'a%00',
  `${'a'.repeat(21)}%00`,
  '%ED%A0%80',
  '%FF',
  "'",
  '%F0%9F%98%80',
  'a'.repeat(23),
  '%',
  '..%2F',
]

for (const [name, settings] of Object.entries(DATABASES)) {
  describe(`A14 on ${name}`, () => {
    let acme: Acme
    beforeEach(async () => {
      acme = await startAcme({
        ...(await settings()),
        ROLE_RULES: 'staff=group:acme:staff',
        ACME_GROUPS_FIELD: 'groups',
      })
    })
    afterEach(() => acme.stop())

    test(`A14 on ${name}, what cannot be the id of a row is not found, before the database is asked`, async () => {
      const visitor = acme.newVisitor()
      await signIn(acme, visitor)
      const account = await visitor.open('/account')
      for (const id of NO_IDS) {
        for (const path of [`/account/sessions/${id}/end`, `/account/connections/${id}/disconnect`]) {
          const page = await visitor.submit(account, path)
          assert.equal(page.status, 404, `${path} ${page.text}`)
          assert.match(page.text, /<code>not_found<\/code>/)
        }
      }
      assert.equal((await sessionOf(visitor)).signed_in, true)
      assert.doesNotMatch(acme.app.logged(), /22021|22P0[25]/)
    })

    test(`A14 on ${name}, a person whose provider tells texts with NULs and lone surrogates signs in, without them`, async () => {
      for (const bad of ['\0', '\ud800', '\udc00\ud800']) {
        acme.knows({
          ...ADA,
          name: `Ada${bad}Lovelace`,
          login: `ada${bad}`,
          email: `ada${bad}@example.org`,
          email_verified: true,
          avatar_url: `https://example.org/${bad}`,
          groups: ['staff', `staff${bad}`, bad],
          [`more${bad}`]: { [bad]: [bad] },
        })
        const { login, email, name: shown } = await signIn(acme)
        assert.deepEqual([login, email], [null, null])
        assert.match(shown, /^Ada ?Lovelace$/)
      }
    })

    for (const bad of ['\0', '\ud800']) {
      const respondingWith = (field: string) => {
        acme.reset()
        acme.far.on('/token', json({ access_token: 'an-access-token', token_type: 'Bearer', [field]: `x${bad}` }))
      }
      const shown = JSON.stringify(bad)

      test(`A14 on ${name}, a subject or an access token with ${shown} is the fault of the provider`, async () => {
        acme.reset()
        acme.knows({ ...ADA, id: `1${bad}` })
        assertRefused(await acme.newVisitor().follow('/'), 502, 'provider_malformed')
        respondingWith('access_token')
        assertRefused(await acme.newVisitor().follow('/'), 502, 'provider_malformed')
      })

      test(`A14 B-15 on ${name}, a scope or a refresh token with ${shown} counts as absent`, async () => {
        for (const field of ['scope', 'refresh_token']) {
          respondingWith(field)
          assert.equal((await signIn(acme)).login, 'ada', field)
          const rows = await acme.sql('select scope, refresh_token from provider_tokens')
          assert.deepEqual(rows, [{ scope: null, refresh_token: null }])
        }
      })
    }

    test(`A14 on ${name}, a browser whose headers hold any byte that HTTP allows signs in`, async () => {
      const visitor = acme.newVisitor()
      const bytes = Array.from({ length: 0x80 }, (_, index) => String.fromCharCode(0x80 + index)).join('')
      const { location = '' } = await visitor.open('/', { 'User-Agent': bytes })
      const back = (await visitor.open(location)).location ?? ''
      assert.equal((await visitor.open(back, { 'User-Agent': bytes, 'X-Forwarded-For': bytes })).status, 303)
      assert.equal((await sessionOf(visitor)).signed_in, true)
    })
  })
}

test('A14 a value that PostgreSQL cannot hold is the fault of whoever gave it, and not an outage', async t => {
  const store = createStore(await postgres.freshDatabase(), newSealer())
  t.after(() => store.close())
  await store.migrate()
  const asked = [
    () => store.users.findListed('\0'),
    () => store.users.list('\0', 1),
    () => store.users.findByLoginOrEmail('ada\0', 1),
    () => store.sessions.removeOne('u', '\0'),
    () => store.transaction(tables => tables.identities.load('\0')),
  ]
  for (const ask of asked) {
    await assert.rejects(ask, (error: unknown) => {
      assert.ok(error instanceof StoreError)
      assert.deepEqual([error.code, error.driverCode], ['request_malformed', '22021'])
      assert.match(error.message, /^The database cannot hold a value/)
      return true
    })
  }
  assert.equal(new StoreError('22P02').code, 'request_malformed')
  assert.equal(new StoreError('57P01').code, 'store_unavailable')
})

test('A14 a value that PostgreSQL cannot hold at a sign-in is the fault of the provider', async t => {
  const acme = await startAcme({ DATABASE_URL: await postgres.freshDatabase() })
  t.after(() => acme.stop())
  await acme.sql(
    `create function refuse() returns trigger language plpgsql as 'begin raise exception using errcode = ''22021''; end'`,
  )
  await acme.sql('create trigger refuse before insert on identities for each row execute function refuse()')
  assertRefused(await acme.newVisitor().follow('/'), 502, 'provider_malformed')
})
