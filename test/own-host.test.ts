import assert from 'node:assert/strict'
import { after, before, describe, it, test } from 'node:test'
import { isLoopback } from '../src/own-host.js'
import { type Acme, startAcme } from './support/acme.js'
import { startApp } from './support/app.js'
import { sendRaw } from './support/raw-request.js'

test('A17 a host is of this machine alone by its address or by the name localhost', () => {
  for (const host of [
    'localhost',
    'LOCALHOST.',
    'app.localhost',
    '127.0.0.1',
    '127.1.2.3',
    '::1',
    '[::1]',
    '::ffff:127.0.0.1',
  ])
    assert.equal(isLoopback(host), true, host)
  for (const host of [
    '0.0.0.0',
    '::',
    '192.0.2.1',
    'localhost.evil.example',
    'evillocalhost',
    '127.0.0.1.evil.example',
    '',
  ])
    assert.equal(isLoopback(host), false, host)
})

const statusOf = async (origin: string, ...lines: string[]): Promise<number> =>
  Number((await sendRaw(origin, lines)).split(' ')[1])

const ask = (origin: string, host: string, path = '/health/live') =>
  statusOf(origin, `GET ${path} HTTP/1.1`, `Host: ${host}`)

const OTHERS = [
  ...['evil.example', 'evil.example:3000', 'localhost.evil.example', '127.0.0.1.evil.example', '0.0.0.0'],
  ...['localhost@evil.example', 'evil.example:fake@localhost', 'localhost/evil', '[::1]evil.example', '192.0.2.1', ''],
]

describe('A17 an app that listens for this machine alone, in local', () => {
  let acme: Acme
  let origin: string
  before(async () => {
    acme = await startAcme({ PUBLIC_URL: 'http://app.test:8080' })
    origin = `http://localhost:${acme.app.port}`
  })
  after(() => acme.stop())

  it('A17 answers to the names of this machine and to that of PUBLIC_URL, with any port, and to HTTP/1.0', async () => {
    const hosts = ['localhost', 'LOCALHOST:1', '127.0.0.1:3000', '[::1]:3000', '[::1]', 'app.test', 'App.Test:80']
    for (const host of [new URL(origin).host, ...hosts]) assert.equal(await ask(origin, host), 200, host)
    assert.equal(await statusOf(origin, 'GET /health/live HTTP/1.0'), 200)
  })

  it('A17 refuses any other host with 421, names the setting, and repeats nothing', async () => {
    for (const host of OTHERS) {
      for (const path of ['/', '/login', '/health/live', '/api/session', '/nowhere'])
        assert.ok([400, 421].includes(await ask(origin, host, path)), `${host} ${path}`)
    }
    const answer = await sendRaw(origin, ['GET / HTTP/1.1', 'Host: evil.example'])
    assert.match(answer, /^HTTP\/1\.1 421 /)
    assert.match(answer, /PUBLIC_URL/)
    assert.doesNotMatch(answer, /evil/)
    assert.match(acme.app.logged(), /PUBLIC_URL names ours/)
  })
})

test('A17 the development provider answers to the names of this machine alone', async t => {
  const app = await startApp()
  t.after(() => app.stop())
  const provider = app.devProviderUrl ?? assert.fail()
  const home = await ask(provider, new URL(provider).host, '/')
  assert.notEqual(home, 421)
  for (const host of ['localhost:4000', '[::1]']) assert.equal(await ask(provider, host, '/'), home, host)
  for (const host of OTHERS) assert.ok([400, 421].includes(await ask(provider, host, '/')), host)
  const answer = await sendRaw(provider, ['GET / HTTP/1.1', 'Host: evil.example'])
  assert.match(answer, /DEV_PROVIDER_URL/)
})

test('A17 in a container, where the app listens for others, any host is answered, and by an exposed development provider', async t => {
  const app = await startApp({ LISTEN_HOST: '0.0.0.0', DEV_PROVIDER_EXPOSED: 'yes' })
  t.after(() => app.stop())
  const provider = app.devProviderUrl ?? assert.fail()
  for (const host of ['evil.example', 'host.docker.internal:3000']) {
    assert.equal(await ask(app.origin, host), 200)
    assert.notEqual(await ask(provider, host, '/'), 421)
  }
})
