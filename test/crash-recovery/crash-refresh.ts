import assert from 'node:assert/strict'
import { LEASE_MS } from '../../src/accounts/provider-api/refresh.js'
import { AcmeBrowser } from '../support/acme-browser.js'
import { startApp } from '../support/app.js'
import { type FakeProvider, json, startFakeProvider } from '../support/fake-provider.js'
import { type Row, runSql } from '../support/sql.js'
import { startChildApp } from './child-app.js'
import { assertConsistent } from './consistency.js'
import { AT_REFRESH, type LeftOfRefresh } from './refresh-crash-points.js'
import type { CrashApp } from './setup.js'
import { snapshotOf } from './snapshots.js'
import { startWatchedApp } from './watched-app.js'

/** The page that asks the provider in the name of the person. */
const PAGE = '/profile'

interface RefreshSetup {
  site: CrashApp
  far: FakeProvider
  databaseUrl: string
}

interface Crash {
  point: string
  left: LeftOfRefresh
}

/** One whole refresh, with what a crash at each of its points would leave. */
export interface RecordedRefresh {
  /** The points in the order in which they were passed; the one at the provider is not among them. */
  points: readonly string[]
  assertRecovers(crash: Crash): Promise<void>
  stop(): Promise<void>
}

/** What a refresh has left at one of its points. */
interface Moment {
  databaseUrl: string
  /** How many refreshes the provider had granted. */
  granted: number
}

/** Records a page that refreshes old tokens: a copy of the database at each point is what a crash there leaves. */
export async function recordRefresh(site: CrashApp): Promise<RecordedRefresh> {
  const scene = await open(site)
  const { far, databaseUrl } = scene
  const provider = rotate(far)
  const before = await tokensIn(databaseUrl)
  const moments = new Map<string, Moment>()
  const points: string[] = []
  const record = (point: string) => {
    if (moments.has(point)) return
    moments.set(point, { databaseUrl: snapshotOf(databaseUrl, point), granted: provider.granted() })
  }
  const app = await startWatchedApp(
    { root: site.root, settings: site.settings(far, databaseUrl), watch: PAGE },
    point => {
      points.push(point)
      record(point)
    },
  )
  const ada = new AcmeBrowser(app.origin)
  ada.useSession(site.session)
  far.onRequest = path => path === '/token' && record(AT_REFRESH)
  const page = await ada.open(PAGE)
  assert.equal(page.status, 200, page.text)
  far.onRequest = undefined
  await app.stop()
  return {
    points,
    async assertRecovers({ point, left }) {
      const moment = moments.get(point) ?? assert.fail(`A refresh never passes "${point}"`)
      await assertRecovers({ ...scene, databaseUrl: moment.databaseUrl }, before, moment.granted, left)
    },
    stop: () => far.stop(),
  }
}

/** Lets an app die while the provider refreshes, and checks that what it leaves is whole. */
export async function crashRefreshing(site: CrashApp, left: LeftOfRefresh): Promise<void> {
  const scene = await open(site)
  const { far, databaseUrl } = scene
  try {
    const before = await tokensIn(databaseUrl)
    const settings = site.settings(far, databaseUrl)
    const app = await startChildApp({ root: site.root, settings, watch: PAGE, point: AT_REFRESH })
    const ada = new AcmeBrowser(app.origin)
    ada.useSession(site.session)
    far.on('/token', app.kill)
    await ada.open(PAGE).catch(() => {})
    assert.equal(await app.end(), 'SIGKILL')
    await assertRecovers(scene, before, 0, left)
  } finally {
    await far.stop()
  }
}

/** The tokens are old or new, never torn, and the lease goes or expires. */
async function assertRecovers(
  scene: RefreshSetup,
  before: Row | undefined,
  granted: number,
  left: LeftOfRefresh,
): Promise<void> {
  const { far, databaseUrl } = scene
  await assertConsistent(databaseUrl)
  assertTokens(before, await tokensIn(databaseUrl), left.tokens)
  await assertLease(databaseUrl, left.leased)
  const provider = rotate(far, granted)
  const isLost = left.tokens === 'old' && granted > 0
  await startAgain(scene, isLost ? 'reconnect' : 'in order')
  assert.ok(provider.granted() <= 1, 'A spent refresh token was taken once more')
}

async function open(site: CrashApp): Promise<RefreshSetup> {
  return { site, far: await startFakeProvider(), databaseUrl: await site.freshDatabase('again') }
}

/** Each refresh token works once. */
function rotate(far: FakeProvider, alreadyGranted = 0) {
  let turn = 1 + alreadyGranted
  far.on('/token', (seen, response) => {
    if (seen.form.get('refresh_token') !== `refresh-${turn}`)
      return json({ error: 'invalid_grant' }, 400)(seen, response)
    turn += 1
    return json(granted(turn))(seen, response)
  })
  return { granted: () => turn - 1 }
}

/** The tokens of Ada at a turn, the first of them at her sign-in. */
export const granted = (turn: number) => ({
  ...{ access_token: 'token-of-ada', token_type: 'Bearer', expires_in: 120, refresh_token: `refresh-${turn}` },
})

const tokensIn = async (databaseUrl: string) => (await runSql(databaseUrl, 'select * from provider_tokens'))[0]

/** All that a refresh writes has changed, or nothing. */
function assertTokens(before: object | undefined, after: object | undefined, wanted: 'old' | 'new'): void {
  assert.ok(before && after)
  if (wanted === 'old') return assert.deepEqual(after, before)
  const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))]
  for (const column of ['access_token', 'refresh_token', 'expires_at']) {
    assert.notEqual(now.get(column), old.get(column), column)
  }
}

async function assertLease(databaseUrl: string, isLeased: boolean): Promise<void> {
  const [row] = await runSql(databaseUrl, 'select refresh_lease, refresh_lease_until from identities')
  assert.equal(row?.refresh_lease !== null, isLeased)
  if (isLeased) assert.ok(Number(row?.refresh_lease_until) <= Date.now() + LEASE_MS)
}

/** The app of the next morning, when the lease is over. What the provider alone knew of is helped by a new sign-in. */
async function startAgain({ site, far, databaseUrl }: RefreshSetup, wanted: 'in order' | 'reconnect'): Promise<void> {
  // PostgreSQL measures leases by its own clock.
  await runSql(databaseUrl, 'update identities set refresh_lease_until = 1 where refresh_lease is not null')
  const app = await startApp(site.settings(far, databaseUrl), { now: () => Date.now() + LEASE_MS })
  try {
    const ada = new AcmeBrowser(app.origin)
    ada.useSession(site.session)
    const page = await ada.open(PAGE)
    assert.equal(page.status, 200, page.text)
    await assertLease(databaseUrl, false)
    const [{ reconnect_since: since } = {}] = await runSql(databaseUrl, 'select reconnect_since from identities')
    assert.equal(since === null, wanted === 'in order')

    far.on('/token', json(granted(9)))
    assert.equal((await ada.signInAs()).status, 303)
    assert.equal((await ada.open(PAGE)).status, 200)
    await assertConsistent(databaseUrl)
  } finally {
    await app.stop()
  }
}
