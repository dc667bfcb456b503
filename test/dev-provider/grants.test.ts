import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGrants, type Grant } from '../../src/dev-provider/grants.js'
import { PEOPLE } from '../../src/dev-provider/people.js'
import { checkRedirectUri } from '../../src/dev-provider/redirect.js'
import { APP, CALLBACK, CHALLENGE } from './visitor.js'

const [person] = PEOPLE
const redirectUri = checkRedirectUri(CALLBACK, APP)
assert.ok(person && redirectUri)
const GRANT: Grant = { clientId: 'a', redirectUri, codeChallenge: CHALLENGE, scope: [], person, fault: undefined }

test('a thousand codes are kept, then the oldest goes', () => {
  const grants = createGrants(() => 0)
  const codes = Array.from({ length: 1001 }, () => grants.issueCode(GRANT))
  assert.equal(grants.spendCode(codes[0] ?? '', 'a'), undefined)
  assert.ok(grants.spendCode(codes[1] ?? '', 'a'))
})

test('a thousand tokens are kept, then the oldest goes', () => {
  const grants = createGrants(() => 0)
  const tokens = Array.from({ length: 1001 }, () => grants.spendCode(grants.issueCode(GRANT), 'a')?.issueToken() ?? '')
  assert.equal(grants.findByToken(tokens[0] ?? ''), undefined)
  assert.ok(grants.findByToken(tokens[1] ?? ''))
})
