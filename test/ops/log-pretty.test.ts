import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prettyDestination } from '../../src/ops/log.js'

/** What is written for a log line with these fields. */
function logged(fields: object): string {
  let text = ''
  prettyDestination({
    write: part => {
      text += part
    },
  }).write(`${JSON.stringify({ level: 50, msg: 'GET / 500', ...fields })}\n`)
  return text
}

test('in local a stack follows its log line, on indented lines of its own', () => {
  const text = logged({ status: 500, error: 'internal', cause: 'TypeError: x\n    at home (/srv/src/home.ts:14:9)' })
  assert.match(
    text,
    /^ERROR: GET \/ 500 \{"status":500,"error":"internal"\}\n {4}TypeError: x\n {8}at home \(\/srv\/src\/home\.ts:14:9\)\n$/,
  )
})

test('in local a cause of one sentence stays in the log line', () => {
  assert.match(logged({ cause: 'The state is wrong' }), /^ERROR: GET \/ 500 \{"cause":"The state is wrong"\}\n$/)
})

test('in local a stack cannot move the cursor of the terminal, or turn the reading direction', () => {
  const text = logged({ cause: 'a\u001b[2J\rb\n\u202ec\u2028\u009bd\0' })
  assert.ok(text.endsWith('    a [2J b\n     c  d \n'), JSON.stringify(text))
})

test('in local an object as cause is printed like any other field', () => {
  assert.match(logged({ cause: { a: 'x\ny' } }), /^ERROR: GET \/ 500 \{"cause":\{"a":"x\\ny"\}\}\n$/)
})
