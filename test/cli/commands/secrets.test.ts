import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'dotenv'
import { printSecretKey } from '../../../src/cli/commands/secrets.js'
import { inProd } from '../../config/parse-settings.js'

function made(): string {
  const texts: string[] = []
  assert.equal(printSecretKey({ write: text => texts.push(text) }), 0)
  return texts.join('')
}

test('vestibule secrets prints a line that prod accepts, another one each time', () => {
  const line = made()
  assert.match(line, /^SECRET_KEYS=[\w-]{43}\n$/)
  inProd(parse(line))
  assert.notEqual(made(), line)
})
