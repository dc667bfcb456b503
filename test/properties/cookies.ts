import assert from 'node:assert/strict'
import fc from 'fast-check'
import { openAttempt, sealAttempt } from '../../src/accounts/sign-in/attempt.js'
import { createCookies } from '../../src/web/cookies.js'
import { damaged, nasty } from './inputs.js'
import { contextWith } from './koa-context.js'
import { outcomeOf } from './outcome.js'
import { property } from './property.js'
import { attemptSealer, flashSealer, newAttempt, sealed, sealedByOthers } from './sealed.js'

const MESSAGE = 'Signed in with Acme.'
const attempts = [newAttempt(), newAttempt()].map((attempt, slot) => ({ attempt, ...sealed(attempt, slot) }))
const slots = attempts.map(({ slot }) => slot)
const fresh = newAttempt()
const flash = flashSealer.seal(MESSAGE, 'flash')

/** Sealed with other keys, for another purpose, for another cookie. */
const foreign = [
  ...attempts.map(({ attempt }) => sealedByOthers(attempt).value),
  ...attempts.map(({ attempt }) => flashSealer.seal(JSON.stringify(attempt), 'attempt')),
  ...attempts.map(({ attempt }) => attemptSealer.seal(JSON.stringify(attempt), 'join')),
  ...attempts.flatMap(({ value }) => [`2~${value}`, `~${value}`, `9~${value}`]),
  attemptSealer.seal(MESSAGE, 'flash'),
  flashSealer.seal(MESSAGE, ''),
]
const genuine = fc.constantFrom(...attempts.map(({ value }) => value), flash)
const values = fc.oneof(
  genuine,
  damaged(genuine),
  fc.constantFrom(...foreign),
  genuine.map(value => `"${value}"`),
  nasty('.', 'AAAA'),
)

const NAMES = [
  'vestibule-flash',
  'vestibule-session',
  ...[...slots, '7', 'AAAAAAAA', ''].map(id => `vestibule-attempt-${id}`),
]
const known = fc.constantFrom(...NAMES, ...NAMES.map(name => `__Host-${name}`))
const names = fc.oneof({ arbitrary: known, weight: 4 }, damaged(known), nasty('vestibule-attempt-'))
const headers = fc
  .array(fc.tuple(names, values, fc.constantFrom('; ', '; ', '; ', ';', ', ', '')), { maxLength: 8 })
  .map(list => list.map(([name, value, end]) => `${name}=${value}${end}`).join(''))
  // What Node's own reader of headers lets through.
  .map(header => header.replace(/[^\t\x20-\x7e\x80-\xff]/g, ''))

/** Whatever cookies a browser brings. */
export const cookies = property(
  'an attempt or a message counts only as we sealed it, under a name of its kind',
  fc.tuple(headers, fc.boolean()),
  ([header, secure]) => {
    const jar = createCookies({ secure, prefix: 'vestibule', flashSealer })
    const ctx = contextWith({ cookie: header }, secure)
    const cookies = jar.attempts(ctx)
    for (const { attempt, value } of attempts) {
      const opened = outcomeOf(() => openAttempt(attemptSealer, cookies, attempt.state, 'acme'), ['attempt_missing'])
      assert.deepEqual(opened.value, [...cookies.values()].includes(value) ? attempt : undefined)
    }
    jar.clearUnknownAttempts(ctx)
    const placing = { cookies, startCount: header.length, now: fresh.startedAt }
    const next = sealAttempt(attemptSealer, fresh, fresh.returnTo, placing)
    assert.ok(next)
    jar.setAttempt(ctx, next)
    const message = jar.takeFlash(ctx)
    assert.ok(message === null || (message === MESSAGE && header.includes(flash)))
  },
)
