import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { assertRefused } from '../../support/acme-app.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { startWatchedApp } from '../../support/watched-app.js'

for (const fault of ['token_hangs', 'token_drips']) {
  test(`a stop does not wait for the provider that goes wrong: ${fault}`, { timeout: 60_000 }, async () => {
    // Nothing here ends by the clock.
    const app = await startWatchedApp({}, { deadline: () => () => {}, pause: () => new Promise(() => {}) })
    const visitor = new HttpBrowser(app.origin)
    const back = await visitor.callbackUrl('grace', '/profile', fault)
    const arrived = untilRequested('/login/oauth/access_token')
    const page = visitor.open(back)
    const response = await arrived
    await app.stop()
    assertRefused(await page, 502, 'provider_unreachable')
    assert.ok(response.closed || response.destroyed)
  })
}

/** The answer to the next request for a path, wherever in this process. */
function untilRequested(path: string): Promise<ServerResponse> {
  return new Promise(resolve => {
    const listen = (message: unknown) => {
      const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
      if (request.url !== path) return
      unsubscribe('http.server.request.start', listen)
      resolve(response)
    }
    subscribe('http.server.request.start', listen)
  })
}
