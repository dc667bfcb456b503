// An app that ends itself at one point of the way back, or of another request, as `kill -9` would. Started by child-app.ts.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { load } from '../../src/config/load.js'
import { presetCatalog } from '../../src/providers/catalog.js'
import { build } from '../../src/server.js'
import type { ChildOptions } from './child-app.js'
import { watchedStore } from './watched-store.js'

const { root, settings, point, watch = '/oauth/' }: ChildOptions = JSON.parse(process.argv[2] ?? '')
const reachedCount: string[] = []
let isWatched = false

function pass(name: string): void {
  if (!isWatched) return
  if (name === point) process.kill(process.pid, 'SIGKILL')
  reachedCount.push(name)
}

function watchResponse(response: ServerResponse): void {
  const end = response.end
  Object.assign(response, {
    end(...given: unknown[]) {
      pass('before the answer')
      return Reflect.apply(end, response, given)
    },
  })
  response.once('finish', () => pass('after the answer'))
}

const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const publicUrl = `http://localhost:${(server.address() as AddressInfo).port}`
const { config } = load(root, presetCatalog(), settings)
const vestibule = build(
  { ...config, publicUrl, cookiePrefix: 'vestibule' },
  { store: store => watchedStore(store, pass) },
)
await vestibule.start()

const handle = vestibule.app.callback()
server.on('request', (request, response) => {
  isWatched = request.url?.startsWith(watch) ?? false
  if (isWatched) watchResponse(response)
  handle(request, response)
})
process.on('message', () => process.send?.(reachedCount, () => process.exit()))
process.on('disconnect', () => process.exit())
process.send?.(publicUrl)
