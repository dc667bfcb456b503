import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyring, keyIdOf, type Purpose } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'

const old = randomToken()
const fresh = randomToken()
const PURPOSES: Purpose[] = ['attempt', 'flash', 'csrf', 'provider-token', 'form-post']

test('a keyring opens with every key what any of them sealed, and seals with the newest', () => {
  const before = createKeyring([old]).sealer('attempt').seal('text', 'here')
  const rotated = createKeyring([fresh, old]).sealer('attempt')
  assert.equal(rotated.open(before, 'here'), 'text')
  const after = rotated.seal('text', 'here')
  assert.equal(createKeyring([old]).sealer('attempt').open(after, 'here'), undefined)
  assert.equal(createKeyring([fresh]).sealer('attempt').open(after, 'here'), 'text')
})

test('a keyring names the key in what it seals, and the name tells nothing of the key', () => {
  const [id = ''] = createKeyring([old]).sealer('attempt').seal('text', 'here').split('.')
  assert.match(id, /^[\w-]{8}$/)
  assert.ok(!old.includes(id))
})

test('a keyring knows the ids of its keys, newest first, by which a sealed value is told from those of other keys', () => {
  const ids = [fresh, old].map(key => keyIdOf(createKeyring([key]).sealer('attempt').seal('text', 'here')))
  assert.deepEqual(createKeyring([fresh, old]).sealer('flash').keyIds, ids)
  assert.notEqual(ids[0], ids[1])
  for (const value of ['', '.', 'text', '.AAAA', 'short.AAAA', '\u001b[2J-1234.AAAA']) assert.equal(keyIdOf(value), '')
})

test('a keyring opens nothing whose key is gone, or that names no key', () => {
  const sealed = createKeyring([old]).sealer('flash').seal('text', 'here')
  const without = createKeyring([fresh]).sealer('flash')
  const values = [sealed, sealed.slice(sealed.indexOf('.')), sealed.slice(9), '', '.', '__proto__.AAAA']
  for (const value of values) assert.equal(without.open(value, 'here'), undefined, value)
})

test('a keyring has a key of its own for each purpose', () => {
  const keyring = createKeyring([old])
  for (const made of PURPOSES) {
    const sealed = keyring.sealer(made).seal('text', 'here')
    const signed = keyring.signer(made).sign('text')
    for (const used of PURPOSES) {
      assert.equal(keyring.sealer(used).open(sealed, 'here'), used === made ? 'text' : undefined)
      assert.equal(keyring.signer(used).verify('text', signed), used === made)
    }
  }
})

test('a keyring verifies under old keys, and refuses other texts and other signatures of any length', () => {
  const signature = createKeyring([old]).signer('csrf').sign('session')
  const signer = createKeyring([fresh, old]).signer('csrf')
  assert.ok(signer.verify('session', signature))
  assert.ok(!signer.verify('another', signature))
  for (const wrong of ['', 'x', `${signature}x`, signature.slice(1)]) assert.ok(!signer.verify('session', wrong), wrong)
})

test('a keyring does not exist without a key', () => {
  assert.throws(() => createKeyring([]), /at least one key/)
})
