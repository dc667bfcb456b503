import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createBarrier } from '../../support/barrier.js'
import { DISCOVERY, type OidcSession } from '../../support/fake-oidc.js'
import { makeLogoutToken, postLogoutToken } from '../../support/fake-oidc-logout.js'
import { isSignedIn, openForLogout, openSignedInBrowser, startLogoutSite } from '../../support/logout-app.js'
import { comeBack, type OidcApp } from '../../support/oidc-app.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MANY = 70

let clock = Math.floor(Date.now() / MINUTE) * MINUTE
let site: OidcApp

const start = (settings: Record<string, string> = {}) =>
  // Nothing here ends by the clock: what hangs does so until it is let go.
  startLogoutSite(settings, { now: () => clock, deadline: () => () => {} })

before(async () => {
  site = await start()
})
after(() => site.stop())
beforeEach(() => {
  openForLogout(site)
  clock += 2 * HOUR
})

const userSession: OidcSession = {
  ...{ clientId: 'client-at-op', sub: 'somebody', sid: 'some session' },
  params: new URLSearchParams(),
}

async function postMany(number: number, to = site): Promise<Promise<{ status: number }>[]> {
  const tokens = await Promise.all(
    Array.from({ length: number }, (_, index) =>
      makeLogoutToken(to.far, userSession, { header: { kid: `nobody knows ${index}` } }),
    ),
  )
  return tokens.map(token => postLogoutToken(`${to.app.origin}/oauth/op/backchannel-logout`, token))
}

/** Answers a path only when it is let. */
function hold(path: string, to = site): ReturnType<typeof createBarrier> {
  const gate = createBarrier()
  to.far.on(path, async (_, response) => {
    await gate.pass()
    response.writeHead(503).end()
  })
  return gate
}

const soon = () => new Promise(resolve => setTimeout(resolve, 50))

// The time limits are for what would wait for ever.
describe('A6 While seventy logout tokens wait for keys', { timeout: 60_000 }, () => {
  test('A6 while seventy logout tokens wait for keys, users sign in, and the keys are fetched once', async () => {
    const ada = await openSignedInBrowser(site)
    const gate = hold('/jwks')
    const asked = site.far.calls('/jwks')
    const posted = await postMany(MANY)
    await gate.arrived(1)
    await soon()
    const visitor = site.newVisitor()
    // The keys that are known are still good for those who need no others.
    const back = visitor.open((await comeBack(visitor)).href)
    gate.open()
    assert.equal((await back).status, 303)
    for (const response of posted) assert.ok((await response).status >= 400)
    assert.equal(site.far.calls('/jwks'), asked + 1)
    assert.equal(await isSignedIn(ada), true)
  })

  test('A6 while seventy logout tokens wait for the metadata of a provider, one request is under way, and a sign-in can start', async t => {
    const fresh = await start()
    t.after(() => fresh.stop())
    const gate = hold(DISCOVERY, fresh)
    const posted = await postMany(MANY, fresh)
    await gate.arrived(1)
    const visitor = fresh.newVisitor()
    const started = visitor.open('/login/op')
    await soon()
    assert.equal(fresh.far.calls(DISCOVERY), 1)
    openForLogout(fresh)
    gate.open()
    assert.notEqual((await started).status, 503)
    for (const response of posted) assert.notEqual((await response).status, 503)
  })
})

describe('A6 While one person loads /profile in ninety loops', { timeout: 60_000 }, () => {
  test('A6 while one user loads /profile in ninety loops, others sign in, and the provider gets four calls of that user at a time', async () => {
    const ada = await openSignedInBrowser(site)
    let [atOnce, most] = [0, 0]
    const gate = createBarrier()
    const { on } = site.far
    on('/userinfo', async (_, response) => {
      most = Math.max(most, ++atOnce)
      await gate.pass()
      atOnce--
      response.writeHead(503).end()
    })
    const pages = Array.from({ length: 90 }, () => ada.visitor.open('/profile'))
    await gate.arrived(4)
    await soon()
    assert.equal(most, 4)
    const others = await Promise.all(
      Array.from({ length: 15 }, async () => {
        const visitor = site.newVisitor()
        return { visitor, back: (await comeBack(visitor)).href }
      }),
    )
    const responses = others.map(({ visitor, back }) => visitor.open(back))
    // Their own calls of /userinfo are held as well: all fifteen are under way at once.
    await gate.arrived(4 + 15)
    const letGo = setInterval(gate.open, 5)
    try {
      for (const reply of await Promise.all(responses)) assert.equal(reply.status, 502, reply.text)
      for (const page of await Promise.all(pages)) assert.equal(page.status, 200)
    } finally {
      clearInterval(letGo)
    }
  })
})
