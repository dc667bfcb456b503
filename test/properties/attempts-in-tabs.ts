import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createReturnPaths } from '../../src/accounts/return-path.js'
import { type Attempt, openAttempts, sealAttempt } from '../../src/accounts/sign-in/attempt.js'
import type { AttemptCookies } from '../../src/accounts/sign-in/attempt-cookies.js'
import { property } from './property.js'
import { attemptSealer, newAttempt } from './sealed.js'

const paths = createReturnPaths({ publicUrl: 'https://app.example', basePath: '', homePath: '/', reserved: [] })

/** Tabs that start at the same moment: each of them brings what the browser held before, or nothing yet. */
const together = fc.record({
  tabs: fc.constantFrom(1, 1, 2, 3, 5, 8, 20),
  bringsCookies: fc.boolean(),
  pathBytes: fc.integer({ min: 1, max: 1_024 }),
  /** OAuth 1.0a: a token and a secret of so many characters each. */
  tokenChars: fc.constantFrom(0, 0, 40, 512),
  /** Milliseconds since the tabs before. */
  later: fc.constantFrom(0, 1, 9_999, 10_000, 60_000, 11 * 60_000),
  /** Sign-ins of other people in between. */
  others: fc.nat(7),
})
type Together = typeof together extends fc.Arbitrary<infer T> ? T : never

/** A browser that opens tabs as it likes, and the process that starts their sign-ins. */
class TabSetup {
  /** By slot. */
  private readonly cookies = new Map<string, string>()
  private turn = 0
  private now = 1_000_000

  open(group: Together): Attempt[] {
    this.now += group.later
    this.turn += group.others
    const brought = new Map(group.bringsCookies ? this.cookies : [])
    return Array.from({ length: group.tabs }, () => this.start(group, brought))
  }

  private start({ pathBytes, tokenChars }: Together, brought: AttemptCookies): Attempt {
    const turn = this.turn++
    const returnTo = paths.orHome(`/${'x'.repeat(pathBytes - 1)}`)
    const token = tokenChars > 0 && {
      state: `${turn}`.padStart(tokenChars, 't'),
      temporarySecret: 's'.repeat(tokenChars),
    }
    const attempt = { ...newAttempt(), ...token, returnTo, startedAt: this.now }
    const sealed = sealAttempt(attemptSealer, attempt, paths.home, {
      cookies: brought,
      startCount: turn,
      now: this.now,
    })
    assert.ok(sealed)
    for (const [slot, value] of sealed.cookies) this.cookies.set(slot, value)
    return attempt
  }

  /** The Cookie header, with the longest names that there may be. */
  header(): string {
    return [...this.cookies].map(([slot, value]) => `__Host-${'p'.repeat(40)}-attempt-${slot}=${value}`).join('; ')
  }

  held(): string[] {
    return openAttempts(attemptSealer, this.cookies).map(({ attempt }) => attempt.state)
  }
}

/** However many tabs start their sign-ins, at the same moment or one after the other. */
export const tabs = property(
  'B-01 attempts have 6,000 bytes at most, and the newest one of them is always found',
  fc.array(together, { minLength: 1, maxLength: 3 }),
  groups => {
    const scene = new TabSetup()
    for (const group of groups) {
      const newest = scene.open(group).at(-1)
      assert.ok(scene.header().length <= 6_000)
      assert.ok(newest && scene.held().includes(newest.state))
    }
  },
)

/** Sign-ins that start one after the other, with others in between. */
const inTurn = fc.constantFrom(60, 1_024).chain(most =>
  fc.array(fc.record({ pathBytes: fc.integer({ min: 1, max: most }), others: fc.nat(7) }), {
    minLength: 2,
    maxLength: 12,
  }),
)

/** One tab after the other, with any sizes that a sign-in usually has. */
export const tabsInTurn = property(
  'B-01 of sign-ins that start one after the other the two newest are found, and eight of them if their paths are short',
  inTurn,
  starts => {
    const scene = new TabSetup()
    const shared = { tabs: 1, bringsCookies: true, tokenChars: 0, later: 10_000 } as const
    const states = starts.flatMap(start => scene.open({ ...shared, ...start })).map(({ state }) => state)
    const held = scene.held()
    assert.ok(states.slice(-2).every(state => held.includes(state)))
    const areShort = starts.every(({ pathBytes }) => pathBytes <= 60)
    if (areShort) assert.deepEqual(new Set(held), new Set(states.slice(-8)))
  },
)
