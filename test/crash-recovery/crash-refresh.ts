import assert from 'node:assert/strict'
import { LEASE_MS } from '../../src/accounts/provider-api/refresh.js'
import { AcmeBrowser } from '../support/acme-browser.js'
import { startApp } from '../support/app.js'
import { type FakeProvider, json, startFakeProvider } from '../support/fake-provider.js'
import { runSql } from '../support/sql.js'
import { startChildApp } from './child-app.js'
import { assertConsistent } from './consistency.js'
import { AT_REFRESH, type LeftOfRefresh } from './refresh-crash-points.js'
import type { CrashApp } from './setup.js'

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

/** Lets an app die on the way to newer tokens: they are old or new, never torn, and the lease goes or expires. */
export async function crashRefreshing(site: CrashApp, { point, left }: Crash): Promise<void> {
  const scene = await open(site)
  const { far, databaseUrl } = scene
  const provider = rotate(far)
  try {
    const before = await tokensIn(databaseUrl)
    const { app, ada } = await comeWithOldTokens(scene, point)
    if (point === AT_REFRESH) far.on('/token', app.kill)
    await ada.open(PAGE).catch(() => {})
    assert.equal(await app.end(), 'SIGKILL', `A refresh never passes "${point}"`)

    await assertConsistent(databaseUrl)
    assertTokens(before, await tokensIn(databaseUrl), left.tokens)
    await assertLease(databaseUrl, left.leased)
    const isLost = left.tokens === 'old' && provider.granted() > 0
    if (point === AT_REFRESH) rotate(far)
    await startAgain(scene, isLost ? 'reconnect' : 'in order')
    assert.ok(provider.granted() <= 1, 'A spent refresh token was taken once more')
  } finally {
    await far.stop()
  }
}

/** The points that a page with old tokens passes. */
export async function pointsOfRefresh(site: CrashApp): Promise<string[]> {
  const scene = await open(site)
  rotate(scene.far)
  const { app, ada } = await comeWithOldTokens(scene, 'nowhere')
  const page = await ada.open(PAGE)
  assert.equal(page.status, 200, page.text)
  const points = await app.reached()
  await scene.far.stop()
  return points
}

async function open(site: CrashApp): Promise<RefreshSetup> {
  return { site, far: await startFakeProvider(), databaseUrl: await site.freshDatabase('again') }
}

async function comeWithOldTokens({ site, far, databaseUrl }: RefreshSetup, point: string) {
  const app = await startChildApp({ root: site.root, settings: site.settings(far, databaseUrl), watch: PAGE, point })
  const ada = new AcmeBrowser(app.origin)
  ada.useSession(site.session)
  return { app, ada }
}

/** Each refresh token works once. */
function rotate(far: FakeProvider) {
  let turn = 1
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
