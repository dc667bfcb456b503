import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestWord } from '../../../src/cli/command-line/arguments.js'

const COMMANDS = ['serve', 'migrate', 'secrets', 'env', 'users', 'identities', 'sessions', 'keys', 'help']

const NEAR: readonly (readonly [written: string, meant: string | undefined])[] = [
  ['user', 'users'],
  ['USERS', 'users'],
  ['migrations', undefined],
  ['migrats', 'migrate'],
  ['mig', 'migrate'],
  ['identity', 'identities'],
  ['session', 'sessions'],
  ['--help', 'help'],
  ['se', undefined],
  ['dance', undefined],
  ['', undefined],
]

test('W15 a mistyped word leads to the nearest right one, and a strange one to none', () => {
  for (const [written, meant] of NEAR) assert.equal(nearestWord(written, COMMANDS), meant, written)
  assert.equal(nearestWord('users', []), undefined)
})
