import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { act, movesTo } from '../support/account-actions.js'
import { AcmeBrowser, assertRefused } from '../support/acme-browser.js'
import { startApp } from '../support/app.js'
import { callbackUrl, type FakeProvider, startFakeProvider } from '../support/fake-provider.js'
import { type ChildApp, startChildApp } from './child-app.js'
import { assertConsistent, type Counts, countRows } from './consistency.js'
import { AT_TOKEN_ENDPOINT, AT_USER_ENDPOINT, type Crash, type Situation, statesOf } from './crash-points.js'
import { type CrashApp, OTHER } from './setup.js'
import { snapshotOf } from './snapshots.js'
import { startWatchedApp } from './watched-app.js'

interface CrashSetup {
  site: CrashApp
  far: FakeProvider
  databaseUrl: string
}

/** A browser whose callback was cut off. */
interface CutOff {
  visitor: AcmeBrowser
  /** The path and query of the callback. */
  callback: string
}

/** Lets an app die in the callback, and checks that what it leaves is whole, before and after a new start. */
export async function crash(site: CrashApp, { situation, point, left }: Crash): Promise<void> {
  const far = await startFakeProvider()
  const scene = { site, far, databaseUrl: await site.freshDatabase(situation) }
  try {
    const before = await countRows(scene.databaseUrl)
    const cutOff = await crashOnCallback(scene, situation, point)
    await assertRecovers(scene, { situation, point, left }, { ...cutOff, before, spentCodes: far.calls('/token') })
  } finally {
    await far.stop()
  }
}

/** A callback that was cut off, and what was there before it. */
interface Interrupted extends CutOff {
  before: Counts
  /** How often the provider was asked for tokens by then. */
  spentCodes: number
}

/** What a crash has left is whole, and the next app goes on from there. */
async function assertRecovers(scene: CrashSetup, { situation, left }: Crash, interrupted: Interrupted): Promise<void> {
  await assertConsistent(scene.databaseUrl)
  const grown = growth(interrupted.before, await countRows(scene.databaseUrl))
  const allowed = left ? [left] : statesOf(situation)
  assert.ok(
    allowed.some(state => same(state, grown)),
    `It left ${JSON.stringify(grown)}`,
  )
  await (situation === 'connecting'
    ? connectAgain(scene, interrupted)
    : startAgain(scene, interrupted, grown.marks > 0))
}

/** One whole callback, with what a crash at each of its points would leave. */
export interface RecordedCallback {
  /** The points in the order in which they were passed; those at the provider are not among them. */
  points: readonly string[]
  assertRecovers(crash: Crash & { point: string }): Promise<void>
  stop(): Promise<void>
}

/** Records a callback that is not cut off: a copy of the database at each point is what a crash there leaves. */
export async function recordCallback(site: CrashApp, situation: Situation): Promise<RecordedCallback> {
  const far = await startFakeProvider()
  const databaseUrl = await site.freshDatabase(situation)
  const scene = { site, far, databaseUrl }
  const before = await countRows(databaseUrl)
  const copies = new Map<string, { databaseUrl: string; spentCodes: number }>()
  const points: string[] = []
  const record = (point: string) => {
    if (copies.has(point)) return
    copies.set(point, { databaseUrl: snapshotOf(databaseUrl, point), spentCodes: far.calls('/token') })
  }
  const app = await startWatchedApp({ root: site.root, settings: site.settings(far, databaseUrl) }, point => {
    points.push(point)
    record(point)
  })
  const { visitor, callback } = await startCallback(scene, app.origin, situation)
  far.onRequest = path => record(path === '/token' ? AT_TOKEN_ENDPOINT : AT_USER_ENDPOINT)
  const interrupted = cloneOf(visitor)
  assert.equal((await visitor.open(callback)).status, 303)
  far.onRequest = undefined
  await app.stop()
  return {
    points,
    async assertRecovers(crash) {
      const copy = copies.get(crash.point) ?? assert.fail(`A ${situation} never passes "${crash.point}"`)
      const cutOff = { visitor: cloneOf(interrupted), callback, before, spentCodes: copy.spentCodes }
      await assertRecovers({ ...scene, databaseUrl: copy.databaseUrl }, crash, cutOff)
    },
    stop: () => far.stop(),
  }
}

const cloneOf = (visitor: AcmeBrowser) => comingFrom(visitor, visitor.origin)

async function crashOnCallback(scene: CrashSetup, situation: Situation, point: string | number): Promise<CutOff> {
  const { site, far, databaseUrl } = scene
  const app = await startChildApp({ root: site.root, settings: site.settings(far, databaseUrl), point: String(point) })
  const cutOff = await startCallback(scene, app.origin, situation)
  killProcess(app, far, point)
  await cutOff.visitor.open(cutOff.callback).catch(() => {})
  const signal = await app.end()
  // The answer may be faster than the clock, but not than a point on the way to it.
  if (typeof point === 'string') assert.equal(signal, 'SIGKILL', `A ${situation} never passes "${point}"`)
  return cutOff
}

async function startCallback({ site }: CrashSetup, origin: string, situation: Situation): Promise<CutOff> {
  const visitor = new AcmeBrowser(origin)
  if (situation === 'connecting') visitor.useSession(site.session)
  const callback = situation === 'connecting' ? await askToConnect(visitor) : await visitor.startSignIn()
  const { pathname, search } = new URL(callback)
  if (situation === 'again') visitor.cookies().set('vestibule-session', site.session)
  return { visitor, callback: pathname + search }
}

/** Bea's identity at the other provider, for Ada's account. */
async function askToConnect(visitor: AcmeBrowser): Promise<string> {
  return callbackUrl(movesTo(await act(visitor, `/account/connect/${OTHER}`)), { code: 'bea' })
}

function killProcess(app: ChildApp, far: FakeProvider, point: string | number): void {
  if (typeof point === 'number') setTimeout(app.kill, point)
  if (point === AT_TOKEN_ENDPOINT) far.on('/token', app.kill)
  if (point === AT_USER_ENDPOINT) far.on('/user', app.kill)
}

const growth = (before: Counts, after: Counts): Counts => ({
  marks: after.marks - before.marks,
  people: after.people - before.people,
  identities: after.identities - before.identities,
  sessions: after.sessions - before.sessions,
})

const same = (one: Counts, other: Counts): boolean => isDeepStrictEqual({ ...one }, { ...other })

/** The app of the next morning: the attempt that was cut off works at most once, and Ada is one person. */
async function startAgain(
  { site, far, databaseUrl }: CrashSetup,
  { visitor, callback, spentCodes }: Interrupted,
  spent: boolean,
) {
  far.reset()
  const app = await startApp(site.settings(far, databaseUrl))
  try {
    const replay = await comingFrom(visitor, app.origin).open(callback)
    if (spent) assertRefused(replay, 400, 'attempt_used')
    else assert.equal(replay.status, 303, replay.text)
    assertRefused(await comingFrom(visitor, app.origin).open(callback), 400, 'attempt_used')
    assert.ok(spentCodes + far.calls('/token') <= 1, 'The code was spent twice')

    const ada = new AcmeBrowser(app.origin)
    assert.equal((await ada.signInAs()).status, 303)
    assert.equal((await ada.open('/profile')).status, 200)
    await assertConsistent(databaseUrl)
    assert.equal((await countRows(databaseUrl)).people, 1)
  } finally {
    await app.stop()
  }
}

/** The code that was cut off is never spent again, and whoever asks once more has the connection, once. */
async function connectAgain({ site, far, databaseUrl }: CrashSetup, { visitor, callback, spentCodes }: Interrupted) {
  far.reset()
  const app = await startApp(site.settings(far, databaseUrl))
  try {
    await comingFrom(visitor, app.origin).open(callback)
    assert.equal(far.calls('/token'), 0, 'The code was spent for somebody who is not signed in')
    const ada = comingFrom(visitor, app.origin)
    ada.cookies().set('vestibule-session', site.session)
    await ada.open(callback)
    assert.ok(spentCodes + far.calls('/token') <= 1, 'The code was spent twice')

    const again = await ada.open(await askToConnect(ada))
    assert.equal(again.status, 303, again.text)
    await assertConsistent(databaseUrl)
    const { people, identities } = await countRows(databaseUrl)
    assert.deepEqual({ people, identities }, { people: 1, identities: 2 })
  } finally {
    await app.stop()
  }
}

/** The same browser at the new address, with its attempts and signed in to nothing. */
function comingFrom({ jar, origin }: AcmeBrowser, address: string): AcmeBrowser {
  const visitor = new AcmeBrowser(address)
  const cookies = [...(jar.get(new URL(origin).hostname) ?? [])].filter(([name]) => name.includes('-attempt-'))
  visitor.jar.set(new URL(address).hostname, new Map(cookies))
  return visitor
}
