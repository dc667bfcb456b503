import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AccountError } from '../../../src/accounts/errors.js'
import { createReturnPaths, type SafePath } from '../../../src/accounts/return-path.js'
import {
  type Attempt,
  browserIdOf,
  isAttemptExpired,
  openAttempt,
  openAttempts,
  sealAttempt,
  slotsOf,
} from '../../../src/accounts/sign-in/attempt.js'
import { ATTEMPT_SLOTS, type AttemptCookies, MAX_SLOT_CHARS } from '../../../src/accounts/sign-in/attempt-cookies.js'
import { createKeyring } from '../../../src/crypto/keys.js'
import { randomToken } from '../../../src/crypto/random.js'

const MINUTE = 60_000
const sealer = createKeyring([randomToken()]).sealer('attempt')
const paths = createReturnPaths({ publicUrl: 'https://app.test', basePath: '', homePath: '/', reserved: [] })
const { home } = paths

const attemptAt = (startedAt: number, provider = 'github'): Attempt => ({
  state: randomToken(),
  codeVerifier: randomToken(),
  provider,
  redirectUri: 'https://app.test/oauth/github/callback',
  returnTo: home,
  browser: 'the-browser',
  startedAt,
})
const withPath = (attempt: Attempt, bytes: number): Attempt => ({ ...attempt, returnTo: pathOf(bytes) })
const pathOf = (bytes: number): SafePath => paths.orHome(`/${'x'.repeat(bytes - 1)}`)

const missing = (error: unknown) => error instanceof AccountError && error.code === 'attempt_missing'

interface Start {
  brought?: AttemptCookies
  turn?: number
}

/** The cookies that a start sets. */
function start(attempt: Attempt, { brought = new Map(), turn = 0 }: Start = {}): Map<string, string> {
  const sealed = sealAttempt(sealer, attempt, home, { cookies: brought, startCount: turn, now: attempt.startedAt })
  assert.ok(sealed)
  return new Map(sealed.cookies)
}

/** What the browser holds after these starts, each of which brought what the ones before had left. */
function startAll(attempts: readonly Attempt[], turn = 0, before: AttemptCookies = new Map()): Map<string, string> {
  const held = new Map(before)
  for (const attempt of attempts) {
    for (const [slot, value] of start(attempt, { brought: held, turn })) held.set(slot, value)
  }
  return held
}

/** The same of starts at one moment, which all brought what the browser held before. */
function startTogether(attempts: readonly Attempt[], brought: AttemptCookies = new Map()): Map<string, string> {
  return new Map([...brought, ...attempts.flatMap((attempt, turn) => [...start(attempt, { brought, turn })])])
}

const isHeld = (held: AttemptCookies, { state }: Attempt) =>
  openAttempts(sealer, held).some(({ attempt }) => attempt.state === state)

test('an attempt is found again by its state, and nothing of it can be read on the way', () => {
  const attempt = attemptAt(1)
  const held = start(attempt)
  assert.deepEqual(openAttempt(sealer, held, attempt.state, 'github'), attempt)
  for (const part of [attempt.state, attempt.codeVerifier]) assert.ok(![...held.values()].join().includes(part))
})

test('ST-03 ST-04 an attempt is missing when this browser did not bring it', () => {
  const mine = attemptAt(1)
  assert.throws(() => openAttempt(sealer, start(attemptAt(1)), mine.state, 'github'), missing)
  assert.throws(() => openAttempt(sealer, new Map(), mine.state, 'github'), missing)
})

test('ST-10 MX-04 an attempt is missing at the callback of another provider', () => {
  const attempt = attemptAt(1)
  assert.throws(() => openAttempt(sealer, start(attempt), attempt.state, 'dev'), missing)
})

test('an attempt counts by its own state, in whichever slot it lies', () => {
  const attempt = attemptAt(1)
  const [value = ''] = start(attempt).values()
  assert.ok(openAttempt(sealer, new Map([['5', value]]), attempt.state, 'github'))
  assert.throws(() => openAttempt(sealer, new Map([['0', value]]), attemptAt(1).state, 'github'), missing)
})

test('ST-29 an attempt is missing when its key is gone', () => {
  const attempt = attemptAt(1)
  const other = createKeyring([randomToken()]).sealer('attempt')
  assert.throws(() => openAttempt(other, start(attempt), attempt.state, 'github'), missing)
})

test('ST-07 an attempt lives for ten minutes', () => {
  const attempt = attemptAt(1_000)
  assert.ok(!isAttemptExpired(attempt, 1_000 + 10 * MINUTE - 1))
  assert.ok(isAttemptExpired(attempt, 1_000 + 10 * MINUTE))
})

test('a long attempt lies in several slots, and is found and cleared as one', () => {
  const attempt = withPath(attemptAt(1), 1_024)
  const held = start(attempt)
  assert.equal(held.size, 3)
  for (const value of held.values()) assert.ok(value.length <= MAX_SLOT_CHARS)
  assert.deepEqual(openAttempt(sealer, held, attempt.state, 'github'), attempt)
  assert.deepEqual(slotsOf(sealer, held, attempt), [...held.keys()])
})

test('a long attempt is missing when one of its slots is gone or overwritten, and others are found beside what is left of it', () => {
  const attempt = withPath(attemptAt(1), 1_024)
  const other = attemptAt(2)
  const [[, value] = ['', '']] = start(other)
  for (const slot of start(attempt).keys()) {
    const held = start(attempt)
    held.delete(slot)
    assert.ok(!isHeld(held, attempt))
    held.set(slot, value)
    assert.ok(!isHeld(held, attempt) && isHeld(held, other))
  }
})

test('a long attempt takes no parts of another one', () => {
  const [one, two] = [withPath(attemptAt(1), 1_024), withPath(attemptAt(1), 1_024)]
  const [first, second] = [start(one), start(two)]
  const mixed = new Map(
    [...first].map(([slot, value], index) => [slot, index === 1 ? (second.get(slot) ?? '') : value]),
  )
  assert.deepEqual(openAttempts(sealer, mixed), [])
})

test('a long attempt that claims more parts than there are slots is none', () => {
  for (const claim of ['0', '1', '9', '10', '8', '', '99999999']) {
    assert.deepEqual(openAttempts(sealer, new Map([['3', `${claim}~x`]])), [])
  }
})

describe('Attempts in one browser', () => {
  const sequence = (count: number, bytes = 1) =>
    Array.from({ length: count }, (_, index) => withPath(attemptAt((index + 1) * MINUTE), bytes))

  for (const [bytes, many] of [
    [1, 8],
    [300, 4],
    [600, 4],
    [1_024, 2],
  ] as const) {
    test(`B-01 attempts in one browser are the ${many} newest where each has a return path of ${bytes} bytes`, () => {
      for (let turn = 0; turn < 8; turn++) {
        const attempts = sequence(9, bytes)
        const held = startAll(attempts, turn)
        assert.deepEqual(
          attempts.filter(attempt => isHeld(held, attempt)),
          attempts.slice(-many),
        )
      }
    })

    test(`B-01 attempts in one browser are as many where they start at the same moment and bring nothing, with paths of ${bytes} bytes`, () => {
      const attempts = Array.from({ length: 20 }, () => withPath(attemptAt(1), bytes))
      const held = startTogether(attempts)
      assert.deepEqual(
        attempts.filter(attempt => isHeld(held, attempt)),
        attempts.slice(-many),
      )
    })
  }

  test('B-01 attempts in one browser that start at the same moment do not all take the place of the one oldest', () => {
    const brought = startAll(Array.from({ length: 8 }, (_, index) => attemptAt(MINUTE + index)))
    const attempts = Array.from({ length: 20 }, () => attemptAt(MINUTE + 1_000))
    const held = startTogether(attempts, brought)
    assert.deepEqual(openAttempts(sealer, held).length, 8)
    assert.ok(attempts.slice(-8).every(attempt => isHeld(held, attempt)))
  })

  test('attempts in one browser that are too old to be answered count as no longer there', () => {
    const [first, second, ...others] = sequence(8)
    assert.ok(first && second)
    const now = 12 * MINUTE
    const held = startTogether([attemptAt(now), attemptAt(now)], startAll([first, second, ...others]))
    assert.deepEqual(
      [first, second].filter(attempt => isHeld(held, attempt)),
      [],
    )
    assert.ok(others.every(attempt => isHeld(held, attempt)))
  })

  test('attempts in one browser that cannot be opened take no room from others', () => {
    const junk = new Map(ATTEMPT_SLOTS.map(slot => [slot, 'junk']))
    const attempts = sequence(8)
    const held = startAll(attempts, 0, junk)
    assert.ok(attempts.every(attempt => isHeld(held, attempt)))
  })

  test('attempts in one browser name their browser', () => {
    assert.equal(browserIdOf(sealer, start(attemptAt(1))), 'the-browser')
    assert.equal(browserIdOf(sealer, new Map([['0', 'junk']])), undefined)
  })
})

describe('A17 an attempt that cookies have to carry', () => {
  /** With a temporary secret that takes this many characters as JSON. */
  const attemptOf = (characters: number): Attempt => ({
    ...withPath(attemptAt(1), 1_001),
    temporarySecret: 'a'.repeat(characters),
  })
  const sealed = (attempt: Attempt) => sealAttempt(sealer, attempt, home, { cookies: new Map(), startCount: 0, now: 1 })
  const pathAfter = (attempt: Attempt) => {
    const { cookies } = sealed(attempt) ?? {}
    return cookies && openAttempt(sealer, cookies, attempt.state, 'github').returnTo
  }

  test('A17 an attempt that cookies have to carry keeps its return path where there is room, loses it where there is not, and is none where that is too little', () => {
    assert.equal(pathAfter(attemptOf(100)), pathOf(1_001))
    assert.equal(pathAfter(attemptOf(2_000)), home)
    assert.equal(pathAfter(attemptOf(4_000)), undefined)
  })

  test('A17 an attempt that cookies have to carry leaves no cookie longer than a slot is, at every size', () => {
    for (let characters = 0; characters < 4_000; characters += 7) {
      const { cookies = new Map<string, string>() } = sealed(attemptOf(characters)) ?? {}
      for (const value of cookies.values()) assert.ok(value.length <= MAX_SLOT_CHARS)
    }
  })
})

test('B-01 all slots together have less than 6,000 bytes of a Cookie header, with the longest COOKIE_PREFIX', () => {
  const pairs = ATTEMPT_SLOTS.map(slot => `__Host-${'p'.repeat(40)}-attempt-${slot}=${'v'.repeat(MAX_SLOT_CHARS)}`)
  assert.ok(pairs.join('; ').length <= 6_000)
})
