import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Lookup } from '../../../src/net/agents.js'
import { assertRefused, signIn, startBeside } from '../../support/acme-app.js'
import type { Settings } from '../../support/app.js'
import { type ProxyHabits, startConnectProxy } from '../../support/connect-proxy.js'
import { startFakeOidc } from '../../support/fake-oidc.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { browserOnThisMachine, renameFakeOidc } from '../../support/renamed-fake-oidc.js'

const unknown: Lookup = async host => {
  throw Object.assign(new Error(`${host} was looked up`), { code: 'ENOTFOUND' })
}
const onThisMachine: Lookup = async () => [{ address: '127.0.0.1', family: 4 }]

interface Setting {
  habits?: Omit<ProxyHabits, 'targets'>
  /** Before the host of the proxy. */
  user?: string
  settings?: Settings
  resolve?: Lookup
}

/** An app whose provider is at a name that the proxy alone knows, and whose name server knows nothing. */
async function start(t: TestContext, { habits, user = '', settings, resolve = unknown }: Setting = {}) {
  const op = await startFakeOidc()
  const port = Number(new URL(op.origin).port)
  const target = `op.example:${port}`
  const proxy = await startConnectProxy({ ...habits, targets: { [target]: port } })
  renameFakeOidc(op, `http://${target}`)
  const environment = {
    ...op.settings('acme'),
    ACME_ISSUER: `http://${target}`,
    HTTP_PROXY: `http://${user}127.0.0.1:${proxy.port}`,
    ...settings,
  }
  const acme = await startBeside(op, { reset: () => {}, knows: () => {} }, environment, { lookup: resolve })
  const browser = browserOnThisMachine()
  t.after(async () => {
    await acme.stop()
    await browser.close()
    await proxy.stop()
  })
  return { op, proxy, acme, target, visitor: new HttpBrowser(acme.app.origin, browser) }
}

test('B-08 a whole sign-in goes through the proxy, which alone knows the provider, and the start says so', async t => {
  const { acme, op, proxy, target, visitor } = await start(t)
  assert.equal((await signIn(acme, visitor)).name, 'Ada Lovelace')
  for (const path of ['/.well-known/openid-configuration', '/jwks', '/token', '/userinfo']) {
    assert.equal(op.calls(path), 1, path)
  }
  assert.ok(proxy.requests.length > 0)
  assert.deepEqual([...new Set(proxy.requests.map(request => request.target))], [target])
  const way = `http:// by 127.0.0.1:${proxy.port} (HTTP_PROXY)`
  assert.ok(acme.app.logged().includes(`Calls to providers go through a proxy: ${way}`), acme.app.logged())
})

test('B-08 what NO_PROXY names is looked up and called directly, and the start says so', async t => {
  const { acme, proxy, visitor } = await start(t, { settings: { NO_PROXY: '.example' }, resolve: onThisMachine })
  assert.equal((await signIn(acme, visitor)).name, 'Ada Lovelace')
  assert.deepEqual(proxy.requests, [])
  assert.ok(acme.app.logged().includes('and what NO_PROXY names (.example)'), acme.app.logged())
})

test('B-08 the development provider is never called through a proxy', async t => {
  const dev = { PROVIDERS: 'dev', DEFAULT_PROVIDER: 'dev' }
  const { acme, proxy, visitor } = await start(t, { settings: dev, resolve: onThisMachine })
  assert.equal((await visitor.signIn()).status, 200)
  assert.deepEqual(proxy.requests, [])
  assert.ok(acme.app.logged().includes('This machine itself goes past it'))
})

test('B-08 the password of the proxy is sent to it, and is in no log when the proxy refuses it', async t => {
  const password = 'ada:open-sesame-9'
  const right = await start(t, { habits: { password }, user: `${password}@` })
  assert.equal((await signIn(right.acme, right.visitor)).name, 'Ada Lovelace')
  const wrong = await start(t, { habits: { password: 'ada:another' }, user: `${password}@` })
  assertRefused(await wrong.visitor.follow('/'), 502, 'provider_unreachable')
  assert.match(wrong.acme.app.logged(), /does not take the user and password in HTTP_PROXY \(407\)/)
  for (const { acme } of [right, wrong]) assert.doesNotMatch(acme.app.logged(), /open-sesame|YWRhOm9wZW4/)
})

test('B-08 where the proxy fails, the page is that of a provider out of reach, and the log names the proxy', async t => {
  const { acme, proxy, visitor } = await start(t, { habits: { misbehave: socket => socket.destroy() } })
  assertRefused(await visitor.follow('/'), 502, 'provider_unreachable')
  assert.ok(acme.app.logged().includes(`the proxy 127.0.0.1:${proxy.port} (HTTP_PROXY) broke off the connection`))
})
