import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { AcmeBrowser, assertRefused, retryPath } from '../../support/acme-browser.js'
import { createBarrier } from '../../support/barrier.js'
import { callbackUrl, type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

const MINUTE = 60_000

let clock = Date.now()
let acme: FakeProvider
let app: WatchedApp

before(async () => {
  acme = await startFakeProvider()
  app = await startWatchedApp({ ...acme.settings(), LOG_LEVEL: 'silent' }, { now: () => clock })
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

/** The same callback with other parameters. */
function changed(callback: string, change: (query: URLSearchParams) => void): string {
  const url = new URL(callback)
  change(url.searchParams)
  return url.href
}

/** Opens a callback that must be refused with nothing asked of the provider and nobody signed in. */
async function refuses(visitor: AcmeBrowser, callback: string, status: number, code: string) {
  const sessions = app.count('sessions')
  const page = await visitor.open(callback)
  assertRefused(page, status, code)
  assert.deepEqual(acme.requests, [])
  assert.equal(app.count('sessions'), sessions)
  assert.equal(page.headers['cache-control'], 'no-store')
  return page
}

test('ST-01 a callback without state is refused', async () => {
  const visitor = newBrowser()
  const callback = changed(await visitor.startSignIn(), query => query.delete('state'))
  await refuses(visitor, callback, 400, 'state_missing')
})

for (const state of ['', 'null', 'undefined', '0', 'constructor', 'a'.repeat(6000)]) {
  test(`ST-02 the state "${state.slice(0, 20)}" matches no attempt`, async () => {
    const visitor = newBrowser()
    const callback = changed(await visitor.startSignIn(), query => query.set('state', state))
    await refuses(visitor, callback, 400, state === '' ? 'state_missing' : 'attempt_missing')
  })
}

test('ST-03 the state of another browser is refused, with any attempts of this browser', async () => {
  const attacker = newBrowser()
  const victim = newBrowser()
  const callback = await attacker.startSignIn('/login/acme', { code: 'attacker' })
  await victim.startSignIn()
  await refuses(victim, callback, 400, 'attempt_missing')
  assert.equal(await victim.login(), undefined)
})

test('ST-03 the attempt of another browser is refused under the cookie name of this browser', async () => {
  const attacker = newBrowser()
  const victim = newBrowser()
  const callback = await attacker.startSignIn()
  await victim.startSignIn()
  const [own = ''] = victim.attempts
  const [foreign = ''] = attacker.attempts
  victim.cookies().set(foreign, victim.cookies().get(own) ?? '')
  await refuses(victim, callback, 400, 'attempt_missing')
})

test('ST-04 a state without its cookie is refused, and the page offers to start again', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn()
  visitor.jar.clear()
  assert.equal(retryPath(await refuses(visitor, callback, 400, 'attempt_missing')), null)
})

test('ST-05 a callback that is opened twice sends the code once, and the session of the first stays', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn('/profile')
  await visitor.open(callback)
  const session = visitor.sessionCookie
  assert.equal(acme.calls('/token'), 1)

  const again = await visitor.open(callback)
  assert.equal(again.status, 303)
  assert.equal(again.location, `${app.origin}/profile`)
  assert.match((await visitor.open('/')).text, /You are already signed in\./)
  assert.equal(acme.calls('/token'), 1)
  assert.equal(visitor.sessionCookie, session)
  assert.equal(await visitor.login(), 'ada')
})

test('ST-05 a callback that is opened again after signing out says that it was used, and keeps the return path', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn('/profile')
  await visitor.open(callback)
  await visitor.submit(await visitor.open('/logout'), '/logout')
  const page = await visitor.open(callback)
  assertRefused(page, 400, 'attempt_used')
  assert.equal(retryPath(page), '/profile')
  assert.equal(acme.calls('/token'), 1)
})

test('ST-06 two parallel callbacks with one state send the code once', async () => {
  const gate = createBarrier()
  acme.on('/token', async (seen, response) => {
    await gate.pass()
    json({ access_token: 'token-of-ada', token_type: 'Bearer' })(seen, response)
  })
  const visitor = newBrowser()
  const callback = await visitor.startSignIn()
  const cookie = [...visitor.cookies()].map(([name, value]) => `${name}=${value}`).join('; ')
  const open = () => new AcmeBrowser(app.origin).open(callback, { Cookie: cookie })

  const both = [open(), open()]
  const loser = await Promise.race(both)
  assertRefused(loser, 400, 'attempt_used')
  await gate.arrived(1)
  gate.open()
  const statuses = (await Promise.all(both)).map(({ status }) => status).sort()
  assert.deepEqual(statuses, [303, 400])
  assert.equal(acme.calls('/token'), 1)
})

test('ST-06 of two parallel callbacks that both found the attempt unused, only the one that marks it sends the code', async t => {
  const gate = createBarrier()
  let held = 2
  const racing = await startWatchedApp(
    { ...acme.settings(), LOG_LEVEL: 'silent' },
    {
      store: store => ({
        ...store,
        usedAttempts: {
          ...store.usedAttempts,
          async has(mark) {
            const wasUsed = await store.usedAttempts.has(mark)
            if (held-- > 0) await gate.pass()
            return wasUsed
          },
        },
      }),
    },
  )
  t.after(() => racing.stop())
  const browser = new AcmeBrowser(racing.origin)
  const callback = await browser.startSignIn()
  const cookie = [...browser.cookies()].map(([name, value]) => `${name}=${value}`).join('; ')
  const both = [1, 2].map(() => new AcmeBrowser(racing.origin).open(callback, { Cookie: cookie }))
  await gate.arrived(2)
  gate.open()
  const statuses = (await Promise.all(both)).map(({ status }) => status).sort()
  assert.deepEqual(statuses, [303, 400])
  assert.equal(acme.calls('/token'), 1)
})

test('ST-07 an attempt expires after ten minutes, and its return path stays', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn('/profile')
  clock += 10 * MINUTE
  assert.equal(retryPath(await refuses(visitor, callback, 400, 'attempt_expired')), '/profile')
})

test('ST-07 an attempt of a little less than ten minutes is valid', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn('/profile')
  clock += 10 * MINUTE - 1
  assert.equal((await visitor.open(callback)).location, `${app.origin}/profile`)
})

test('ST-07 a used attempt that has expired too counts as used', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn('/profile')
  await visitor.open(callback)
  clock += 11 * MINUTE
  assert.equal((await visitor.open(callback)).location, `${app.origin}/profile`)
})

test('ST-09 the state is compared also without PKCE', async () => {
  const plain = await startWatchedApp({ ...acme.settings(), ACME_PKCE: 'off', LOG_LEVEL: 'silent' })
  try {
    const visitor = new AcmeBrowser(plain.origin)
    const start = await visitor.open('/login/acme')
    assert.doesNotMatch(start.location ?? '', /code_challenge/)
    const callback = callbackUrl(start.location ?? '')
    await visitor.startSignIn()
    const wrong = changed(callback, query => query.set('state', `${query.get('state')}x`))
    assertRefused(await visitor.open(wrong), 400, 'attempt_missing')
    assert.deepEqual(acme.requests, [])
    assert.equal((await visitor.open(callback)).status, 303)
  } finally {
    await plain.stop()
  }
})

test('ST-10 a state that was made for one provider is refused at another', async () => {
  const other = await startFakeProvider()
  const both = { ...other.settings('other'), ...acme.settings(), PROVIDERS: 'acme,other' }
  const two = await startWatchedApp({ ...both, LOG_LEVEL: 'silent' })
  try {
    const visitor = new AcmeBrowser(two.origin)
    const callback = (await visitor.startSignIn()).replace('/oauth/acme/', '/oauth/other/')
    assertRefused(await visitor.open(callback), 400, 'attempt_missing')
    assert.deepEqual([...acme.requests, ...other.requests], [])
    assert.equal(two.count('used_attempts'), 0)
  } finally {
    await two.stop()
    await other.stop()
  }
})

for (const name of ['state', 'code', 'iss', 'error', 'anything']) {
  test(`ST-11 a callback with ${name} given twice is refused`, async () => {
    const visitor = newBrowser()
    const callback = changed(await visitor.startSignIn(), query => {
      query.append(name, query.get(name) ?? 'one')
      if (query.getAll(name).length < 2) query.append(name, 'two')
    })
    await refuses(visitor, callback, 400, 'request_malformed')
  })
}

test('ST-11 a callback with two states is refused, in either order', async () => {
  for (const states of [
    ['made-up', 'ours'],
    ['ours', 'made-up'],
  ]) {
    const visitor = newBrowser()
    const callback = changed(await visitor.startSignIn(), query => {
      const ours = query.get('state') ?? ''
      query.delete('state')
      for (const state of states) query.append('state', state === 'ours' ? ours : state)
    })
    await refuses(visitor, callback, 400, 'request_malformed')
  }
})
