import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { AcmeBrowser, assertRefused, retryPath } from '../../support/acme-browser.js'
import { createBarrier } from '../../support/barrier.js'
import { type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import { GRANTS, type OAuth1App, OAuth1Browser, startOAuth1App } from '../../support/oauth1-app.js'

const MINUTE = 60_000

let clock = Date.now()
let other: FakeProvider
let oauth1App: OAuth1App

before(async () => {
  other = await startFakeProvider()
  const both = { ...other.settings('other'), PROVIDERS: 'trail,other', DEFAULT_PROVIDER: 'trail' }
  oauth1App = await startOAuth1App(both, { overrides: { now: () => clock } })
})
beforeEach(() => {
  clock = Date.now()
  oauth1App.far.reset()
  other.reset()
})
after(async () => {
  await oauth1App.stop()
  await other.stop()
})

const newBrowser = () => oauth1App.newVisitor()

/** The same callback with other parameters. */
function changed(callback: string, change: (query: URLSearchParams) => void): string {
  const url = new URL(callback)
  change(url.searchParams)
  return url.href
}

/** Opens a callback that must be refused before anything is spent. */
async function refuses(visitor: OAuth1Browser, callback: string, status: number, code: string) {
  const before = [oauth1App.app.count('sessions'), oauth1App.app.count('used_attempts')]
  const page = await visitor.open(callback)
  assertRefused(page, status, code)
  assert.equal(oauth1App.far.calls(GRANTS), 0)
  assert.deepEqual([oauth1App.app.count('sessions'), oauth1App.app.count('used_attempts')], before)
  assert.equal(page.headers['cache-control'], 'no-store')
  assert.equal(await visitor.login(), undefined)
  return page
}

test('O1-03 ST-03 the oauth_token of another browser is refused, with any attempts of this browser', async () => {
  const [attacker, victim] = [newBrowser(), newBrowser()]
  const callback = await attacker.startSignIn('/login/trail', { person: 'mallory' })
  await victim.startSignIn()
  await refuses(victim, callback, 400, 'attempt_missing')
})

test('O1-03 ST-03 the attempt of another browser is refused under the cookie name of this browser', async () => {
  const [attacker, victim] = [newBrowser(), newBrowser()]
  const callback = await attacker.startSignIn()
  await victim.startSignIn()
  const [[, own] = ['', '']] = victim.attempts
  const [[foreign] = ['', '']] = attacker.attempts
  victim.cookies().set(foreign, own)
  await refuses(victim, callback, 400, 'attempt_missing')
})

test('O1-03 a callback needs the oauth_token of this browser, also with the verifier of another of its sign-ins', async () => {
  const visitor = newBrowser()
  const first = new URL(await visitor.startSignIn())
  const mixed = changed(await visitor.startSignIn(), query => {
    query.set('oauth_verifier', first.searchParams.get('oauth_verifier') ?? '')
  })
  assertRefused(await visitor.open(mixed), 502, 'provider_error')
  assert.equal(await visitor.login(), undefined)
})

test('ST-01 a callback without oauth_token, or with an empty one or a state in its place, is refused', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn()
  await refuses(
    visitor,
    changed(callback, query => query.delete('oauth_token')),
    400,
    'state_missing',
  )
  await refuses(
    visitor,
    changed(callback, query => query.set('oauth_token', '')),
    400,
    'state_missing',
  )
  const asState = changed(callback, query => {
    query.set('state', query.get('oauth_token') ?? '')
    query.delete('oauth_token')
  })
  await refuses(visitor, asState, 400, 'state_missing')
})

test('ST-04 an oauth_token without its cookie is refused', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn('/profile')
  visitor.jar.clear()
  await refuses(visitor, callback, 400, 'attempt_missing')
})

test('ST-10 an oauth_token is refused at another provider, and the state of another provider is refused here', async () => {
  const visitor = newBrowser()
  const token = new URL(await visitor.startSignIn()).searchParams.get('oauth_token') ?? ''
  const atOther = `/oauth/other/callback?${new URLSearchParams({ state: token, code: 'ada' })}`
  assertRefused(await visitor.open(atOther), 400, 'attempt_missing')

  const acme = new AcmeBrowser(oauth1App.app.origin)
  const state = new URL(await acme.startSignIn('/login/other')).searchParams.get('state') ?? ''
  const here = `/oauth/trail/callback?${new URLSearchParams({ oauth_token: state, oauth_verifier: 'ada' })}`
  assertRefused(await acme.open(here), 400, 'attempt_missing')
  assert.deepEqual([other.calls('/token'), oauth1App.far.calls(GRANTS)], [0, 0])
})

test('ST-07 an attempt of OAuth 1.0a expires after ten minutes, and keeps the return path', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn('/login/trail?return_to=/profile')
  clock += 10 * MINUTE
  assert.equal(retryPath(await refuses(visitor, callback, 400, 'attempt_expired'), 'trail'), '/profile')
})

test('O1-02 a callback without a verifier is refused', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn('/login/trail?return_to=/profile')
  for (const change of [
    (query: URLSearchParams) => query.delete('oauth_verifier'),
    (query: URLSearchParams) => query.set('oauth_verifier', ''),
  ]) {
    const page = await refuses(visitor, changed(callback, change), 400, 'code_missing')
    assert.equal(retryPath(page, 'trail'), '/profile')
  }
  assert.equal((await visitor.open(callback)).location, `${oauth1App.app.origin}/profile`)
})

for (const name of ['oauth_token', 'oauth_verifier', 'denied', 'oauth_problem', 'anything']) {
  test(`O1-04 ST-11 a callback with ${name} twice is refused`, async () => {
    const visitor = newBrowser()
    const callback = changed(await visitor.startSignIn(), query => {
      const value = query.get(name) ?? (name === 'denied' ? query.get('oauth_token') : 'one') ?? ''
      if (!query.has(name)) query.append(name, value)
      query.append(name, value)
    })
    await refuses(visitor, callback, 400, 'request_malformed')
  })
}

test('O1-04 ST-19 a denied sign-in by OAuth 1.0a shows a plain page, ends the attempt, and can be started again', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn('/login/trail?return_to=/profile', { deny: '1' })
  assert.deepEqual([...new URL(callback).searchParams.keys()], ['denied'])
  const page = await refuses(visitor, callback, 403, 'provider_denied')
  assert.match(page.text, /You did not allow the sign-in/)
  assert.equal(retryPath(page, 'trail'), '/profile')
  assert.deepEqual(visitor.attempts, [])
  const end = await visitor.follow('/login/trail?return_to=/profile')
  assert.equal(end.url, `${oauth1App.app.origin}/profile`)
})

test('ST-20 a refusal that belongs to no attempt is not shown as one of the provider', async () => {
  const page = await refuses(newBrowser(), '/oauth/trail/callback?denied=made-up', 400, 'attempt_missing')
  assert.doesNotMatch(page.text, /did not allow|made-up/)
})

test('ST-23 a callback with a refusal and a verifier is a refusal', async () => {
  for (const problem of ['permission_denied', 'user_refused']) {
    const visitor = newBrowser()
    const callback = changed(await visitor.startSignIn(), query => query.set('oauth_problem', problem))
    await refuses(visitor, callback, 403, 'provider_denied')
  }
  const visitor = newBrowser()
  const callback = await visitor.startSignIn()
  const both = changed(callback, query => query.set('denied', query.get('oauth_token') ?? ''))
  await refuses(visitor, both, 403, 'provider_denied')
})

test('ST-21 the page shows nothing of the oauth_problem text of a callback', async () => {
  const visitor = newBrowser()
  const problem = `<script>alert(1)</script>${'x'.repeat(5_000)}`
  const callback = changed(await visitor.startSignIn(), query => query.set('oauth_problem', problem))
  const page = await refuses(visitor, callback, 502, 'provider_error')
  assert.doesNotMatch(page.text, /<script|alert|xxxx/)
})

test('ST-24 a callback by POST, PUT or HEAD uses nothing up', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn()
  for (const method of ['POST', 'PUT', 'HEAD']) {
    assert.equal((await visitor.ask(callback, { method })).status, 405, method)
  }
  assert.equal(oauth1App.far.calls(GRANTS), 0)
  assert.equal((await visitor.open(callback)).status, 303)
})

test('O1-05 ST-05 a callback that is opened twice sends the verifier once, and the session of the first stays', async () => {
  const visitor = newBrowser()
  const callback = await visitor.startSignIn('/login/trail?return_to=/profile')
  assert.equal((await visitor.open(callback)).location, `${oauth1App.app.origin}/profile`)
  const session = visitor.sessionCookie
  assert.equal((await visitor.open(callback)).location, `${oauth1App.app.origin}/profile`)
  assert.match((await visitor.open('/')).text, /You are already signed in\./)
  assert.equal(visitor.sessionCookie, session)

  await visitor.submit(await visitor.open('/logout'), '/logout')
  assertRefused(await visitor.open(callback), 400, 'attempt_used')
  assert.equal(oauth1App.far.calls(GRANTS), 1)
})

test('O1-05 ST-06 two parallel callbacks with one oauth_token send the verifier once', async () => {
  const gate = createBarrier()
  oauth1App.far.on(GRANTS, async (_request, _response, next) => {
    await gate.pass()
    next()
  })
  const visitor = newBrowser()
  const callback = await visitor.startSignIn()
  const cookie = visitor.attempts.map(([name, value]) => `${name}=${value}`).join('; ')
  const both = [0, 1].map(() => new OAuth1Browser(oauth1App.app.origin).open(callback, { Cookie: cookie }))
  assertRefused(await Promise.race(both), 400, 'attempt_used')
  await gate.arrived(1)
  gate.open()
  assert.deepEqual((await Promise.all(both)).map(({ status }) => status).sort(), [303, 400])
  assert.equal(oauth1App.far.calls(GRANTS), 1)
})

test('ST-18 the sign-ins of two tabs each reach the page that was wanted, in any order', async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const visitor = newBrowser()
    const places = ['/profile?tab=0', '/profile?tab=1']
    const callbacks = [await visitor.startSignIn(places[0]), await visitor.startSignIn(places[1])]
    for (const tab of order) {
      assert.equal((await visitor.open(callbacks[tab] ?? '')).location, `${oauth1App.app.origin}${places[tab]}`)
    }
    assert.equal(await visitor.login(), 'ada')
  }
})
