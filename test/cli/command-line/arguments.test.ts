import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArguments } from '../../../src/cli/command-line/arguments.js'

const PERSON = { operands: '<person>' }
const PAGE = { operands: '', options: { limit: '<number>', after: '<id>' } }
const ID = '-JKz0123456789abcdefgh'
const DASHED = '--Kz0123456789abcdefgh'

const READ: [args: string[], spec: typeof PERSON | typeof PAGE, operand: string, json: boolean, values: object][] = [
  [['ada'], PERSON, 'ada', false, {}],
  [['--json', 'ada'], PERSON, 'ada', true, {}],
  [['ada', '--json'], PERSON, 'ada', true, {}],
  [[ID], PERSON, ID, false, {}],
  [[DASHED, '--json'], PERSON, DASHED, true, {}],
  [[], PAGE, '', false, {}],
  [['--limit', '5', '--after', ID], PAGE, '', false, { limit: '5', after: ID }],
  [['--limit=5', `--after=${DASHED}`, '--json'], PAGE, '', true, { limit: '5', after: DASHED }],
]

test('arguments are read in any order, and an id that begins with a dash is an id', () => {
  for (const [args, spec, operand, json, values] of READ) {
    const operands = operand === '' ? [] : [operand]
    const expected = { operands, operand, json, values: new Map(Object.entries(values)), flags: new Set() }
    assert.deepEqual(parseArguments(args, spec), expected, args.join(' '))
  }
})

const WRONG: [args: string[], spec: typeof PERSON | typeof PAGE, why: RegExp][] = [
  [[], PERSON, /^Which user/],
  [['--json'], PERSON, /^Which user/],
  [[''], PERSON, /^Which user/],
  [['ada', 'bob'], PERSON, /"bob" is one argument too many/],
  [['ada'], PAGE, /"ada" is one argument too many/],
  [['--limit'], PAGE, /--limit needs a value/],
  [['--limit='], PAGE, /--limit needs a value/],
  [['--limit', '5', 'ada'], PAGE, /"ada" is one argument too many/],
  [['-limit', '5'], PAGE, /no option "-limit"/],
  [['--limit', '5'], PERSON, /no option "--limit"/],
  [['--jsn'], PAGE, /no option "--jsn"/],
  [['--json=yes'], PAGE, /no option "--json=yes"/],
  [['--constructor=1'], PAGE, /no option/],
]

test('an option without a value is read where the command has it, takes none, and is unknown elsewhere', () => {
  const prune = { operands: '', flags: ['force'] }
  for (const args of [['--force'], ['--force', '--json'], ['--json', '--force']]) {
    const parsed = parseArguments(args, prune)
    assert.ok(typeof parsed !== 'string' && parsed.flags.has('force'), args.join(' '))
  }
  for (const args of [['--force=no'], ['-force'], ['--forc']])
    assert.match(String(parseArguments(args, prune)), /no option/)
  assert.match(String(parseArguments(['--force'], PAGE)), /no option "--force"/)
})

test('what does not belong there is told', () => {
  for (const [args, spec, why] of WRONG) assert.match(String(parseArguments(args, spec)), why, args.join(' '))
})

test('a command may take two people, an option may be empty where that means something, and a slip is named', () => {
  const merge = { operands: '<one> <other>' }
  const two = parseArguments(['ada', ID], merge)
  assert.ok(typeof two !== 'string')
  assert.deepEqual(two.operands, ['ada', ID])
  for (const args of [['ada'], [], ['ada', '']])
    assert.match(String(parseArguments(args, merge)), /^Which users\? Name two/)
  assert.match(String(parseArguments(['a', 'b', 'c'], merge)), /"c" is one argument too many/)

  const move = { operands: '', options: { from: '<x>', to: '<x>' }, mayBeEmpty: ['from'], flags: ['dry-run'] }
  for (const args of [['--from='], ['--from', '']]) {
    const parsed = parseArguments(args, move)
    assert.ok(typeof parsed !== 'string' && parsed.values.get('from') === '', args.join(' '))
  }
  for (const args of [['--from'], ['--to='], ['--to', '']])
    assert.match(String(parseArguments(args, move)), /needs a value/)
  assert.match(String(parseArguments(['--dryrun'], move)), /Did you mean --dry-run\?$/)
})
