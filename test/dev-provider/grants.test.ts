import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGrants, type Grant } from '../../src/dev-provider/grants.js'
import { checkRedirectUri } from '../../src/dev-provider/responses.js'
import { TEST_USERS } from '../../src/dev-provider/users.js'
import { APP, CALLBACK, CHALLENGE } from './setup.js'

const [user] = TEST_USERS
const redirectUri = checkRedirectUri(CALLBACK, APP)
assert.ok(user && redirectUri)
const GRANT: Grant = { clientId: 'a', redirectUri, codeChallenge: CHALLENGE, scope: [], user, fault: undefined }

test('a thousand codes are saved, then the oldest is dropped', () => {
  const grants = createGrants(() => 0)
  const codes = Array.from({ length: 1001 }, () => grants.issueCode(GRANT))
  assert.equal(grants.spendCode(codes[0] ?? '', 'a'), undefined)
  assert.ok(grants.spendCode(codes[1] ?? '', 'a'))
})

test('a thousand tokens are saved, then the oldest is dropped', () => {
  const grants = createGrants(() => 0)
  const tokens = Array.from({ length: 1001 }, () => grants.spendCode(grants.issueCode(GRANT), 'a')?.issueToken() ?? '')
  assert.equal(grants.findByToken(tokens[0] ?? ''), undefined)
  assert.ok(grants.findByToken(tokens[1] ?? ''))
})
