import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { type Acme, sessionOf, signIn, startAcme } from '../../support/acme-app.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const YEAR = 365 * 24 * HOUR

let jumped: number
let passed: number
let acme: Acme
const startSignIn = Date.now()

/** All that may happen at a run of the minute, without waiting for a clock. */
const settle = async () => {
  for (let turn = 0; turn < 200; turn++) await new Promise(next => setImmediate(next))
}
async function minutes(count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    passed += MINUTE
    mock.timers.tick(MINUTE)
    await settle()
  }
}
const rows = async () => {
  const [row] = await acme.sql(
    'select (select count(*) from sessions) as sessions, (select count(*) from events) as events',
  )
  return [Number(row?.sessions), Number(row?.events)]
}

beforeEach(async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  jumped = 0
  passed = 0
  const clocks = { now: () => startSignIn + passed + jumped, monotonic: () => passed }
  acme = await startAcme({ SESSION_IDLE: '1h', EVENTS_KEEP: '2h', LOG_LEVEL: 'warn' }, clocks)
})
afterEach(async () => {
  mock.timers.reset()
  await acme.stop()
})

test('A16 a clock that is a year ahead for a minute deletes neither sessions nor the audit trail', async () => {
  const visitor = acme.newVisitor()
  await signIn(acme, visitor)
  await minutes(3)
  const before = await rows()
  jumped = YEAR
  await minutes(1)
  jumped = 0
  await minutes(4)
  assert.deepEqual(await rows(), before)
  assert.equal(acme.app.logged().match(/The clock jumped by/g)?.length, 2)
  assert.equal((await sessionOf(visitor)).signed_in, true)
})

test('A16 a clock that stays where it was set deletes what is over by it', async () => {
  await signIn(acme, acme.newVisitor())
  await minutes(3)
  jumped = YEAR
  await minutes(2)
  assert.equal((await rows())[0], 1)
  await minutes(1)
  assert.deepEqual(await rows(), [0, 0])
})

test('A3 a person who signed in while the clock was ahead has to sign in again when it is put right, and stays then', async () => {
  const visitor = acme.newVisitor()
  jumped = 2 * HOUR
  await signIn(acme, visitor)
  jumped = 0
  passed += 5 * SECOND
  assert.deepEqual(await sessionOf(visitor), { signed_in: false })
  await signIn(acme, visitor)
  passed += 30 * MINUTE
  assert.equal((await sessionOf(visitor)).signed_in, true)
})

test('A3 the sessions of a disabled person end within five seconds, although the clock was put two hours back', async () => {
  const visitor = acme.newVisitor()
  jumped = 2 * HOUR
  const { id } = await signIn(acme, visitor)
  assert.equal((await sessionOf(visitor)).signed_in, true)
  await acme.sql(`update users set disabled_at = 1 where id = '${id}'`)
  await acme.sql(`update sessions set created_at = ${startSignIn}, seen_at = ${startSignIn}`)
  jumped = 0
  passed += 5 * SECOND
  assert.deepEqual(await sessionOf(visitor), { signed_in: false })
})
