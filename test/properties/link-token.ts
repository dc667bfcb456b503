import assert from 'node:assert/strict'
import fc from 'fast-check'
import { issueLinkToken, openLinkToken } from '../../src/accounts/sign-in/link-token.js'
import { damaged, nasty } from './inputs.js'
import { property } from './property.js'
import { attemptSealer, flashSealer, newAttempt, sealed, sealedByOthers } from './sealed.js'

const NOW = 1_000_000
const LIFE = 10 * 60_000

const found = newAttempt()
const stranger = newAttempt()
const ticket = { provider: 'acme', identity: 'mark', userIds: ['a-user'] }
const issued = issueLinkToken(attemptSealer, ticket, found.state, NOW)
const foreign = [
  issueLinkToken(flashSealer, ticket, found.state, NOW),
  attemptSealer.seal(JSON.stringify({ ...ticket, state: found.state, issuedAt: NOW }), 'attempt'),
  ...[sealed(found).value, sealedByOthers(found).value],
]
const texts = fc.oneof(
  { arbitrary: fc.constant(issued), weight: 3 },
  { arbitrary: damaged(fc.constant(issued)), weight: 3 },
  fc.constantFrom(...foreign),
  nasty('.', '{}', 'null', issued.slice(0, 40)),
)

const [own, others] = [sealed(found), sealed(stranger, 1)]
const browsers = fc.constantFrom(
  new Map([[own.slot, own.value]]),
  new Map([
    [own.slot, own.value],
    [others.slot, others.value],
  ]),
  new Map([[others.slot, others.value]]),
  new Map([[own.slot, others.value]]),
  new Map([[own.slot, sealedByOthers(found).value]]),
  new Map<string, string>(),
)

/** Whatever stands in the link that leads on to join two accounts. */
export const tickets = property(
  'a ticket counts as we issued it, for ten minutes, in the browser that it was made for',
  fc.tuple(texts, browsers, fc.integer({ min: NOW, max: NOW + 2 * LIFE })),
  ([text, brought, now]) => {
    const opened = openLinkToken(attemptSealer, text, brought, now)
    const counts = text === issued && brought.get(own.slot) === own.value && now < NOW + LIFE
    assert.deepEqual(opened, counts ? ticket : undefined)
  },
)
