import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { test } from 'node:test'
import { operatorName } from '../../../src/cli/command-line/process.js'

const unknown = () => {
  throw new Error('ENOENT: no such user')
}

test('W7 the operator is the system user, or the uid where no name belongs to it', () => {
  assert.equal(operatorName(), userInfo().username)
  assert.equal(operatorName({ username: () => 'grace', uid: () => 1001 }), 'grace')
  assert.equal(operatorName({ username: unknown, uid: () => 1001 }), 'uid:1001')
  assert.equal(operatorName({ username: () => '', uid: () => 0 }), 'uid:0')
  assert.equal(operatorName({ username: unknown, uid: () => undefined }), 'unknown')
})
