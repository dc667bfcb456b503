import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { load } from '../../../src/config/load.js'
import type { Config } from '../../../src/config/types.js'
import { presetCatalog } from '../../../src/providers/catalog.js'
import { type Running, serve } from '../../../src/serve.js'
import { type Acme, deferred, reply, signIn, startAcme } from '../../support/acme-app.js'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { DEFAULTS } from '../../support/app.js'
import { type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'

describe('CF-18 A configuration that turns out wrong only when it is used', () => {
  let far: FakeProvider
  let folder: string
  before(async () => {
    far = await startFakeProvider()
    folder = mkdtempSync(join(tmpdir(), 'vestibule-closed-'))
    mkdirSync(join(folder, 'env/local'), { recursive: true })
    writeFileSync(join(folder, 'env/local/.env'), '')
  })
  after(async () => {
    await far.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Past the judge of settings, as a bug in it or an app around ours might do. */
  async function withConfig(change: (config: Config) => Partial<Config>, look: (app: AcmeBrowser) => Promise<void>) {
    const { config } = load(folder, presetCatalog(), { ...DEFAULTS, ...far.settings(), LOG_LEVEL: 'silent' })
    let running: Running | undefined
    try {
      running = await serve({ ...config, ...change(config) })
      await look(new AcmeBrowser(new URL(running.url).origin))
    } finally {
      await running?.stop()
    }
  }

  test('CF-18 a configuration without the client secret signs no user in', () =>
    withConfig(
      ({ providers }) => ({ providers: providers.map(provider => ({ ...provider, clientSecret: undefined })) }),
      async visitor => {
        assertRefused(await visitor.signInAs(), 500, 'internal')
        assert.equal(await visitor.login(), undefined)
        assert.deepEqual(far.requests, [])
      },
    ))

  test('CF-18 a configuration without a rule for a user does not sign that user in', () =>
    withConfig(
      () => ({ allowedUsers: [] }),
      async visitor => {
        assertRefused(await visitor.signInAs(), 403, 'not_admitted')
        assert.equal(await visitor.login(), undefined)
      },
    ))

  test('CF-18 a configuration with an unreachable provider still guards the pages', () =>
    withConfig(
      () => ({ defaultProvider: 'nobody' }),
      async visitor => {
        for (const path of ['/', '/profile']) assertRefused(await visitor.open(path), 404, 'not_found')
        assert.equal((await visitor.ask('/profile')).status, 401)
      },
    ))
})

describe('The public port', () => {
  let acme: Acme
  before(async () => {
    acme = await startAcme()
  })
  after(() => acme.stop())

  test('HD-11 the public port shows one word of the health, and neither metrics nor versions', async () => {
    const ada = acme.newVisitor()
    await signIn(acme, ada)
    assert.equal((await ada.ask('/health/live')).text, '{"status":"live"}')
    assert.equal((await ada.ask('/health/ready')).text, '{"status":"ready"}')
    for (const path of [
      '/metrics',
      '/health',
      '/health/metrics',
      '/debug',
      '/healthz',
      '/env',
      '/.env',
      '/.git/config',
    ]) {
      assert.equal((await ada.open(path)).status, 404, path)
    }
    const { headers } = await ada.open('/')
    assert.deepEqual([headers.server, headers['x-powered-by']], [undefined, undefined])
  })

  test('DS-16 the public port leaves no promise unhandled when clients close their connections', async () => {
    const lost: unknown[] = []
    const lose = (reason: unknown) => void lost.push(reason)
    process.on('unhandledRejection', lose)
    try {
      await visitorHangsUp()
      acme.far.on('/token', (_, response) => void response.socket?.destroy())
      await acme.newVisitor().follow('/login/acme')
      acme.far.on('/token', reply('x'.repeat(1 << 19)))
      await acme.newVisitor().follow('/login/acme')
      acme.reset()
      await acme.sql('alter table sessions rename to lost_sessions')
      await acme.newVisitor().follow('/login/acme')
      await acme.sql('alter table lost_sessions rename to sessions')
      await signIn(acme)
    } finally {
      process.off('unhandledRejection', lose)
    }
    assert.deepEqual(lost, [])
  })

  /** Opens a callback, and is gone before the provider has answered. */
  async function visitorHangsUp(): Promise<void> {
    const visitor = acme.newVisitor()
    const { location = '' } = await visitor.open('/login/acme')
    const back = new URL((await visitor.open(location)).location ?? '')
    const [asked, gone, done] = [deferred(), deferred(), deferred()]
    acme.far.on('/token', async (seen, response) => {
      asked.happen()
      await gone.happened
      json({ access_token: 'late', token_type: 'Bearer' })(seen, response)
    })
    acme.far.on('/user', (seen, response) => {
      json({ id: 1 })(seen, response)
      done.happen()
    })
    const socket = connect(Number(back.port), '127.0.0.1')
    const cookie = [...visitor.cookies()].map(pair => pair.join('=')).join('; ')
    socket.write(`GET ${back.pathname}${back.search} HTTP/1.1\r\nHost: ${back.host}\r\nCookie: ${cookie}\r\n\r\n`)
    await asked.happened
    socket.destroy()
    gone.happen()
    await done.happened
    await acme.newVisitor().open('/login')
    acme.reset()
  }
})
