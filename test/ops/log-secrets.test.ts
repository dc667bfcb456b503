import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog, type Log } from '../../src/ops/log.js'

function logged(write: (log: Log) => void): { text: string; line: Record<string, unknown> } {
  const lines: string[] = []
  write(createLog({ level: 'info', readable: false, destination: { write: line => void lines.push(line) } }))
  const text = lines.join('')
  return { text, line: JSON.parse(text) }
}

const NAMES = [
  ...['access_token', 'refresh_token', 'id_token', 'client_secret', 'code_verifier', 'state'],
  ...['accessToken', 'refreshToken', 'clientSecret', 'codeVerifier', 'handle', 'cookie', 'authorization', 'password'],
]

test('a secret is redacted by its field name, at the first two levels', () => {
  for (const name of NAMES) {
    const places: ((log: Log) => void)[] = [
      log => log.info({ [name]: 'sesame' }, 'Hello'),
      log => log.info({ [name]: { deep: 'sesame' } }, 'Hello'),
      log => log.info({ request: { id: 'r', [name]: 'sesame' } }, 'Hello'),
      log => log.info({ err: Object.assign(new Error('It broke'), { [name]: 'sesame' }) }, 'Hello'),
    ]
    for (const [place, write] of places.entries()) {
      const { text } = logged(write)
      assert.ok(!text.includes('sesame'), `${name} at place ${place}: ${text}`)
      assert.match(text, /"\[redacted\]"/)
    }
  }
})

test('the logged object is not changed, and fields that are no secret are logged unchanged', () => {
  const request = { cookie: 'sesame', path: '/' }
  const fields = { request, list: [1, { a: 2 }], at: new Date(0), nothing: null, err: new Error('It broke') }
  const { line } = logged(log => log.info(fields, 'Hello'))
  assert.equal(request.cookie, 'sesame')
  assert.deepEqual(line.request, { cookie: '[redacted]', path: '/' })
  assert.deepEqual([line.list, line.at, line.nothing], [[1, { a: 2 }], '1970-01-01T00:00:00.000Z', null])
  assert.equal((line.err as { message: string }).message, 'It broke')
})
