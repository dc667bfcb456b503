import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { createClockCheck, findClockProblem, prune } from '../../../src/accounts/sessions/prune.js'
import type { Store } from '../../../src/store/types.js'
import { onBothDatabases } from '../../store/both-databases.js'
import { addPerson, eventOf, sessionOf } from '../../store/sample-users.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

const NOW = Date.now()

onBothDatabases(database => {
  let store: Store
  /** What both clocks are ahead of the true time. */
  let clock: { now: number; monotonic: number }
  beforeEach(async () => {
    store = await database.openStore()
    clock = { now: 0, monotonic: 0 }
  })

  // PostgreSQL has the true time, which goes on while a test runs.
  const trueTime = database.kind === 'PostgreSQL' ? Date.now : () => NOW
  const now = () => trueTime() + clock.now
  const newCheck = () => createClockCheck({ store, now, monotonic: () => trueTime() + clock.monotonic })
  type Check = ReturnType<typeof newCheck>
  /** True time that passes. */
  const pass = (ms: number) => {
    clock.now += ms
    clock.monotonic += ms
  }
  /** The runs of so many minutes, of which the first comes after a minute. */
  async function runs(check: Check, count: number): Promise<boolean[]> {
    const trusted: boolean[] = []
    for (let run = 0; run < count; run++) {
      pass(MINUTE)
      trusted.push((await check.run()).isTrusted)
    }
    return trusted
  }
  /** A check that has come to trust its clock. */
  async function trusting(): Promise<Check> {
    const check = newCheck()
    await check.start()
    // The time that PostgreSQL has stands still beside these minutes.
    for (let run = 0; run < 2; run++) await check.run()
    assert.deepEqual(await check.run(), { isTrusted: true })
    return check
  }

  test('A16 after a start the clock is trusted once it has lasted for a second run', async () => {
    const check = newCheck()
    assert.deepEqual(await check.start(), [])
    assert.deepEqual(await runs(check, 3), [false, true, true])
  })

  test('A16 after a jump nothing is deleted until the new time has lasted for two further runs', async () => {
    for (const jump of [YEAR, 6 * MINUTE, -6 * MINUTE, -YEAR]) {
      clock = { now: -jump, monotonic: 0 }
      const check = newCheck()
      await check.start()
      await check.run()
      clock.now += jump
      const { isTrusted, warning = '' } = await check.run()
      assert.equal(isTrusted, false)
      assert.match(warning, /^The clock jumped by -?\d+ (seconds|days): nothing is deleted until it has lasted$/)
      assert.deepEqual(await runs(check, 3), [false, true, true], String(jump))
    }
  })

  test('A16 what a clock is corrected by each day is no jump', async () => {
    const check = await trusting()
    for (const change of [2 * MINUTE, -2 * MINUTE, SECOND]) {
      clock.now += change
      assert.deepEqual(await check.run(), { isTrusted: true })
    }
  })

  test('A16 a clock that is wrong for seventy seconds deletes nothing, from the start of the process or later', async () => {
    const person = await addPerson(store)
    await store.sessions.insert(sessionOf(person, { createdAt: NOW, seenAt: NOW, expiresAt: NOW + DAY }))
    await store.usedAttempts.markUsed('mark', NOW)
    await store.events.insert(eventOf({ at: NOW, userId: person.user.id }))
    const seenBefore = (now: number) => now - DAY

    for (const startsWrong of [true, false]) {
      const check = startsWrong ? newCheck() : await trusting()
      clock.now += YEAR
      if (startsWrong) await check.start()
      for (let second = 10; second <= 5 * 60; second += 10) {
        pass(10 * SECOND)
        if (second === 70) clock.now -= YEAR
        if (second % 60 > 0) continue
        if ((await check.run()).isTrusted) await prune(store, { seenBefore }, DAY, now())
      }
      assert.equal((await store.sessions.listActiveOfUser(person.user.id, now(), 0, 9)).length, 1)
      assert.equal(await store.usedAttempts.has('mark'), true)
      assert.equal((await store.events.listOfUser(person.user.id, 9)).length, 1)
    }
  })

  if (database.kind === 'SQLite') {
    test('A16 after a start that comes more than a day after the latest entry, the clock has to last for an hour', async () => {
      await store.events.insert(eventOf({ at: NOW - DAY }))
      assert.deepEqual(await newCheck().start(), [])
      clock.now += 1
      const check = newCheck()
      const [warning = ''] = await check.start()
      assert.match(
        warning,
        /^The clock says .*Z, and the latest entry of the database is from .*Z\. If the clock is wrong/,
      )
      const trusted = await runs(check, 61)
      assert.deepEqual([trusted.indexOf(true), trusted.length], [59, 61])
    })

    test('A16 a command doubts a clock that is more than a day after the latest entry', async () => {
      const doubt = () => findClockProblem(store, now)
      assert.equal(await doubt(), undefined)
      const person = await addPerson(store)
      await store.events.insert(eventOf({ at: NOW - 9 * DAY }))
      assert.match((await doubt()) ?? '', /latest entry/)
      await store.usedAttempts.markUsed('mark', NOW - 2 * DAY)
      assert.match((await doubt()) ?? '', new RegExp(new Date(NOW - 2 * DAY).toISOString()))
      await store.sessions.insert(
        sessionOf(person, { createdAt: NOW - 3 * DAY, seenAt: NOW - DAY, expiresAt: NOW + DAY }),
      )
      assert.equal(await doubt(), undefined)
    })
  } else {
    test('A8 a start tells of a clock that differs from that of PostgreSQL by more than a few seconds', async () => {
      for (const [jump, words] of [
        [25 * SECOND, /^The clock of this machine is \d\d seconds ahead of the database's$/],
        [-25 * SECOND, /^The clock of this machine is \d\d seconds behind the database's$/],
        [-YEAR, /^The clock of this machine is 36\d days behind the database's$/],
      ] as const) {
        clock.now = jump
        const warnings = await newCheck().start()
        assert.equal(warnings.length, 1)
        assert.match(warnings[0] ?? '', words)
      }
      clock.now = 0
      assert.deepEqual(await newCheck().start(), [])
    })

    test('A16 a clock that is minutes away from that of PostgreSQL deletes nothing, however long it lasts', async () => {
      clock.now += HOUR
      const check = newCheck()
      await check.start()
      assert.deepEqual(new Set(await runs(check, 10)), new Set([false]))
      assert.match((await check.run()).warning ?? '', /ahead of the database's: nothing is deleted$/)
    })

    test('A16 a command believes PostgreSQL: a quiet day is no doubt, and a wrong clock is one', async () => {
      await store.events.insert(eventOf({ at: NOW - 9 * DAY }))
      assert.equal(await findClockProblem(store, Date.now), undefined)
      assert.match((await findClockProblem(store, () => Date.now() + HOUR)) ?? '', /ahead of the database's$/)
    })
  }
})
