import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, type TestContext, test } from 'node:test'
import { randomToken } from '../../src/crypto/random.js'
import type { Settings } from '../support/app.js'
import { CA_FILE, type certificate, startTlsFront } from '../support/certificates.js'
import { type ProxyHabits, startConnectProxy } from '../support/connect-proxy.js'
import { startFakeOidc } from '../support/fake-oidc.js'
import { HttpBrowser } from '../support/http-browser.js'
import { Installed } from '../support/installed.js'
import { browserOnThisMachine, renameFakeOidc } from '../support/renamed-fake-oidc.js'

let installed: Installed
before(() => {
  installed = new Installed()
})
after(() => installed.remove())

const PASSWORD = 'ada:open-sesame-9'

interface Setting {
  provider?: Parameters<typeof certificate>[0]
  habits?: Omit<ProxyHabits, 'targets'>
  settings?: Settings
}

/**
 * A process of its own, because Node reads NODE_EXTRA_CA_CERTS once. Its provider speaks https with a certificate of a
 * private CA, at a name that the proxy alone knows.
 */
async function start(t: TestContext, { provider = 'op', habits = {}, settings = {} }: Setting = {}) {
  const op = await startFakeOidc()
  const front = await startTlsFront(provider, Number(new URL(op.origin).port))
  const target = `op.example:${front.port}`
  const proxy = await startConnectProxy({ password: PASSWORD, ...habits, targets: { [target]: front.port } })
  renameFakeOidc(op, `https://${target}`)
  const serving = await installed.serve({
    ...op.settings('acme'),
    ...{ ACME_ISSUER: `https://${target}`, PORT: '0', LOG_LEVEL: 'info', SECRET_KEYS: randomToken() },
    DATABASE_URL: 'sqlite::memory:',
    HTTPS_PROXY: `${habits.tls ? 'https' : 'http'}://${PASSWORD}@localhost:${proxy.port}`,
    NODE_EXTRA_CA_CERTS: CA_FILE,
    ...settings,
  })
  const browser = browserOnThisMachine(readFileSync(CA_FILE))
  const visitor = new HttpBrowser(new URL(serving.url).origin, browser)
  t.after(async () => {
    serving.kill('SIGKILL')
    await serving.ended
    await browser.close()
    await proxy.stop()
    front.stop()
    await op.stop()
  })
  /** Ends the app, and returns its output. */
  const message = async () => {
    serving.kill('SIGTERM')
    const { stdout, stderr } = await serving.ended
    return stdout + stderr
  }
  return { op, proxy, visitor, target, output: message }
}

for (const tls of [false, true]) {
  const way = tls ? 'by TLS to the proxy too' : 'in the clear to the proxy'
  test(`B-08 B-38 a sign-in at an https provider with a private CA goes through the proxy, ${way}`, async t => {
    const { op, proxy, visitor, target, output: message } = await start(t, { habits: { tls } })
    const page = await visitor.follow('/')
    assert.equal(page.status, 200, page.text)
    assert.match(page.text, /Ada Lovelace/)
    assert.deepEqual([...new Set(proxy.requests.map(request => request.target))], [target])
    assert.deepEqual(proxy.others, [])
    assert.equal(op.requests.filter(({ headers }) => headers['proxy-authorization'] !== undefined).length, 0)
    // Neither the way to the provider nor what is sent there can be read in between.
    for (const secret of ['secret-at-acme', 'token-of-', 'GET /', 'POST /']) assert.ok(!proxy.read().includes(secret))
    const log = await message()
    assert.ok(log.includes(`https:// by localhost:${proxy.port} (HTTPS_PROXY)`), log)
    assert.ok(!log.includes('open-sesame'), log)
  })
}

const FAILURES = [
  {
    name: 'a proxy that leads to another host is found out by the certificate',
    setting: { provider: 'proxy' },
    reported:
      'ERR_TLS_CERT_ALTNAME_INVALID (the certificate of the server is for another host name), through the proxy',
  },
  {
    name: 'a certificate that has expired is called that',
    setting: { provider: 'op-expired' },
    reported:
      'CERT_HAS_EXPIRED (the certificate of the server has expired, or the clock of this machine is wrong), through',
  },
  {
    name: 'a private CA that is not known here leads to NODE_EXTRA_CA_CERTS',
    setting: { settings: { NODE_EXTRA_CA_CERTS: '' } },
    reported: 'name its file in NODE_EXTRA_CA_CERTS',
  },
] as const satisfies readonly { name: string; setting: Setting; reported: string }[]

for (const { name, setting, reported } of FAILURES) {
  test(`B-08 B-38 ${name}, and nothing is sent`, async t => {
    const { op, visitor, output } = await start(t, setting)
    const page = await visitor.follow('/')
    assert.equal(page.status, 502, page.text)
    assert.match(page.text, /<code>provider_unreachable<\/code>/)
    assert.deepEqual(op.requests, [])
    const log = await output()
    assert.ok(log.includes(reported), log)
    assert.ok(!log.includes('open-sesame'), log)
  })
}
