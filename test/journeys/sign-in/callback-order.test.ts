import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { createBarrier } from '../../support/barrier.js'
import { type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

const MINUTE = 60_000

let clock = Date.now()
let acme: FakeProvider
let app: WatchedApp

// GitHub's row, because it has an issuer; but for the authorize URL, which nobody opens, GitHub is the scripted provider.
const asGithub = () => ({
  PROVIDERS: 'github',
  DEFAULT_PROVIDER: 'github',
  GITHUB_CLIENT_ID: 'us',
  GITHUB_CLIENT_SECRET: 'ours',
  GITHUB_TOKEN_URL: `${acme.origin}/token`,
  GITHUB_USER_URL: `${acme.origin}/user`,
  ALLOWED_USERS: 'login:github:ada,login:github:disabled',
})

before(async () => {
  acme = await startFakeProvider()
  app = await startWatchedApp(asGithub(), { now: () => clock })
})
after(async () => {
  await app.stop()
  await acme.stop()
})
afterEach(() => {
  acme.reset()
  clock = Date.now()
})

const newBrowser = () => new AcmeBrowser(app.origin)
const START = '/login/github?return_to=/profile'
const FOREIGN = { iss: 'https://evil.example' }

/** Makes the far side answer as GitHub does, for one person. */
function githubIs(login: string): void {
  acme.on('/user', json({ id: login.length, login }))
  acme.on('/user/emails', json([]))
}

const spent = () => ({ calls: acme.calls('/token'), marks: app.count('used_attempts') })

/** Fills all slots of the provider with sign-ins that wait at the token endpoint; ends them when called. */
async function fillSlots(): Promise<() => Promise<void>> {
  const gate = createBarrier()
  acme.on('/token', async (_, response) => {
    await gate.pass()
    json({ error: 'temporarily_unavailable' }, 400)(_, response)
  })
  const waiting = Array.from({ length: 64 }, async () => {
    const visitor = newBrowser()
    return visitor.open(await visitor.startSignIn(START))
  })
  await gate.arrived(64)
  return async () => {
    gate.open()
    await Promise.all(waiting)
    acme.reset()
  }
}

describe('The order of the callback', () => {
  test('a callback checks 1 attempt, 2 issuer: an unknown state is refused before a wrong issuer', async () => {
    const visitor = newBrowser()
    const callback = await visitor.startSignIn(START, { code: 'ada', ...FOREIGN })
    visitor.jar.clear()
    assertRefused(await visitor.open(callback), 400, 'attempt_missing')
  })

  test('a callback checks 1 attempt, 2 issuer: an expired attempt is refused before a wrong issuer', async () => {
    const visitor = newBrowser()
    const callback = await visitor.startSignIn(START, { code: 'ada', ...FOREIGN })
    clock += 10 * MINUTE
    assertRefused(await visitor.open(callback), 400, 'attempt_expired')
  })

  test('a callback checks 2 issuer, 3 error: the error of another issuer is not accepted', async () => {
    const visitor = newBrowser()
    const callback = await visitor.startSignIn(START, { error: 'access_denied', ...FOREIGN })
    assertRefused(await visitor.open(callback), 400, 'issuer_mismatch')
    assert.equal(visitor.attempts.length, 1)
  })

  test('a callback checks 3 error, 4 slot: a denied sign-in is denied, also at a busy provider', async () => {
    const release = await fillSlots()
    const visitor = newBrowser()
    assertRefused(
      await visitor.open(await visitor.startSignIn(START, { error: 'access_denied' })),
      403,
      'provider_denied',
    )
    await release()
  })

  test('a callback takes 4 slot, 5 mark: a busy provider does not use up an attempt', async () => {
    const release = await fillSlots()
    const visitor = newBrowser()
    const callback = await visitor.startSignIn(START)
    const before = spent()
    const page = await visitor.open(callback)
    assertRefused(page, 503, 'provider_busy')
    assert.deepEqual(spent(), before)
    assert.equal(visitor.attempts.length, 1)
    await release()

    githubIs('ada')
    assert.equal((await visitor.open(callback)).location, `${app.origin}/profile`)
  })

  test('a callback sets 5 mark, 6 exchange: the attempt is marked as used before the code is sent', async () => {
    const visitor = newBrowser()
    const callback = await visitor.startSignIn(START)
    const before = app.count('used_attempts')
    let during = 0
    acme.on('/token', (seen, response) => {
      during = app.count('used_attempts')
      json({ error: 'bad_verification_code' })(seen, response)
    })
    assertRefused(await visitor.open(callback), 502, 'provider_error')
    assert.equal(during, before + 1)
  })

  const FAILURES: [string, () => void][] = [
    ['an error', () => acme.on('/token', json({ error: 'invalid_grant' }, 400))],
    ['a failure', () => acme.on('/token', json({}, 500))],
    ['a broken connection', () => acme.on('/token', (_, response) => void response.destroy())],
    ['a profile that is none', () => acme.on('/user', json({}))],
  ]
  for (const [what, prepare] of FAILURES) {
    test(`a callback sets 5 mark, 6 exchange: after ${what} the code is not sent again`, async () => {
      prepare()
      const visitor = newBrowser()
      const callback = await visitor.startSignIn(START)
      const first = await visitor.open(callback)
      assert.equal(first.status, 502, first.text)
      githubIs('ada')
      assertRefused(await visitor.open(callback), 400, 'attempt_used')
      assert.equal(acme.calls('/token'), 1)
      assert.equal(await visitor.login(), undefined)
    })
  }

  test('a callback checks 7 admission, 8 account: a user whom no rule admits is not stored', async () => {
    githubIs('mallory')
    const before = [app.count('users'), app.count('identities'), app.count('sessions')]
    const visitor = newBrowser()
    assertRefused(await visitor.open(await visitor.startSignIn(START)), 403, 'not_admitted')
    assert.equal(acme.calls('/token'), 1)
    assert.deepEqual([app.count('users'), app.count('identities'), app.count('sessions')], before)
  })

  test('a callback checks 8 account, 9 session: a disabled account gets no session and no new data', async () => {
    githubIs('disabled')
    const visitor = newBrowser()
    await visitor.open(await visitor.startSignIn(START))
    const identity = () => app.db.prepare("select * from identities where login = 'disabled'").get()
    app.db.prepare("update users set disabled_at = 1 where login = 'disabled'").run()
    const before = { identity: identity(), sessions: app.count('sessions') }

    clock += MINUTE
    const again = newBrowser()
    assertRefused(await again.open(await again.startSignIn(START)), 403, 'account_disabled')
    assert.deepEqual({ identity: identity(), sessions: app.count('sessions') }, before)
    assert.equal(again.sessionCookie, undefined)
  })

  test('a callback ends with a new session, a message that is shown once, and the return path', async () => {
    githubIs('ada')
    const visitor = newBrowser()
    const back = await visitor.open(await visitor.startSignIn(START))
    assert.equal(back.status, 303)
    assert.equal(back.location, `${app.origin}/profile`)
    assert.equal(await visitor.login(), 'ada')
    assert.match((await visitor.open('/')).text, /role="status">Signed in with GitHub\./)
    assert.doesNotMatch((await visitor.open('/')).text, /role="status"/)
    assert.equal(visitor.cookies().has('vestibule-flash'), false)
  })

  test('a callback that is refused links to a new start that keeps the return path', async () => {
    const visitor = newBrowser()
    const page = await visitor.open(await visitor.startSignIn(START, { error: 'access_denied' }))
    assert.match(page.text, /href="\/login\/github\?return_to=%2Fprofile"/)
  })
})
