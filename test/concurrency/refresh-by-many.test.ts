import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { randomToken } from '../../src/crypto/random.js'
import { assertConsistent } from '../crash-recovery/consistency.js'
import { onBothDatabases } from '../store/both-databases.js'
import type { Settings } from '../support/app.js'
import { openPage } from '../support/developer-page.js'
import { type FakeOAuth2, startFakeOAuth2 } from '../support/fake-oauth2.js'
import { HttpBrowser } from '../support/http-browser.js'
import { type Instance, startInstance } from './instance.js'

const HOUR = 3_600_000
/** As long as a lease is. */
const LEASE = 20_000
/** What never comes is waited for no longer. */
const PATIENT = { timeout: 60_000 }
const PROCESSES = 2
const REQUESTS = 25

interface Things {
  of: { login: string }
}

onBothDatabases(database => {
  let root: string
  let far: FakeOAuth2
  let settings: Settings
  let apps: Instance[]
  let ada: HttpBrowser
  let clock = Date.now()
  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'vestibule-storm-'))
    mkdirSync(join(root, 'env/local'), { recursive: true })
    far = await startFakeOAuth2('acme', () => clock)
  })
  after(async () => {
    await far.stop()
    rmSync(root, { recursive: true })
  })
  beforeEach(async () => {
    far.open()
    far.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
    const DATABASE_URL = await database.freshUrl()
    settings = { ...far.settings('acme'), ...far.laterSettings('acme'), DATABASE_URL, SECRET_KEYS: randomToken() }
    apps = []
  })
  afterEach(async () => {
    await Promise.all(apps.map(app => app.stop()))
  })

  async function start(point = 'nowhere'): Promise<Instance> {
    const app = await startInstance({ root, settings: { ...settings, LOG_LEVEL: 'silent' }, now: clock, point })
    apps.push(app)
    return app
  }

  /** So many apps, the first of which has signed Ada in; her token is over by now. */
  async function stormOf(...points: string[]): Promise<[Instance, ...Instance[]]> {
    const first = await start(points[0])
    for (const point of points.slice(1)) await start(point)
    ada = new HttpBrowser(first.origin)
    assert.equal((await ada.follow('/')).status, 200)
    clock += HOUR
    await setClocks()
    return [first, ...apps.slice(1)]
  }

  const url = () => settings.DATABASE_URL ?? ''

  /** Lets the lease of an app that has ended be over for another one. */
  async function outliveLease(app: Instance): Promise<void> {
    clock += LEASE
    await app.setClock(clock)
    // Its own clock goes on as it likes.
    if (database.kind === 'PostgreSQL') await database.sql(url(), 'update identities set refresh_lease_until = 1')
  }

  async function setClocks(): Promise<void> {
    await Promise.all(apps.map(app => app.setClock(clock)))
  }

  /** The same browser at another of the apps; cookies know no ports. */
  const adaAt = ({ origin }: Instance): HttpBrowser => Object.assign(new HttpBrowser(origin), { jar: ada.jar })
  const things = (app: Instance) => openPage<Things>(adaAt(app), '/things')

  /** Many requests at each; the provider answers no sooner than each of the apps wanted to ask it. */
  async function blow(all: readonly Instance[]) {
    const gate = far.tokens.holdRefreshes()
    const wanted = all.map(app => app.requestedLease())
    const responses = all.flatMap(app => Array.from({ length: REQUESTS }, () => things(app)))
    await Promise.all([...wanted, gate.arrived(1)])
    gate.open()
    return Promise.all(responses)
  }

  async function reconnect(app: Instance): Promise<void> {
    const visitor = adaAt(app)
    await visitor.follow('/login/acme')
    const departing = await visitor.submit(await visitor.open('/account'), '/account/connect/acme')
    const page = await visitor.follow(String(departing.headers.refresh).replace('0;url=', ''))
    assert.equal(page.url, `${app.origin}/account`)
    assert.doesNotMatch(page.text, /Needs to be reconnected/)
  }

  describe('A storm of requests of one person, whose token is over, at several processes', PATIENT, () => {
    test('TK-29 CVE-2026-53517 a storm of requests of one person, whose token is over, at several processes comes to exactly one refresh, and all of them are answered', async () => {
      const all = await stormOf(...Array<string>(PROCESSES).fill('nowhere'))
      const responses = await blow(all)
      assert.equal(responses.length, PROCESSES * REQUESTS)
      assert.deepEqual(
        new Set(responses.map(({ status, result: reported }) => `${status} ${reported.of?.login}`)),
        new Set(['200 ada']),
      )
      assert.deepEqual(far.tokens.refreshes, { asked: 1, granted: 1 })
    })

    test('TK-30 a storm of requests of one person, whose token is over, at several processes whose refresh token is over too comes to one question, and all of them are told', async () => {
      const all = await stormOf('nowhere', 'nowhere')
      far.tokens.revokeAll()
      const responses = await blow(all)
      assert.deepEqual(new Set(responses.map(({ status }) => status)), new Set([403]))
      assert.deepEqual(far.tokens.refreshes, { asked: 1, granted: 0 })
    })
  })

  describe('A process that is killed while it renews a token', PATIENT, () => {
    test('TK-29 a process that is killed while it renews a token is waited for till its lease is over, and then another one renews it', async () => {
      const [dying, living] = await stormOf('nowhere', 'nowhere')
      assert.ok(living)
      // Its question never gets further than to the provider's door.
      far.tokens.failNext('hangs')
      const gate = far.tokens.holdRefreshes()
      const lost = things(dying).catch(() => 'lost')
      await gate.arrived(1)
      await dying.kill()
      assert.equal(await lost, 'lost')
      const waiting = things(living)
      for (let look = 0; look < 3; look++) await living.requestedLease()
      assert.equal(far.tokens.refreshes.asked, 1)
      await outliveLease(living)
      await gate.arrived(2)
      gate.open()
      const { status, result: reported } = await waiting
      assert.deepEqual([status, reported.of?.login], [200, 'ada'])
      assert.deepEqual(far.tokens.refreshes, { asked: 2, granted: 1 })
      await assertConsistent(url())
    })
  })

  for (const [point, saved] of Object.entries({
    'before transaction': false,
    'before tokens.save': false,
    'after tokens.save': false,
    'after transaction': true,
  })) {
    test(
      `TK-32 a crash between "provider rotated" and "we stored" leaves no half of it: ${point}`,
      PATIENT,
      async () => {
        const [dying, living] = await stormOf(point, 'nowhere')
        assert.ok(living)
        await things(dying).catch(() => 'lost')
        assert.equal(await dying.ended, 'SIGKILL')
        assert.deepEqual(far.tokens.refreshes, { asked: 1, granted: 1 })
        await assertConsistent(url())
        await outliveLease(living)
        const { status } = await things(living)
        if (saved) return assert.equal(status, 200)

        assert.equal(status, 403)
        assert.deepEqual(far.tokens.refreshes, { asked: 2, granted: 1 })
        assert.match((await adaAt(living).open('/account')).text, /Needs to be reconnected/)
        await reconnect(living)
        assert.equal((await things(living)).result.of.login, 'ada')
        await assertConsistent(url())
      },
    )
  }
})
