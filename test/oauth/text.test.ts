import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSameButForSlash, safeErrorCode } from '../../src/oauth/text.js'

test('TK-25 the name of an error is quoted only where it reads like one: anything else may be a token', () => {
  for (const name of ['invalid_grant', 'bad_verification_code', 'server_error']) assert.equal(safeErrorCode(name), name)
  for (const other of [
    'gho_16C7e42F292c6912E7710c838347Ae178B4a',
    'Zq9tokenZq9',
    '',
    'two words',
    'a'.repeat(65),
    17,
    null,
  ]) {
    assert.equal(safeErrorCode(other), 'without a usual name')
  }
})

test('an issuer that differs from ours by a slash at its end is a text: nothing else is put into one to compare it', () => {
  const url = 'https://op.example'
  assert.ok(isSameButForSlash(`${url}/`, url))
  assert.ok(isSameButForSlash(url, `${url}/`))
  for (const other of [{ toString: 0 }, [url], [`${url}/`], null, 1, `${url}//`]) {
    for (const ours of [url, `${url}/`].filter(ours => other !== `${ours}/`)) {
      assert.ok(!isSameButForSlash(other, ours), JSON.stringify([other, ours]))
    }
  }
})
