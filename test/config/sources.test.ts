import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultsInProd, inProd, prod } from './judge.js'

const GITHUB_CLIENT_SECRET = prod.GITHUB_CLIENT_SECRET
const clientSecret = (parsed: ReturnType<typeof inProd>) => parsed.config.providers[0]?.clientSecret

test('the process environment comes before .env.secret, and that before .env', () => {
  const file = { LOG_LEVEL: 'warn' }
  const secretFile = { LOG_LEVEL: 'error' }
  assert.equal(inProd(file).config.logLevel, 'warn')
  assert.equal(inProd(file, { secretFile }).config.logLevel, 'error')
  assert.equal(inProd(file, { secretFile, process: { LOG_LEVEL: 'debug' } }).config.logLevel, 'debug')
})

test('an empty value is not set, and still hides what a later source says', () => {
  assert.equal(inProd({ LOG_LEVEL: 'warn' }, { process: { LOG_LEVEL: '' } }).config.logLevel, 'info')
  assert.match(faultsInProd({}, { process: { PUBLIC_URL: '' } }).join(), /^PUBLIC_URL is missing/)
  assert.match(
    faultsInProd({}, { secretFile: { GITHUB_CLIENT_SECRET_FILE: '' } }).join(),
    /^GITHUB_CLIENT_SECRET is mi/,
  )
})

test('a setting may come from a file, whose one trailing newline is cut', () => {
  const contents = new Map([
    ['/run/unix', { text: 'abc\n' }],
    ['/run/dos', { text: 'abc\r\n' }],
    ['/run/bare', { text: 'abc' }],
  ])
  for (const path of contents.keys()) {
    const file = { GITHUB_CLIENT_SECRET: undefined, GITHUB_CLIENT_SECRET_FILE: path }
    assert.equal(clientSecret(inProd(file, { contents })), 'abc')
  }
})

test('a NAME_FILE hides the NAME of a later source', () => {
  const contents = new Map([['/run/secret', { text: 'abc' }]])
  const process = { GITHUB_CLIENT_SECRET_FILE: '/run/secret' }
  assert.equal(clientSecret(inProd({ GITHUB_CLIENT_SECRET }, { process, contents })), 'abc')
})

test('CF-06 a file that is missing, empty or holds more than a line is refused', () => {
  const contents = new Map([
    ['/run/missing', { trouble: 'does not exist' }],
    ['/run/empty', { text: '' }],
    ['/run/newline', { text: '\n' }],
    ['/run/lines', { text: 'abc\n\n' }],
  ])
  const name = 'GITHUB_CLIENT_SECRET_FILE'
  const faults = [...contents.keys(), '/run/unread'].map(path =>
    faultsInProd({ GITHUB_CLIENT_SECRET: undefined, [name]: path }, { contents }),
  )
  assert.deepEqual(faults, [
    [`${name} names a file, which does not exist; it wants the path of a file`],
    [`${name} names a file, which is empty`],
    [`${name} names a file, which is empty`],
    ['GITHUB_CLIENT_SECRET has a line break or control character; write it on one line'],
    [`${name} names a file, which was not read`],
  ])
})

test('the path of a file is shown unless the setting is secret', () => {
  const contents = new Map([['/run/missing', { trouble: 'does not exist' }]])
  assert.deepEqual(faultsInProd({ PUBLIC_URL: undefined, PUBLIC_URL_FILE: '/run/missing' }, { contents }), [
    'PUBLIC_URL_FILE names "/run/missing", which does not exist; it wants the path of a file',
  ])
})

test('NAME and NAME_FILE in one source are a fault, in two they are not', () => {
  const contents = new Map([['/run/secret', { text: 'abc' }]])
  const file = { GITHUB_CLIENT_SECRET_FILE: '/run/secret' }
  assert.deepEqual(faultsInProd({ GITHUB_CLIENT_SECRET, ...file }, { contents }), [
    'GITHUB_CLIENT_SECRET and GITHUB_CLIENT_SECRET_FILE are both set in env/prod/.env; keep one of them',
  ])
  inProd({ GITHUB_CLIENT_SECRET }, { secretFile: file, contents })
  inProd({ GITHUB_CLIENT_SECRET: '', ...file }, { contents })
})
