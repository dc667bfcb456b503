import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyring, type Purpose } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'

const PURPOSES: Purpose[] = ['attempt', 'flash', 'csrf', 'provider-token', 'form-post']

test('SE-15 what is sealed for one purpose opens for no other, even in the same context', () => {
  const keyring = createKeyring([randomToken()])
  for (const made of PURPOSES) {
    const sealed = keyring.sealer(made).seal('text', 'context')
    for (const asked of PURPOSES) {
      assert.equal(keyring.sealer(asked).open(sealed, 'context'), made === asked ? 'text' : undefined)
    }
  }
})

test('SE-15 what is sealed in one context opens in no other', () => {
  const sealer = createKeyring([randomToken()]).sealer('attempt')
  assert.equal(sealer.open(sealer.seal('text', 'attempt one'), 'attempt two'), undefined)
})

test('SE-15 what is signed for one purpose is no signature for any other', () => {
  const keyring = createKeyring([randomToken()])
  for (const made of PURPOSES) {
    const signature = keyring.signer(made).sign('text')
    for (const asked of PURPOSES) assert.equal(keyring.signer(asked).verify('text', signature), made === asked)
  }
})
