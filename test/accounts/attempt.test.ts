import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Attempt,
  attemptId,
  isExpired,
  openAttempt,
  type SealedAttempt,
  sealAttempt,
  sealAttemptToFit,
  surplusAttempts,
} from '../../src/accounts/attempt.js'
import { Refusal } from '../../src/accounts/refusal.js'
import { createReturnPaths } from '../../src/accounts/return-path.js'
import { createKeyring } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'

const sealer = createKeyring([randomToken()]).sealer('attempt')
const { home } = createReturnPaths({ origin: 'https://app.test', basePath: '', homePath: '/', reserved: [] })

const attemptAt = (startedAt: number, provider = 'github'): Attempt => ({
  state: randomToken(),
  codeVerifier: randomToken(),
  provider,
  redirectUri: 'https://app.test/oauth/github/callback',
  returnTo: home,
  browser: 'the-browser',
  startedAt,
})

const brought = (...sealed: SealedAttempt[]) => new Map(sealed.map(({ id, value }) => [id, value]))
const missing = (error: unknown) => error instanceof Refusal && error.code === 'attempt_missing'

describe('An attempt', () => {
  it('is found again by its state, and nothing of it can be read on the way', () => {
    const attempt = attemptAt(1)
    const sealed = sealAttempt(sealer, attempt)
    assert.deepEqual(openAttempt(sealer, brought(sealed), attempt.state, 'github'), attempt)
    for (const part of [attempt.state, attempt.codeVerifier]) assert.ok(!JSON.stringify(sealed).includes(part))
  })

  it('ST-03 ST-04 is missing when this browser did not bring it', () => {
    const mine = attemptAt(1)
    const yours = attemptAt(1)
    assert.throws(() => openAttempt(sealer, brought(sealAttempt(sealer, yours)), mine.state, 'github'), missing)
    assert.throws(() => openAttempt(sealer, brought(), mine.state, 'github'), missing)
  })

  it('ST-10 MX-04 is missing at the callback of another provider', () => {
    const attempt = attemptAt(1)
    assert.throws(() => openAttempt(sealer, brought(sealAttempt(sealer, attempt)), attempt.state, 'dev'), missing)
  })

  it('is missing when it was moved under the name of another one', () => {
    const mine = attemptAt(1)
    const { value } = sealAttempt(sealer, attemptAt(1))
    assert.throws(
      () => openAttempt(sealer, brought({ id: attemptId(mine.state), value }), mine.state, 'github'),
      missing,
    )
  })

  it('ST-29 is missing when its key is gone', () => {
    const attempt = attemptAt(1)
    const other = createKeyring([randomToken()]).sealer('attempt')
    assert.throws(() => openAttempt(other, brought(sealAttempt(sealer, attempt)), attempt.state, 'github'), missing)
  })

  it('ST-07 lives for ten minutes', () => {
    const attempt = attemptAt(1_000)
    assert.ok(!isExpired(attempt, 1_000 + 10 * 60_000 - 1))
    assert.ok(isExpired(attempt, 1_000 + 10 * 60_000))
  })
})

describe('Attempts in one browser', () => {
  it('are five at most, and the oldest goes first', () => {
    const five = [3, 1, 5, 2, 4].map(time => sealAttempt(sealer, attemptAt(time)))
    const surplus = surplusAttempts(sealer, brought(...five), sealAttempt(sealer, attemptAt(6)))
    assert.deepEqual(surplus, [five[1]?.id])
  })

  it('are 6,000 bytes at most together', () => {
    const long = { ...attemptAt(1), returnTo: home, redirectUri: 'x'.repeat(2_500) }
    const older = sealAttempt(sealer, long)
    const newer = sealAttempt(sealer, { ...long, state: randomToken(), startedAt: 2 })
    assert.deepEqual(surplusAttempts(sealer, brought(older, newer), sealAttempt(sealer, attemptAt(3))), [older.id])
  })

  it('that cannot be opened go at once', () => {
    const junk = { id: 'AAAAAAAA', value: 'junk' }
    assert.deepEqual(surplusAttempts(sealer, brought(junk), sealAttempt(sealer, attemptAt(1))), ['AAAAAAAA'])
  })

  it('stay where they fit', () => {
    const four = [1, 2, 3, 4].map(time => sealAttempt(sealer, attemptAt(time)))
    assert.deepEqual(surplusAttempts(sealer, brought(...four), sealAttempt(sealer, attemptAt(5))), [])
  })
})

describe('A17 an attempt that a cookie has to carry', () => {
  const returnTo = createReturnPaths({ origin: 'https://app.test', basePath: '', homePath: '/', reserved: [] }).orHome(
    `/${'x'.repeat(1_000)}`,
  )
  /** With a temporary secret that takes this many characters as JSON. */
  const attemptOf = (characters: number): Attempt => ({
    ...attemptAt(1),
    returnTo,
    temporarySecret: 'a'.repeat(characters),
  })
  const fitting = (attempt: Attempt) => {
    const sealed = sealAttemptToFit(sealer, attempt, home)
    return sealed && openAttempt(sealer, brought(sealed), attempt.state, 'github').returnTo
  }

  it('A17 keeps its return path where there is room, loses it where there is not, and is none where that is too little', () => {
    assert.equal(fitting(attemptOf(1_000)), returnTo)
    assert.equal(fitting(attemptOf(2_000)), home)
    assert.equal(fitting(attemptOf(3_000)), undefined)
  })

  it('A17 leaves more than 300 bytes for the name and the attributes of its cookie, at every size', () => {
    for (let characters = 0; characters < 3_000; characters += 7) {
      const sealed = sealAttemptToFit(sealer, attemptOf(characters), home)
      assert.ok((sealed?.value.length ?? 0) <= 4_096 - 300)
    }
  })
})
