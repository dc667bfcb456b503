import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeThrown } from '../../../src/web/errors/thrown.js'

/** An Error whose stack is this text. */
const withStack = (message: string, stack: string) => Object.assign(new Error(message), { stack })

const ROOT = new URL('../../../..', import.meta.url).pathname

describe('describeThrown', () => {
  test('the description of what was thrown describes an Error by its message, its stack and the first frame that is not of a package or of Node', () => {
    const stack = [
      'TypeError: Cannot read x',
      '    at parse (node:internal/url:12:3)',
      '    at next (file:///srv/app/node_modules/koa/index.js:1:2)',
      `    at async home (file://${ROOT}src/web/handlers/home.ts:14:9)`,
      `    at ${ROOT}src/web/routes.ts:1:1`,
    ].join('\n')
    assert.deepEqual(describeThrown(withStack('Cannot read x', stack)), {
      message: 'Cannot read x',
      stack,
      frame: 'src/web/handlers/home.ts:14:9 (home)',
    })
  })

  test('the description of what was thrown names a frame without a function, and one outside the project by its whole path', () => {
    assert.equal(describeThrown(withStack('x', `Error: x\n    at ${ROOT}src/a.ts:3:4`)).frame, 'src/a.ts:3:4')
    assert.equal(
      describeThrown(withStack('x', 'Error: x\n    at async file:///srv/own.js:5:6')).frame,
      '/srv/own.js:5:6',
    )
    const method = 'Error: x\n    at async Object.list [as run] (/srv/my app/own (2).ts:5:6)'
    assert.equal(describeThrown(withStack('x', method)).frame, '/srv/my app/own (2).ts:5:6 (Object.list [as run])')
  })

  test('the description of what was thrown finds the frame of a real Error in this file', () => {
    assert.match(
      describeThrown(new Error('here')).frame ?? '',
      /^(?:dist\/)?test\/web\/errors\/thrown\.test\.[jt]s:\d+:\d+/,
    )
  })

  test('the description of what was thrown does not take a line of the message for a frame', () => {
    const message = 'x\n    at evil (/srv/evil.ts:1:1)'
    const { frame } = describeThrown(withStack(message, `Error: ${message}\n    at good (/srv/good.ts:2:2)`))
    assert.equal(frame, '/srv/good.ts:2:2 (good)')
  })

  test('the description of what was thrown adds the causes to message and stack, and a circle of causes ends', () => {
    const inner = withStack('connect ECONNREFUSED', 'Error: connect ECONNREFUSED\n    at x (/srv/in.ts:1:1)')
    const outer = Object.assign(withStack('fetch failed', 'TypeError: fetch failed\n    at node:internal/x:1:1'), {
      cause: inner,
    })
    const found = describeThrown(outer)
    assert.equal(found.message, 'fetch failed: connect ECONNREFUSED')
    assert.match(found.stack ?? '', /^TypeError: fetch failed\n.*\nCaused by: Error: connect ECONNREFUSED\n/)
    assert.equal(found.frame, '/srv/in.ts:1:1 (x)')
    assert.equal(describeThrown(Object.assign(inner, { cause: outer })).message, 'connect ECONNREFUSED: fetch failed')
  })

  test('the description of what was thrown takes the code of an Error without a message, else its name', () => {
    assert.equal(
      describeThrown(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })).message,
      'ECONNREFUSED',
    )
    assert.equal(describeThrown(new TypeError()).message, 'TypeError')
  })

  const message = (thrown: unknown) => {
    const { message, ...rest } = describeThrown(thrown)
    assert.deepEqual(rest, { stack: undefined, frame: undefined })
    return message
  }

  test('the description of what was thrown says of anything else that it is not an Error', () => {
    assert.equal(message('boom'), 'A string was thrown in place of an Error: "boom"')
    assert.equal(message(undefined), 'undefined was thrown in place of an Error')
    assert.equal(message(null), 'null was thrown in place of an Error')
    assert.equal(message(404), '404 was thrown in place of an Error')
    assert.equal(message(Symbol('s')), 'Symbol(s) was thrown in place of an Error')
    assert.equal(
      message(() => 1),
      'A function was thrown in place of an Error',
    )
    assert.equal(message({}), 'An object was thrown in place of an Error')
    assert.equal(message(Object.create(null)), 'An object was thrown in place of an Error')
    assert.match(message({ message: 'gone' }), /with the message "gone"$/)
  })

  test('the description of what was thrown shows the names of the fields of an object, never their values', () => {
    assert.match(message({ status: 500, token: 'the-secret' }), /with the fields status, token$/)
  })

  const throws = () => {
    throw new Error('a getter')
  }

  test('the description of what was thrown survives getters that throw, and a Proxy that refuses everything', () => {
    for (const field of ['message', 'stack', 'cause', 'name', 'code']) {
      const error = Object.defineProperty(new Error('x'), field, { get: throws })
      assert.equal(describeThrown(error).message, field === 'message' ? 'Error' : 'x', field)
    }
    assert.equal(describeThrown(Object.defineProperty(new Error('x'), 'stack', { get: throws })).stack, undefined)
    const traps = { get: throws, getPrototypeOf: throws, ownKeys: throws, has: throws }
    assert.equal(message(new Proxy({}, traps)), 'An object was thrown in place of an Error')
    assert.equal(
      message(Object.defineProperty({}, 'message', { get: throws, enumerable: true })).slice(-14),
      'fields message',
    )
  })

  test('the description of what was thrown reads fields that are no texts as absent', () => {
    const odd = Object.assign(new Error('x'), { message: { toString: throws }, stack: 5, name: [] })
    assert.deepEqual(describeThrown(odd), {
      message: 'An Error without a readable message',
      stack: undefined,
      frame: undefined,
    })
  })

  test('the description of what was thrown removes control characters, terminal escapes and bidirectional overrides, and keeps the lines of a stack', () => {
    const hostile = 'a\u001b[31mred\u001b]0;title\u0007\r\nb\u202egnp\u2066\0\u009b1mc\u2028d\ufeff\ud800'
    const found = describeThrown(withStack(hostile, `Error: ${hostile}\n    at x (/srv/x\u202e.ts:1:1)`))
    assert.equal(found.message, 'ared bgnp c d')
    assert.equal(found.frame, '/srv/x.ts:1:1 (x)')
    assert.equal(found.stack, 'Error: ared \nbgnp c d\n    at x (/srv/x.ts:1:1)')
  })

  test('the description of what was thrown cuts a message at 500 characters and a stack at 20,000, never through a character', () => {
    const found = describeThrown(withStack('😀'.repeat(100_000), '😀'.repeat(100_000)))
    assert.equal(found.message, `${'😀'.repeat(499)}…`)
    assert.equal(Array.from(found.stack ?? '').length, 20_000)
    assert.ok(!/\ufffd|\p{Cs}/u.test(`${found.stack}`))
  })
})
