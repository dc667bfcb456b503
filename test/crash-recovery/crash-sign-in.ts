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

/** Lets an app die on the way back, and looks that what it leaves is whole, before and after a new start. */
export async function crash(site: CrashApp, { situation, point, left }: Crash): Promise<void> {
  const far = await startFakeProvider()
  const scene = { site, far, databaseUrl: await site.freshDatabase(situation) }
  try {
    const before = await countRows(scene.databaseUrl)
    const cutOff = await crashOnCallback(scene, situation, point)
    await assertConsistent(scene.databaseUrl)
    const grown = growth(before, await countRows(scene.databaseUrl))
    const allowed = left ? [left] : statesOf(situation)
    assert.ok(
      allowed.some(state => same(state, grown)),
      `It left ${JSON.stringify(grown)}`,
    )

    await (situation === 'connecting' ? connectAgain(scene, cutOff) : startAgain(scene, cutOff, grown.marks > 0))
  } finally {
    await far.stop()
  }
}

/** The points that a way back passes; those at the provider are not among them. */
export async function pointsReached(site: CrashApp, situation: Situation): Promise<string[]> {
  const far = await startFakeProvider()
  const scene = { site, far, databaseUrl: await site.freshDatabase(situation) }
  const { app, visitor, callback } = await comeBack(scene, situation, 'nowhere')
  assert.equal((await visitor.open(callback)).status, 303)
  const points = await app.reached()
  await far.stop()
  return points
}

async function crashOnCallback(scene: CrashSetup, situation: Situation, point: string | number): Promise<CutOff> {
  const { app, visitor, callback } = await comeBack(scene, situation, String(point))
  killProcess(app, scene.far, point)
  await visitor.open(callback).catch(() => {})
  const signal = await app.end()
  // The answer may be faster than the clock, but not than a point on the way to it.
  if (typeof point === 'string') assert.equal(signal, 'SIGKILL', `A ${situation} never passes "${point}"`)
  return { visitor, callback }
}

async function comeBack({ site, far, databaseUrl }: CrashSetup, situation: Situation, point: string) {
  const app = await startChildApp({ root: site.root, settings: site.settings(far, databaseUrl), point })
  const visitor = new AcmeBrowser(app.origin)
  if (situation === 'connecting') visitor.useSession(site.session)
  const callback = situation === 'connecting' ? await askToConnect(visitor) : await visitor.startSignIn()
  const { pathname, search } = new URL(callback)
  if (situation === 'again') visitor.cookies().set('vestibule-session', site.session)
  return { app, visitor, callback: pathname + search }
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
async function startAgain({ site, far, databaseUrl }: CrashSetup, { visitor, callback }: CutOff, spent: boolean) {
  const asked = far.calls('/token')
  far.reset()
  const app = await startApp(site.settings(far, databaseUrl))
  try {
    const replay = await comingFrom(visitor, app.origin).open(callback)
    if (spent) assertRefused(replay, 400, 'attempt_used')
    else assert.equal(replay.status, 303, replay.text)
    assertRefused(await comingFrom(visitor, app.origin).open(callback), 400, 'attempt_used')
    assert.ok(asked + far.calls('/token') <= 1, 'The code was spent twice')

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
async function connectAgain({ site, far, databaseUrl }: CrashSetup, { visitor, callback }: CutOff) {
  const asked = far.calls('/token')
  far.reset()
  const app = await startApp(site.settings(far, databaseUrl))
  try {
    await comingFrom(visitor, app.origin).open(callback)
    assert.equal(far.calls('/token'), 0, 'The code was spent for somebody who is not signed in')
    const ada = comingFrom(visitor, app.origin)
    ada.cookies().set('vestibule-session', site.session)
    await ada.open(callback)
    assert.ok(asked + far.calls('/token') <= 1, 'The code was spent twice')

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
