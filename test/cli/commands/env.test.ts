import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printSettings } from '../../../src/cli/commands/env.js'
import { readEnvText } from '../../../src/config/env-file.js'
import { markdownRows } from '../../../src/config/settings.js'
import { inLocal } from '../../config/parse-settings.js'

/** The settings of printed lines, which our own reader has to read. */
function parse(text: string): Record<string, string> {
  const { values, issues } = readEnvText(text)
  assert.deepEqual(issues, [])
  return { ...values }
}

function run(...args: string[]): { code: number; text: string } {
  const texts: string[] = []
  const code = printSettings(args, { write: text => texts.push(text) })
  return { code, text: texts.join('') }
}

test('vestibule env prints every setting that works, as comments only', () => {
  const { code, text } = run()
  assert.equal(code, 0)
  assert.deepEqual(parse(text), {})
  const names = markdownRows().map(row => /^\| `(.+?)`/.exec(row)?.[1]?.replace('<NAME>', 'GITHUB'))
  assert.deepEqual(
    [...text.matchAll(/^# ([A-Z_]+)=/gm)].map(([, name]) => name),
    names,
  )
})

test('what vestibule env prints is a usable file once its lines are uncommented', () => {
  const values = parse(run().text.replace(/^# (?=(?!ENVIRONMENT)[A-Z_]+=)/gm, ''))
  assert.equal(values.PORT, '3000')
  assert.equal(values.SESSION_IDLE, '7d')
  assert.deepEqual(inLocal(values).config.session, inLocal({}).config.session)
})

test('CF-14 vestibule env prints the table and nothing of what is set', () => {
  process.env.GITHUB_CLIENT_SECRET = 'hunter2'
  assert.doesNotMatch(run().text, /hunter2/)
  delete process.env.GITHUB_CLIENT_SECRET
})

test('vestibule env explains itself and refuses what it does not know with 64', () => {
  assert.equal(run('--help').code, 0)
  assert.match(run('--help').text, /^Usage: vestibule env/)
  assert.equal(run('--secrets').code, 64)
})
