import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clearInheritedSockets } from '../../../src/config/load.js'
import { inLocal, inProd, issuesInLocal, issuesInProd, warningsOf } from '../parse-settings.js'

const PUBLIC_URL = 'http://localhost:8080'
const FILE = 'unix:/run/vestibule/http.sock'

test('B-47 LISTEN_HOST names a socket file by its whole path', () => {
  const paths = {
    [FILE]: '/run/vestibule/http.sock',
    'unix:///run/a.sock': '/run/a.sock',
    'unix:/run/b/../a': '/run/a',
  }
  for (const [value, path] of Object.entries(paths))
    assert.deepEqual(inProd({ LISTEN_HOST: value }).config.listen, { path })
})

test('B-47 a socket file without a whole path is refused', () => {
  for (const value of [
    'unix:',
    'unix:/',
    'unix:vestibule.sock',
    'unix:./a.sock',
    'unix:@name',
    'unix:/run/',
    'unix:/a\nb',
  ]) {
    assert.deepEqual(issuesInProd({ LISTEN_HOST: value }), [
      `LISTEN_HOST is "${value.replace('\n', '\u{fffd}')}"; write unix: and the whole path of a file, like ${FILE}`,
    ])
  }
  const [issue] = issuesInProd({ LISTEN_HOST: '/run/vestibule/http.sock' })
  assert.match(issue ?? '', /or a socket file, like unix:\/run\/vestibule\/http\.sock$/)
  assert.equal(issuesInProd({ LISTEN_HOST: 'UNIX:/run/a.sock' }).length, 1)
})

test('B-47 the path of a socket file has at most the 107 bytes that Linux takes', () => {
  const path = (bytes: number) => `/${'ä'.repeat(50)}${'x'.repeat(bytes - 101)}`
  assert.deepEqual(inProd({ LISTEN_HOST: `unix:${path(107)}` }).config.listen, { path: path(107) })
  const [issue] = issuesInProd({ LISTEN_HOST: `unix:${path(108)}` })
  assert.match(issue ?? '', /^LISTEN_HOST is .*; the path of a socket has at most 107 bytes, and this one 108$/)
})

test('B-47 a socket file has no port: PORT is not used, and PUBLIC_URL is required in local too', () => {
  const parsed = inLocal({ LISTEN_HOST: FILE, PORT: '3000', PUBLIC_URL })
  assert.deepEqual(warningsOf(parsed), ['PORT is not used, because LISTEN_HOST is a socket file'])
  assert.deepEqual(issuesInLocal({ LISTEN_HOST: FILE }), [
    'PUBLIC_URL is missing; a socket file has no port, so write the origin that browsers use',
  ])
  assert.deepEqual(issuesInProd({ LISTEN_HOST: FILE, PUBLIC_URL: '' }).length, 1)
})

test('B-47 the development provider may be used behind a socket file, which only this machine can reach', () => {
  assert.ok(inLocal({ LISTEN_HOST: FILE, PUBLIC_URL, PROVIDERS: 'dev' }).config.devProvider)
})

test('B-47 the app listens on a socket of systemd, if it is meant for this process', () => {
  for (const process of [{ LISTEN_FDS: '1' }, { LISTEN_FDS: '1', LISTEN_PID: '42' }]) {
    const parsed = inProd({}, { process, pid: 42 })
    assert.deepEqual([parsed.config.listen, warningsOf(parsed)], [{ fd: 3 }, []])
  }
  for (const process of [{ LISTEN_FDS: '1', LISTEN_PID: '41' }, { LISTEN_FDS: '0' }, { LISTEN_FDS: '' }]) {
    const { listen } = inProd({}, { process, pid: 42 }).config
    assert.deepEqual(listen, { host: '127.0.0.1', port: 3000, tryNextPort: false })
  }
})

test('B-47 the app listens on the first of several sockets of systemd, and an invalid number is refused', () => {
  const parsed = inProd({}, { process: { LISTEN_FDS: '2' } })
  assert.deepEqual(parsed.config.listen, { fd: 3 })
  assert.deepEqual(warningsOf(parsed), ['LISTEN_FDS hands over 2 sockets; only the first is used'])
  for (const count of ['-1', 'one', '1.5', '3,4', '99999']) {
    assert.deepEqual(issuesInProd({}, { process: { LISTEN_FDS: count } }), [
      `LISTEN_FDS is "${count}"; it must be a number of sockets, as systemd writes it`,
    ])
  }
})

test('B-47 LISTEN_HOST and PORT are not used with a socket of systemd, and get a warning', () => {
  const parsed = inProd({ LISTEN_HOST: '0.0.0.0', PORT: '80' }, { process: { LISTEN_FDS: '1' } })
  assert.deepEqual(parsed.config.listen, { fd: 3 })
  assert.deepEqual(warningsOf(parsed), [
    'LISTEN_HOST is not used, because the app listens on the socket of LISTEN_FDS',
    'PORT is not used, because the app listens on the socket of LISTEN_FDS',
  ])
})

test('B-47 the variables that systemd set for this process are removed before it starts others', () => {
  Object.assign(process.env, { LISTEN_FDS: '1', LISTEN_PID: '1', LISTEN_FDNAMES: 'http' })
  clearInheritedSockets()
  assert.deepEqual(
    Object.keys(process.env).filter(name => name.startsWith('LISTEN_')),
    [],
  )
})
