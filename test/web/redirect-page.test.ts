import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import Koa from 'koa'
import { createReturnPaths } from '../../src/accounts/return-path.js'
import type { SealedAttempt } from '../../src/accounts/sign-in/attempt.js'
import { createKeyring } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'
import type { AppContext, State } from '../../src/web/context.js'
import { createCookies } from '../../src/web/cookies.js'
import { createHostMismatches } from '../../src/web/host-mismatch.js'
import { createRespond, type RedirectPageTarget } from '../../src/web/respond.js'
import { createRender } from '../../src/web/views.js'
import { HttpBrowser } from '../support/http-browser.js'

const VIEWS = fileURLToPath(new URL('../../../views/', import.meta.url))

const keyring = createKeyring([randomToken()])
const returnTo = createReturnPaths({ publicUrl: 'http://localhost', basePath: '', homePath: '/', reserved: [] }).home
const cookies = createCookies({ secure: false, prefix: 'vestibule', flashSealer: keyring.sealer('flash') })
const respond = createRespond({
  publicUrl: 'http://localhost',
  site: { base: '', css: '/a.css', icon: '/a.svg', environment: 'prod', local: false },
  ...{ cookies, csrf: keyring.signer('csrf') },
  hostMismatches: createHostMismatches('http://localhost', false),
  forgetEndedSession: async () => {},
})

const ATTEMPT: SealedAttempt = { id: 'abcdefgh', cookies: new Map([['3', 'sealed']]) }
let target: RedirectPageTarget
let server: Server
let visitor: HttpBrowser
before(async () => {
  const app = new Koa<State, AppContext>()
  app.context.render = createRender(VIEWS)
  app.use(async ctx => {
    if (ctx.path === '/flash') return respond.page(ctx, 'signed-out')
    if (ctx.path === '/leave')
      return respond.redirectToProvider(ctx, { authorizationUrl: target.url, attempt: ATTEMPT, returnTo })
    cookies.setFlash(ctx, 'For the page at the end.')
    return respond.showRedirectPage(ctx, target)
  })
  app.silent = true
  server = createServer(app.callback()).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  visitor = new HttpBrowser(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
after(() => server.close())

async function departTo(url: string, more: Partial<RedirectPageTarget> = {}) {
  target = { url, label: 'GitHub', ...more }
  return visitor.open('/')
}

function redirectTo(url: string) {
  target = { url, label: 'GitHub' }
  return visitor.open('/leave')
}

test('the page that moves on by itself is no redirect, names the place in the Refresh header, and has a plain link for whoever that does not move', async () => {
  const page = await departTo('https://github.example/authorize?a=1&b=x;y')
  assert.equal(page.status, 200)
  assert.equal(page.headers.refresh, '0;url=https://github.example/authorize?a=1&b=x;y')
  assert.equal(page.headers.location, undefined)
  assert.match(page.text, /<a class="button main" href="https:\/\/github\.example\/authorize\?a=1&amp;b=x;y">/)
  assert.match(page.text, /On to <bdi>GitHub<\/bdi>/)
})

test('the page that moves on by itself carries whatever a URL holds as one line of ASCII', async () => {
  const cases: [url: string, header: string][] = [
    ['https://a.example/x\r\nSet-Cookie: a=b', 'https://a.example/xSet-Cookie:%20a=b'],
    ['https://a.example/x?q="\u00fc <>', 'https://a.example/x?q=%22%C3%BC%20%3C%3E'],
    ['https://\u00fc.example/', 'https://xn--tda.example/'],
    ['/in/login/dev?return_to=%2Faccount', '/in/login/dev?return_to=%2Faccount'],
  ]
  for (const [url, header] of cases) {
    const page = await departTo(url)
    assert.equal(page.headers.refresh, `0;url=${header}`)
    assert.equal([page.headers['set-cookie']].flat().length, 1)
  }
})

test('the page that moves on by itself leads to nothing but the web, and by a path to nothing but a page of ours', async () => {
  const beside = ['/..//evil.example', '/.//evil.example', 'https:..//evil.example']
  for (const url of ['javascript:alert(1)', 'data:text/html,x', 'http://', ...beside]) {
    const page = await departTo(url)
    assert.equal(page.status, 500)
    assert.equal(page.headers.refresh, undefined)
  }
})

test('A7 the page that moves on by itself leads nowhere where a browser and the URL parser read different hosts', async () => {
  for (const url of ['https:id.example', 'https:/id.example/a', 'https:///id.example/a', 'https:\\\\id.example']) {
    const page = await departTo(url)
    assert.equal(page.status, 500, url)
    assert.equal(page.headers.refresh, undefined, url)
    assert.equal((await redirectTo(url)).status, 500, url)
  }
  assert.equal((await redirectTo('https://id.example/a')).location, 'https://id.example/a')
})

test('the page that moves on by itself keeps the attempt of a sign-in that begins there, and no other cookie', async () => {
  const page = await departTo('https://a.example/', { attempt: ATTEMPT })
  assert.match(String(page.headers['set-cookie']), /vestibule-attempt-3=sealed/)
})

test('the page that moves on by itself leaves the message that waits to the page at the end of the way', async () => {
  visitor.jar.clear()
  await departTo('https://a.example/')
  // Now the browser brings the message along, and it is not for this page either.
  const page = await departTo('https://a.example/', { note: 'Please sign in once more.' })
  assert.match(page.text, /Please sign in once more\./)
  assert.doesNotMatch(page.text, /For the page at the end/)
  assert.match((await visitor.open('/flash')).text, /For the page at the end\./)
})
