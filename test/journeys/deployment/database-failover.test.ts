import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import pg from 'pg'
import { type Acme, assertRefused, countRows, sessionOf, signIn, startAcme } from '../../support/acme-app.js'
import { type Postgres, runSql, startPostgres } from '../../support/postgres.js'

let postgres: Postgres
let acme: Acme
before(async () => {
  postgres = await startPostgres()
  acme = await startAcme({ DATABASE_URL: await postgres.freshDatabase() })
})
after(async () => {
  await acme.stop()
  await postgres.stop()
})

const others = () => `datname = '${new URL(acme.databaseUrl).pathname.slice(1)}' and pid <> pg_backend_pid()`

it('DS-13 connections reset in the middle of writing a person down leave nobody, and the next sign-in makes one person', {
  timeout: 20_000,
}, async t => {
  const holder = new pg.Client(acme.databaseUrl)
  await holder.connect()
  t.after(() => holder.end())
  await holder.query('begin')
  await holder.query('lock table identities in access exclusive mode')

  const visitor = acme.newVisitor()
  const page = visitor.follow('/')
  await untilWaiting(holder)
  await holder.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${others()}`)
  assertRefused(await page, 503, 'store_unavailable')
  await holder.query('rollback')

  assert.equal(visitor.sessionCookie, undefined)
  assert.deepEqual(await countRows(acme), { users: 0, identities: 0, provider_tokens: 0, sessions: 0 })
  assert.deepEqual(await sessionOf(visitor), { signed_in: false })

  await signIn(acme, visitor)
  await signIn(acme)
  assert.deepEqual(await countRows(acme), { users: 1, identities: 1, provider_tokens: 1, sessions: 2 })
})

/** Until somebody waits for the lock. */
async function untilWaiting(holder: pg.Client): Promise<void> {
  const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and ${others()}`
  while ((await holder.query(waiting)).rowCount === 0);
}

it('DS-11 more visitors than the database takes at once wait their turn, and all are served', {
  timeout: 20_000,
}, async () => {
  await Promise.all(Array.from({ length: 40 }, () => signIn(acme)))
  const connections = `select count(*) as n from pg_stat_activity where ${others()}`
  assert.ok(Number((await runSql(postgres.url, connections))[0]?.n) <= 10)
  assert.equal((await countRows(acme)).users, 1)
})
