// One of several apps on one database, with a page that asks the provider's API. Started by instance.ts.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { load } from '../../src/config/load.js'
import { presetCatalog } from '../../src/providers/catalog.js'
import { build } from '../../src/server.js'
import type { Store } from '../../src/store/types.js'
import { watchedStore } from '../crash-recovery/watched-store.js'
import { route } from '../support/developer-page.js'
import type { ChildMessage, InstanceOptions } from './instance.js'

const { root, settings, now, point }: InstanceOptions = JSON.parse(process.argv[2] ?? '')
const HOUR = 3_600_000
let clock = now
let isStorm = false

function pass(name: string): void {
  if (!isStorm) return
  if (name === point) process.kill(process.pid, 'SIGKILL')
  if (name === 'after identities.takeLease') sendMessage({ request: 'for the lease' })
}

function sendMessage(reported: ChildMessage): void {
  process.send?.(reported)
}

/** PostgreSQL measures leases by its own clock, which does not stand still: they last until the test ends them. */
function store(real: Store): Store {
  const watched = watchedStore(real, pass)
  if (settings.DATABASE_URL?.startsWith('sqlite:')) return watched
  const takeLease: Store['identities']['takeLease'] = (id, holder, time) =>
    watched.identities.takeLease(id, holder, time, HOUR)
  return { ...watched, identities: { ...watched.identities, takeLease } }
}

const server = createServer().listen(0, '127.0.0.1')
await once(server, 'listening')
const publicUrl = `http://localhost:${(server.address() as AddressInfo).port}`
const { config } = load(root, presetCatalog(), settings)
const vestibule = build({ ...config, publicUrl, cookiePrefix: 'vestibule' }, { now: () => clock, store })
await vestibule.start()
route(vestibule, '/things', ctx => ctx.provider('acme').json('/things'))
route(vestibule, '/token', async ctx => (await ctx.provider('acme').token)?.expiresAt)
server.on('request', vestibule.app.callback())

process.on('message', ({ time }: { time?: number }) => {
  if (time === undefined) process.exit()
  clock = time
  isStorm = true
  sendMessage({ time })
})
process.on('disconnect', () => process.exit())
sendMessage({ origin: publicUrl })
