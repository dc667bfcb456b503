import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { AcmeBrowser } from '../../support/acme-browser.js'
import { createBarrier } from '../../support/barrier.js'
import { callbackUrl, type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

let acme: FakeProvider
let app: WatchedApp

before(async () => {
  acme = await startFakeProvider()
  app = await startWatchedApp({ ...acme.settings(), LOG_LEVEL: 'silent' })
})
after(async () => {
  await app.stop()
  await acme.stop()
})
afterEach(() => acme.reset())

const newBrowser = () => new AcmeBrowser(app.origin)

test('ST-08 many starts five hundred starts have five hundred states and challenges, of 256 bits each', async () => {
  const states = new Set<string>()
  const challenges = new Set<string>()
  const one = async () => {
    const { location = '' } = await newBrowser().open('/login/acme')
    const asked = new URL(location).searchParams
    assert.match(asked.get('state') ?? '', /^[\w-]{43}$/)
    states.add(asked.get('state') ?? '')
    challenges.add(asked.get('code_challenge') ?? '')
  }
  for (let batch = 0; batch < 5; batch++) await Promise.all(Array.from({ length: 100 }, one))
  assert.equal(states.size, 500)
  assert.equal(challenges.size, 500)
})

test('ST-18 two tabs end in any order, each where it wanted to go', async () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const visitor = newBrowser()
    const places = ['/profile?tab=0', '/profile?tab=1']
    const callbacks = [await visitor.startSignIn(places[0]), await visitor.startSignIn(places[1])]
    for (const tab of order) {
      assert.equal((await visitor.open(callbacks[tab] ?? '')).location, `${app.origin}${places[tab]}`)
    }
    assert.equal(await visitor.login(), 'ada')
  }
})

test('ST-18 two tabs that end at the same moment are both signed in', async () => {
  const gate = createBarrier()
  acme.on('/user', async (seen, response) => {
    await gate.pass()
    json({ id: 'id-of-ada', login: 'ada' })(seen, response)
  })
  const visitor = newBrowser()
  const callbacks = [await visitor.startSignIn('/profile?tab=0'), await visitor.startSignIn('/profile?tab=1')]
  const pages = callbacks.map(callback => visitor.open(callback))
  await gate.arrived(2)
  gate.open()
  assert.deepEqual(
    (await Promise.all(pages)).map(({ location }) => location),
    [`${app.origin}/profile?tab=0`, `${app.origin}/profile?tab=1`],
  )
  assert.equal(await visitor.login(), 'ada')
})

test('ST-26 a hundred people who sign in at the same moment each get their own identity', async () => {
  // Two providers of fifty people each, because a provider holds 64 calls at most.
  const other = await startFakeProvider()
  const both = { ...other.settings('other'), ...acme.settings(), PROVIDERS: 'acme,other' }
  const two = await startWatchedApp({ ...both, LOG_LEVEL: 'silent' })
  const gate = createBarrier()
  for (const provider of [acme, other]) {
    provider.on('/token', async (seen, response) => {
      await gate.pass()
      json({ access_token: `token-of-${seen.form.get('code')}`, token_type: 'Bearer' })(seen, response)
    })
  }
  try {
    const people = Array.from({ length: 100 }, (_, index) => ({
      visitor: new AcmeBrowser(two.origin),
      name: `person-${index}`,
      path: `/login/${index % 2 ? 'acme' : 'other'}?return_to=/profile?of=${index}`,
    }))
    const starts = await Promise.all(people.map(({ visitor, path }) => visitor.open(path)))
    const verifiers = new Set<string | null>()
    const ends = people.map(({ visitor, name }, index) =>
      visitor.open(callbackUrl(starts[index]?.location ?? '', { code: name })),
    )
    await gate.arrived(100)
    gate.open()
    await Promise.all(ends)
    for (const [index, { visitor, name }] of people.entries()) {
      assert.equal((await ends[index])?.location, `${two.origin}/profile?of=${index}`)
      assert.equal(await visitor.login(), name)
    }
    for (const { form } of [...acme.requests, ...other.requests]) verifiers.add(form.get('code_verifier'))
    verifiers.delete(null)
    assert.equal(verifiers.size, 100)
  } finally {
    await two.stop()
    await other.stop()
  }
})

test('ST-28 another account on the same browser gets a new session, and the old one is over', async () => {
  const visitor = newBrowser()
  await visitor.signInAs('ada')
  const before = visitor.sessionCookie ?? ''
  const rows = app.count('sessions')

  await visitor.signInAs('grace')
  assert.match((await visitor.open('/')).text, /in place of the account before/)
  assert.equal(await visitor.login(), 'grace')
  assert.notEqual(visitor.sessionCookie, before)
  assert.equal(app.count('sessions'), rows)

  const left = newBrowser()
  left.useSession(before)
  assert.equal(await left.login(), undefined)
})
