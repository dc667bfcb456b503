import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { randomToken } from '../../src/crypto/random.js'
import { ADA, consentAtOnce, deferred } from '../support/acme-app.js'
import { type FakeProvider, json, startFakeProvider } from '../support/fake-provider.js'
import { HttpBrowser } from '../support/http-browser.js'
import { Installed, type Serving } from '../support/installed.js'
import { closed, dial } from '../support/slow-client.js'

let installed: Installed
let fake: FakeProvider
before(async () => {
  installed = new Installed()
  fake = await startFakeProvider()
})
after(async () => {
  await installed.remove()
  await fake.stop()
})
afterEach(() => fake.reset())

async function serve(): Promise<Serving> {
  consentAtOnce(fake)
  return installed.serve({
    ...fake.settings('acme'),
    PORT: '0',
    DATABASE_URL: `sqlite:${join(installed.folder, `${randomToken()}.db`)}`,
    SECRET_KEYS: randomToken(),
  })
}

async function untilRefused(url: string): Promise<void> {
  while (await connects(url)) await new Promise(resolve => setTimeout(resolve, 10))
}

function connects(url: string): Promise<boolean> {
  const { port } = new URL(url)
  return new Promise(resolve => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  describe(`DS-15 ${signal}`, { timeout: 30_000 }, () => {
    test(`DS-15 ${signal} lets a request under way finish, takes no new one, and ends with 0`, async () => {
      const serving = await serve()
      const ada = new HttpBrowser(serving.url)
      assert.equal((await ada.follow('/')).status, 200)

      const asked = deferred()
      const responded = deferred()
      fake.on('/user', async (seen, response) => {
        asked.happen()
        await responded.happened
        await json({ ...ADA, name: 'Ada, at last' })(seen, response)
      })
      const spare = dial(serving.url)
      await once(spare, 'connect')
      const page = ada.open('/profile')
      await asked.happened
      serving.kill(signal)
      // A11: browsers open connections to have them at hand, and would hold up the end with them.
      await closed(spare.resume())
      await untilRefused(serving.url)
      assert.ok(isThere(serving.pid))

      responded.happen()
      const { status, text, headers } = await page
      assert.equal(status, 200)
      assert.match(text, /Ada, at last/)
      // Kept open it would hold up the end for as long as the browser likes.
      assert.equal(headers.connection, 'close')
      const { code, stderr } = await serving.ended
      assert.deepEqual([code, stderr], [0, ''])
      assert.equal(isThere(serving.pid), false)
    })
  })
}
