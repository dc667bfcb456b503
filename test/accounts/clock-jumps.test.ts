import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { isAttemptExpired } from '../../src/accounts/sign-in/attempt.js'
import { issueLinkToken, openLinkToken } from '../../src/accounts/sign-in/link-token.js'
import { isRecentSignIn } from '../../src/accounts/sign-in/linking.js'
import { CLOCK_TOLERANCE_MS } from '../../src/store/records.js'
import { createStore } from '../../src/store/store.js'
import type { Store } from '../../src/store/types.js'
import { createSealedResponses } from '../../src/web/form-post.js'
import { attemptSealer, flashSealer, newAttempt, sealed } from '../properties/sealed.js'
import { newSealer } from '../store/both-databases.js'
import { addPerson, NOW } from '../store/sample-users.js'
import { type Clock, HOUR, type Instance, MINUTE, newInstance, SECOND, storedTokens } from './setup.js'

let store: Store
before(async () => {
  store = createStore('sqlite::memory:', newSealer())
  await store.migrate()
})
after(() => store.close())

/** True time that passes, and then a jump of the wall clock, back or forth. */
interface Step {
  passes: number
  jump: number
}

const YEAR = 365 * 24 * HOUR
const upTo = (most: number) => fc.integer({ min: 0, max: most })
const within = (most: number) => fc.integer({ min: -most, max: most })
const steps = fc.array(
  fc.record<Step>({
    passes: fc.oneof(upTo(6 * SECOND), upTo(2 * MINUTE), upTo(2 * HOUR)),
    jump: fc.oneof(fc.constant(0), within(6 * SECOND), within(15 * MINUTE), within(3 * HOUR), within(YEAR)),
  }),
  { minLength: 1, maxLength: 10 },
)

/** Walks the steps; `look` is called after each of them. */
async function walk(clock: Required<Clock>, given: readonly Step[], look: () => unknown): Promise<void> {
  for (const { passes, jump } of given) {
    clock.monotonic += passes
    clock.now += passes + jump
    await look()
  }
}

const newClock = (): Required<Clock> => ({ now: NOW, monotonic: 0 })

/** What one process remembers of sessions and refreshes, seen after each step. */
async function remembered(given: readonly Step[]): Promise<unknown[]> {
  const clock = newClock()
  let lookUps = 0
  const counted = {
    ...store.sessions,
    find: (handleHash: string) => {
      lookUps += 1
      return store.sessions.find(handleHash)
    },
  }
  const { instance, handle } = await signedInAt(clock, { ...store, sessions: counted })
  const { refreshState, sessions } = instance.deps
  const seen: unknown[] = []
  refreshState.recordSuccess('young')
  refreshState.recordFailure('failed', new Error('down'))
  await walk(clock, given, async () => {
    const before = lookUps
    await sessions.read(handle)
    const [young, problem] = [refreshState.wasJustRefreshed('young'), refreshState.lastFailure('failed') !== undefined]
    seen.push([lookUps - before, young, problem])
  })
  await instance.close()
  return seen
}

test('A3 what a process remembers ends at the same moment, whatever the wall clock does meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async given => {
      const undisturbed = given.map(step => ({ ...step, jump: 0 }))
      assert.deepEqual(await remembered(given), await remembered(undisturbed))
    }),
    { numRuns: 60 },
  )
})

test('A3 a session that another instance ends is over here after five seconds, though the clock steps back', async () => {
  for (const back of [0, 10 * SECOND, 2 * HOUR, YEAR]) {
    const { clock, instance, handle } = await signedInAt()
    assert.ok(await instance.deps.sessions.read(handle))
    await store.sessions.removeAllOfUser(await userOf(instance, handle))
    clock.now -= back
    clock.monotonic += 5 * SECOND
    assert.equal(await instance.deps.sessions.read(handle), undefined, String(back))
    await instance.close()
  }
})

test('A3 tokens that a session used a moment ago are remembered for five seconds, though the clock steps back', async () => {
  const { clock, instance, handle } = await signedInAt()
  const { refreshState, sessions, monotonic } = instance.deps
  const session = await sessions.read(handle)
  assert.ok(session)
  refreshState.rememberTokens(session, 'acme', storedTokens(), monotonic())
  clock.now -= HOUR
  assert.ok(refreshState.recentTokens(session, 'acme'))
  clock.monotonic += 5 * SECOND
  assert.equal(refreshState.recentTokens(session, 'acme'), undefined)
  await instance.close()
})

async function signedInAt(clock = newClock(), over = store) {
  const instance = newInstance(over, clock, [])
  const { user, identity } = await addPerson(store)
  const browser = { userAgent: null, address: null }
  const opening = { userId: user.id, identityId: identity.id, browser }
  return { clock, instance, handle: await instance.deps.sessions.open(store.sessions, opening) }
}

async function userOf(instance: Instance, handle: string): Promise<string> {
  const session = await instance.deps.sessions.read(handle)
  assert.ok(session)
  return session.user.id
}

/** Something with a time written into it, and whether it counts at a time. */
interface Stamped {
  lifeMs: number
  counts(now: number): boolean | Promise<boolean>
}

/** All that carries the time at which it was made, made at the time of the clock. */
async function makeAll(clock: Required<Clock>): Promise<Record<string, Stamped>> {
  const madeAt = clock.now
  const attempt = { ...newAttempt(), startedAt: madeAt }
  const brought = new Map([[sealed(attempt).slot, sealed(attempt).value]])
  const ticket = { provider: attempt.provider, identity: 'mark', userIds: ['a-user'] }
  const issued = issueLinkToken(attemptSealer, ticket, attempt.state, madeAt)
  const response = createSealedResponses(flashSealer, () => madeAt).seal('acme', new URLSearchParams({ code: 'c' }))
  const { instance, handle } = await signedInAt(clock)
  const session = await instance.deps.sessions.read(handle)
  assert.ok(session)
  const at = <T>(now: number, check: () => T): T => {
    const before = clock.now
    clock.now = now
    try {
      return check()
    } finally {
      clock.now = before
    }
  }
  return {
    attempt: { lifeMs: 10 * MINUTE, counts: now => !isAttemptExpired(attempt, now) },
    ticket: { lifeMs: 10 * MINUTE, counts: now => openLinkToken(attemptSealer, issued, brought, now) !== undefined },
    'posted answer': {
      lifeMs: MINUTE,
      counts: now => opens(() => createSealedResponses(flashSealer, () => now).open('acme', response)),
    },
    'right to change who may enter': {
      lifeMs: 10 * MINUTE,
      counts: now => at(now, () => isRecentSignIn(instance.deps.now, session)),
    },
    'session on its page': {
      lifeMs: HOUR,
      counts: async now => (await store.sessions.listActiveOfUser(session.user.id, now, now - HOUR, 9)).length > 0,
    },
    'session of an identity': {
      lifeMs: HOUR,
      counts: now => store.sessions.hasActiveOfIdentity(session.identityId, now, now - HOUR),
    },
  }
}

function opens(open: () => unknown): boolean {
  try {
    open()
    return true
  } catch {
    return false
  }
}

test('A3 whatever carries a time is never good for longer than its life and the tolerance, by the clock that judges it', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async given => {
      const clock = newClock()
      for (const [what, { lifeMs, counts }] of Object.entries(await makeAll(clock))) {
        const made = { ...clock }
        const walking = { ...clock }
        await walk(walking, given, async () => {
          const [passed, jumped] = [
            walking.monotonic - made.monotonic,
            walking.now - made.now - (walking.monotonic - made.monotonic),
          ]
          const good = await counts(walking.now)
          if (jumped === 0) assert.equal(good, passed < lifeMs, `${what}, by a clock that is right`)
          if (walking.now < made.now - CLOCK_TOLERANCE_MS) assert.equal(good, false, `${what} of the future`)
          if (good)
            assert.equal(await counts(walking.now + lifeMs + CLOCK_TOLERANCE_MS), false, `${what} is good for longer`)
        })
      }
    }),
    { numRuns: 100 },
  )
})

test('A3 a session that was opened or seen in the future is over, and its row stays for the day that comes', async () => {
  const { clock, instance, handle } = await signedInAt()
  const { sessions } = instance.deps
  clock.now += 30 * MINUTE
  clock.monotonic += 30 * MINUTE
  assert.ok(await sessions.read(handle))
  for (const back of [20 * MINUTE, HOUR]) {
    clock.now -= back
    clock.monotonic += 5 * SECOND
    assert.equal(await sessions.read(handle), undefined, String(back))
    clock.now += back
    assert.ok(await sessions.read(handle), String(back))
  }
  await instance.close()
})
