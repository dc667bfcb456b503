import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Acme, startAcme } from '../../support/acme-app.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { type ReverseProxy, startReverseProxy } from '../../support/reverse-proxy.js'

const HOST = 'login.example'
const ORIGIN = `https://${HOST}`
const CLIENT = '203.0.113.9'

async function startBehindProxy(trustedProxies: string) {
  const acme = await startAcme({
    PUBLIC_URL: ORIGIN,
    BASE_PATH: '/auth',
    TRUSTED_PROXIES: trustedProxies,
    LISTEN_HOST: '127.0.0.1',
  })
  const port = acme.app.port
  const proxy = await startReverseProxy({
    publicHost: HOST,
    target: `http://127.0.0.1:${port}`,
    path: '/auth',
    client: CLIENT,
  })
  return { acme, proxy }
}

describe('Behind a proxy that ends TLS and routes by path', () => {
  let acme: Acme
  let proxy: ReverseProxy
  before(async () => {
    ;({ acme, proxy } = await startBehindProxy('127.0.0.1'))
  })
  after(async () => {
    await proxy.stop()
    await acme.stop()
  })

  const newVisitor = () => new HttpBrowser(ORIGIN, proxy.dispatcher)
  const addresses = async () => (await acme.sql('select address from sessions')).map(({ address }) => address)

  test('behind a proxy that ends TLS and routes by path, a whole sign-in goes through, and comes back to the page that was asked for', async () => {
    const ada = newVisitor()
    const page = await ada.follow('/auth/profile')
    assert.equal(page.url, `${ORIGIN}/auth/profile`)
    assert.equal(page.status, 200)
    assert.equal((await ada.open('/')).text, 'another app')
    assert.deepEqual(
      [...ada.cookies()].map(([name]) => name).filter(name => name.endsWith('session')),
      ['__Host-vestibule-session'],
    )
  })

  test('behind a proxy that ends TLS and routes by path, the session knows the address of the person, not that of the proxy', async () => {
    assert.deepEqual(await addresses(), [CLIENT])
  })

  test('FA-12 CF-07 behind a proxy that ends TLS and routes by path, an address that the visitor invented is not accepted', async () => {
    const eve = newVisitor()
    let page = await eve.open('/auth/', { 'X-Forwarded-For': '127.0.0.1, 198.51.100.1' })
    while (page.location) page = await eve.open(page.location, { 'X-Forwarded-For': '127.0.0.1, 198.51.100.1' })
    assert.equal(page.status, 200)
    assert.deepEqual([...new Set(await addresses())], [CLIENT])
  })

  test('MX-10 behind a proxy that ends TLS and routes by path our own URLs begin at PUBLIC_URL, whatever a header says of scheme and host', async () => {
    const lies = {
      'X-Forwarded-Proto': 'http',
      'X-Forwarded-Host': 'evil.example',
      Forwarded: 'host=evil.example;proto=http',
    }
    const start = await newVisitor().open('/auth/login/acme', lies)
    const asked = new URL(start.location ?? '').searchParams
    assert.equal(asked.get('redirect_uri'), `${ORIGIN}/auth/oauth/acme/callback`)
    const json = await newVisitor().ask('/auth/profile', { headers: lies })
    assert.equal(JSON.parse(json.text).login_url, `${ORIGIN}/auth/login`)
  })

  test('behind a proxy that ends TLS and routes by path signing out works, and says so behind the prefix', async () => {
    const ada = newVisitor()
    await ada.follow('/auth/')
    const gone = await ada.submit(await ada.open('/auth/logout'), '/auth/logout')
    assert.equal(gone.location, `${ORIGIN}/auth/signed-out`)
    assert.deepEqual(JSON.parse((await ada.ask('/auth/api/session')).text), { signed_in: false })
  })
})

test('FA-12 behind a proxy that nobody has named, its header is not believed, and the proxy is the client', async () => {
  const { acme, proxy } = await startBehindProxy('10.0.0.1')
  try {
    const ada = new HttpBrowser(ORIGIN, proxy.dispatcher)
    assert.equal((await ada.follow('/auth/')).status, 200)
    assert.deepEqual(await acme.sql('select address from sessions'), [{ address: '127.0.0.1' }])
  } finally {
    await proxy.stop()
    await acme.stop()
  }
})
