import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inProd, issuesInProd, prod, warningsOf } from './parse-settings.js'

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
  assert.match(issuesInProd({}, { process: { PUBLIC_URL: '' } }).join(), /^PUBLIC_URL is missing/)
  assert.match(
    issuesInProd({}, { secretFile: { GITHUB_CLIENT_SECRET_FILE: '' } }).join(),
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
    ['/run/missing', { problem: 'does not exist' }],
    ['/run/empty', { text: '' }],
    ['/run/newline', { text: '\n' }],
    ['/run/lines', { text: 'abc\n\n' }],
  ])
  const name = 'GITHUB_CLIENT_SECRET_FILE'
  const issues = [...contents.keys(), '/run/unread'].map(path =>
    issuesInProd({ GITHUB_CLIENT_SECRET: undefined, [name]: path }, { contents }),
  )
  assert.deepEqual(issues, [
    [`${name} names the file /run/missing, which does not exist`],
    [`${name} names the file /run/empty, which is empty`],
    [`${name} names the file /run/newline, which is empty`],
    ['GITHUB_CLIENT_SECRET has a line break or control character; write it on one line'],
    [`${name} names the file /run/unread, which was not read`],
  ])
})

test('W15: the path of a file is shown, for a secret only where it is plainly a path', () => {
  const contents = new Map([['/run/missing', { problem: 'does not exist' }]])
  assert.deepEqual(issuesInProd({ PUBLIC_URL: undefined, PUBLIC_URL_FILE: '/run/missing' }, { contents }), [
    'PUBLIC_URL_FILE names the file /run/missing, which does not exist',
  ])

  const hidden = 'a file (not shown, because it may be the secret itself; write a path such as /run/secrets/name)'
  const named = (path: string) => {
    const file = { GITHUB_CLIENT_SECRET: undefined, GITHUB_CLIENT_SECRET_FILE: path }
    const contents = new Map([[path, { problem: 'does not exist' }]])
    return issuesInProd(file, { contents }).join()
  }
  for (const path of ['/run/secrets/github-secret', './keys/one.txt', '../github_2.key', '/Users/ada/secret.txt']) {
    assert.equal(named(path), `GITHUB_CLIENT_SECRET_FILE names the file ${path}, which does not exist`)
  }
  const secrets = [
    'hunter2',
    'aB3cD/eF5gH',
    '/aB3cDeF5gH+8==',
    '/5ffcd7c6f3f84a2e8f2b',
    '/Zq9xZq9xZq9x',
    'hunter/two',
    '//x',
  ]
  for (const secret of secrets) {
    assert.equal(named(secret), `GITHUB_CLIENT_SECRET_FILE names ${hidden}, which does not exist`)
  }
})

test('B-21: quotes that nothing takes off are an issue, and a warning where they may belong to a secret', () => {
  const where = 'in the process environment, where they are a part of the value; write it without them'
  for (const value of ['"3000"', "'3000'", '“3000”', '`3000`']) {
    assert.deepEqual(issuesInProd({}, { process: { PORT: value } }), [`PORT is in quotation marks ${where}`])
  }
  const process = { GITHUB_CLIENT_SECRET: '"hunter2"' }
  const parsed = inProd({ GITHUB_CLIENT_SECRET: undefined }, { process })
  assert.equal(clientSecret(parsed), '"hunter2"')
  assert.deepEqual(warningsOf(parsed), [
    `GITHUB_CLIENT_SECRET is in quotation marks ${where}, if the provider gave it to you without`,
  ])
  for (const name of ['SECRET_KEYS', 'DATABASE_URL']) {
    const [issue, ...more] = issuesInProd({}, { process: { [name]: '"hunter2"' } })
    assert.deepEqual([issue, more], [`${name} is in quotation marks ${where}`, []])
  }
  const file = { PORT_FILE: '/run/port' }
  const contents = new Map([['/run/port', { text: '"3000"\n' }]])
  assert.deepEqual(issuesInProd(file, { contents }), [
    'PORT_FILE is in quotation marks in the file that it names, where they are a part of the value; write it without them',
  ])
  // In an env file they were put into another kind of quotes.
  assert.equal(inProd({ GITHUB_LABEL: '"GitHub"' }).config.providers[0]?.label, '"GitHub"')
  assert.equal(inProd({}, { process: { GITHUB_LABEL: 'a"b"' } }).config.providers[0]?.label, 'a"b"')
})

test('NAME and NAME_FILE in one source are an issue, in two they are not', () => {
  const contents = new Map([['/run/secret', { text: 'abc' }]])
  const file = { GITHUB_CLIENT_SECRET_FILE: '/run/secret' }
  assert.deepEqual(issuesInProd({ GITHUB_CLIENT_SECRET, ...file }, { contents }), [
    'GITHUB_CLIENT_SECRET and GITHUB_CLIENT_SECRET_FILE are both set in env/prod/.env; keep one of them',
  ])
  inProd({ GITHUB_CLIENT_SECRET }, { secretFile: file, contents })
  inProd({ GITHUB_CLIENT_SECRET: '', ...file }, { contents })
})
