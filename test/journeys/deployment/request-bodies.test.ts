import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { CLIENT_LIMITS, type HttpServer, listen } from '../../../src/http-server.js'
import { startApp, type TestApp } from '../../support/app.js'
import { AS_A_PAGE } from '../../support/http-browser.js'
import { dripUntilCut, head, statusOf } from '../../support/slow-client.js'

const HUNDRED_MEGABYTES = 'Content-Length: 104857600'
const A_FORM = 'Content-Type: application/x-www-form-urlencoded'
const CHUNKED = 'Transfer-Encoding: chunked'
/** More than 64 kB, and no last chunk after it. */
const TOO_MUCH = `11171\r\n${'a'.repeat(0x11171)}\r\n`

let app: TestApp
/** A second door to the same app, that does not wait long for what nobody reads. */
let server: HttpServer
before(async () => {
  app = await startApp()
  server = await listen({ host: '127.0.0.1', port: 0, tryNextPort: false }, { ...CLIENT_LIMITS, lingerMs: 20 })
  server.handle(app.vestibule.app.callback())
})
after(async () => {
  await server.close()
  await app.stop()
})

const SERVERS = {
  'the app': () => ({ origin: app.origin, form: 'POST /logout HTTP/1.1' }),
  'the development provider': () => ({
    origin: app.devProviderUrl ?? '',
    form: 'POST /login/oauth/authorize HTTP/1.1',
  }),
}

// Nothing but the head is sent, so whoever waited for the body would never answer.
for (const [whose, where] of Object.entries(SERVERS)) {
  describe(`A form for ${whose}`, { timeout: 20_000 }, () => {
    test(`DS-03 a form for ${whose} of 100 MB is refused before any of it is read`, async () => {
      const { origin, form } = where()
      assert.equal(await statusOf(origin, head(form, A_FORM, HUNDRED_MEGABYTES)), 413)
    })

    test(`DS-03 a form for ${whose} in chunks is refused at 64 kB`, async () => {
      const { origin, form } = where()
      assert.equal(await statusOf(origin, head(form, A_FORM, CHUNKED), TOO_MUCH), 413)
    })

    test(`DS-03 a form for ${whose} that is packed is refused before any of it is unpacked`, async () => {
      const { origin, form } = where()
      const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024))
      const lines = [A_FORM, 'Content-Encoding: gzip', `Content-Length: ${bomb.length}`]
      assert.equal(await statusOf(origin, head(form, ...lines)), 415)
      assert.equal(await statusOf(origin, head(form, ...lines), bomb), 415)
    })
  })
}

describe('A body where none belongs', { timeout: 20_000 }, () => {
  const ROUTES: [request: string, status: number][] = [
    ['GET /login', 200],
    ['GET /health/live', 200],
    ['GET /assets/nowhere.css', 404],
    ['GET /login/dev', 303],
    ['GET /oauth/dev/callback', 400],
    ['POST /nowhere', 404],
    ['POST /login', 405],
    ['PUT /', 405],
    ['POST /oauth/dev/callback', 405],
  ]
  for (const [request, status] of ROUTES) {
    test(`DS-03 a body where none belongs is not waited for: ${request} is answered ${status}, and then nobody listens`, async () => {
      const accept = `Accept: ${AS_A_PAGE.Accept}`
      assert.equal(await statusOf(app.origin, head(`${request} HTTP/1.1`, accept, HUNDRED_MEGABYTES)), status)
      const endless = head(`${request} HTTP/1.1`, accept, CHUNKED)
      const message = await dripUntilCut(`http://127.0.0.1:${server.port}`, endless, TOO_MUCH)
      assert.match(message, new RegExp(`^HTTP/1\\.1 ${status} `))
    })
  }
})
