import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Overrides } from '../../src/server.js'
import { type Settings, startApp, type TestApp } from './app.js'

export interface AppBehindTls extends TestApp {
  /** Where the proxy that ended TLS would ask, over plain http. */
  proxyUrl: string
  /** A URL at the public origin, as the proxy passes it on. */
  inside(url: string): string
}

/** An app whose PUBLIC_URL is https, as behind a proxy that ends TLS and forwards nothing but the request. */
export async function startBehindTls(settings: Settings, overrides: Overrides = {}): Promise<AppBehindTls> {
  const app = await startApp({ ...settings, PUBLIC_URL: 'https://app.example' }, overrides)
  const server = createServer(app.vestibule.app.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const httpServer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...app,
    proxyUrl: httpServer,
    inside: url => url.replace(app.origin, httpServer),
    async stop() {
      server.close()
      server.closeAllConnections()
      await app.stop()
    },
  }
}
