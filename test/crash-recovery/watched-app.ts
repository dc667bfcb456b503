import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { load } from '../../src/config/load.js'
import { presetCatalog } from '../../src/providers/catalog.js'
import { build } from '../../src/server.js'
import type { Settings } from '../support/app.js'
import { type Passing, watchedStore } from './watched-store.js'

export interface WatchedAppOptions {
  /** The folder that `env/` is in. */
  root: string
  settings: Settings
  /** What the paths of the watched requests begin with; without it those of callbacks. */
  watch?: string
}

/** An app that reports every step of a watched request: each query before and after it, and the response. */
export async function startWatchedApp({ root, settings, watch = '/oauth/' }: WatchedAppOptions, pass: Passing) {
  let isWatched = false
  const passIfWatched = (point: string) => {
    if (isWatched) pass(point)
  }
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const { config } = load(root, presetCatalog(), settings)
  const vestibule = build(
    { ...config, publicUrl: origin, cookiePrefix: 'vestibule' },
    { store: store => watchedStore(store, passIfWatched) },
  )
  await vestibule.start()
  const handle = vestibule.app.callback()
  server.on('request', (request, response) => {
    isWatched = request.url?.startsWith(watch) ?? false
    if (isWatched) watchResponse(response, passIfWatched)
    handle(request, response)
  })
  return {
    origin,
    async stop() {
      server.close()
      server.closeAllConnections()
      await vestibule.stop()
    },
  }
}

function watchResponse(response: ServerResponse, pass: Passing): void {
  const end = response.end
  Object.assign(response, {
    end(...given: unknown[]) {
      pass('before the answer')
      return Reflect.apply(end, response, given)
    },
  })
  response.once('finish', () => pass('after the answer'))
}
