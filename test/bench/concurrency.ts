import { join } from 'node:path'
import { type Instance, startInstance } from '../concurrency/instance.js'
import { openPage } from '../support/developer-page.js'
import { startFakeOAuth2 } from '../support/fake-oauth2.js'
import { HttpBrowser } from '../support/http-browser.js'
import { createField, databaseOf, type Field } from './contenders.js'

const HOUR = 3_600_000
const PROCESSES = 4

/** Many requests of one person at once, whose token is over, at several processes on one database. */
export interface Storm {
  requests: number
  processes: number
  /** How often the provider was asked for new tokens. */
  refreshes: number
  /** Milliseconds till the last answer. */
  last: number
  /** The same once more, with the token that is there by now. */
  calm: number
}

export async function measureStorm(within: Field, requests: number): Promise<Storm> {
  const { folder, secret } = createField(join(within.folder, 'storm'), within.provider, within.pin)
  let clock = Date.now()
  const far = await startFakeOAuth2('acme', () => clock)
  far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
  const database = { DATABASE_URL: `sqlite:${databaseOf('vestibule', { ...within, folder })}`, SECRET_KEYS: secret }
  const settings = { ...far.settings('acme'), ...far.laterSettings('acme'), ...database, LOG_LEVEL: 'silent' }
  const apps: Instance[] = []
  try {
    while (apps.length < PROCESSES) apps.push(await startInstance({ root: folder, settings, now: clock }))
    const ada = new HttpBrowser(apps[0]?.origin ?? '')
    await ada.follow('/')
    clock += HOUR
    await Promise.all(apps.map(app => app.setClock(clock)))
    const last = await timeOfAll(apps, ada, requests)
    const refreshes = far.tokens.refreshes.asked
    return { requests, processes: PROCESSES, refreshes, last, calm: await timeOfAll(apps, ada, requests) }
  } finally {
    await Promise.all(apps.map(app => app.stop()))
    await far.stop()
  }
}

/** Opens a page that needs the token so often, at all of the apps by turns, all at once. */
async function timeOfAll(apps: readonly Instance[], { jar }: HttpBrowser, requests: number): Promise<number> {
  // The same browser at each of them; cookies know no ports.
  const visitors = apps.map(({ origin }) => Object.assign(new HttpBrowser(origin), { jar }))
  const begin = performance.now()
  const all = Array.from({ length: requests }, (_, index) => visitors[index % visitors.length])
  await Promise.all(all.map(visitor => visitor && needToken(visitor)))
  return performance.now() - begin
}

// Of those who ask the API itself, all but 64 a process would be told that the provider is busy.
async function needToken(visitor: HttpBrowser): Promise<void> {
  const { status } = await openPage(visitor, '/token')
  if (status !== 200) throw new Error(`A request of the storm was answered with ${status}`)
}
