import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApp } from './support/app.js'
import { sendRaw } from './support/raw-request.js'

const statusOf = async (origin: string, ...lines: string[]): Promise<number> =>
  Number((await sendRaw(origin, lines)).split(' ')[1])

const ask = (origin: string, host: string, path = '/health/live') =>
  statusOf(origin, `GET ${path} HTTP/1.1`, `Host: ${host}`)

const OTHERS = [
  ...['evil.example', 'evil.example:3000', 'localhost.evil.example', '127.0.0.1.evil.example', '0.0.0.0'],
  ...['localhost@evil.example', 'evil.example:fake@localhost', 'localhost/evil', '[::1]evil.example', '192.0.2.1', ''],
]

test('A17 the development provider answers to the names of this machine alone', async t => {
  const app = await startApp()
  t.after(() => app.stop())
  const provider = app.devProviderUrl ?? assert.fail()
  const home = await ask(provider, new URL(provider).host, '/')
  assert.notEqual(home, 421)
  for (const host of ['localhost:4000', 'LOCALHOST.', 'dev.localhost:1', '127.0.0.1', '[::1]', '[::1]:3001'])
    assert.equal(await ask(provider, host, '/'), home, host)
  for (const host of OTHERS) assert.ok([400, 421].includes(await ask(provider, host, '/')), host)
  const answer = await sendRaw(provider, ['GET / HTTP/1.1', 'Host: evil.example'])
  assert.match(answer, /^HTTP\/1\.1 421 /)
  assert.match(answer, /DEV_PROVIDER_URL/)
  assert.doesNotMatch(answer, /evil/)
  assert.match(app.logged(), /DEV_PROVIDER_URL names its own/)
  assert.equal(await statusOf(provider, 'GET / HTTP/1.0'), await ask(provider, new URL(provider).host, '/'))
})

test('A17 a development provider that is exposed, as in a container, answers to any host', async t => {
  const app = await startApp({ LISTEN_HOST: '0.0.0.0', DEV_PROVIDER_EXPOSED: 'yes' })
  t.after(() => app.stop())
  const provider = app.devProviderUrl ?? assert.fail()
  for (const host of ['evil.example', 'host.docker.internal:3000']) {
    assert.notEqual(await ask(provider, host, '/'), 421)
  }
})
