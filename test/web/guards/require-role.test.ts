import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Router } from '@koa/router'
import { createReturnPaths } from '../../../src/accounts/return-path.js'
import { createSessions } from '../../../src/accounts/sessions/sessions.js'
import { createKeyring } from '../../../src/crypto/keys.js'
import { randomToken } from '../../../src/crypto/random.js'
import { trustedProxies } from '../../../src/net/client-address.js'
import { createLog } from '../../../src/ops/log.js'
import { createStore } from '../../../src/store/store.js'
import { createApp } from '../../../src/web/app.js'
import type { State } from '../../../src/web/context.js'
import { createCookies } from '../../../src/web/cookies.js'
import type { WebDeps } from '../../../src/web/deps.js'
import { createSealedResponses } from '../../../src/web/form-post.js'
import { requireRole } from '../../../src/web/guards/require-user.js'
import { createHostMismatches } from '../../../src/web/host-mismatch.js'
import { createLinks } from '../../../src/web/links.js'
import { createAssets } from '../../../src/web/middleware/assets.js'
import { createRespond } from '../../../src/web/respond.js'
import { startFakeServer } from '../../net/fake-server.js'
import { addPerson } from '../../store/sample-users.js'
import { HttpBrowser } from '../../support/http-browser.js'

const VIEWS = fileURLToPath(new URL('../../../../views', import.meta.url))
const LIMITS = { idle: 60_000, lifetime: 60_000 }
const ORIGIN = 'http://localhost'

/** The verbs of the floor below: no guard of a role asks one. */
const NO_ACCOUNTS: WebDeps['accounts'] = {
  startSignIn: mustNotBeCalled,
  startAccountSwitch: mustNotBeCalled,
  startsWithoutRequest: mustNotBeCalled,
  browserIdOf: mustNotBeCalled,
  finishSignIn: mustNotBeCalled,
  loadLiveProfile: mustNotBeCalled,
  loadAccountPage: mustNotBeCalled,
  isRecentSignIn: mustNotBeCalled,
  startLinking: mustNotBeCalled,
  unlinkIdentity: mustNotBeCalled,
  endSession: mustNotBeCalled,
  endOtherSessions: mustNotBeCalled,
  deleteAccount: mustNotBeCalled,
  signOut: mustNotBeCalled,
  backchannelLogout: mustNotBeCalled,
  providerClient: mustNotBeCalled,
}

function mustNotBeCalled(): never {
  throw new Error('Nobody should have asked the accounts')
}

/** What the web stands on, over real parts. */
function webDeps(keyring: ReturnType<typeof createKeyring>): WebDeps {
  const cookies = createCookies({ secure: false, prefix: 'vestibule', flashSealer: keyring.sealer('flash') })
  const csrf = keyring.signer('csrf')
  const hostMismatches = createHostMismatches(ORIGIN, false)
  const { css, icon } = createAssets(VIEWS, '')
  const forgetEndedSession = async () => {}
  const site = { base: '', css, icon, environment: 'test', local: false }
  return {
    ...{
      cookies,
      csrf,
      hostMismatches,
      accounts: NO_ACCOUNTS,
      publicUrl: ORIGIN,
      now: Date.now,
      sessionLimits: LIMITS,
    },
    local: false,
    hasTimedOut: async () => false,
    checkReady: async () => {},
    forgetEndedSession,
    respond: createRespond({ publicUrl: ORIGIN, site, cookies, hostMismatches, csrf, forgetEndedSession }),
    links: createLinks(''),
    returnPaths: createReturnPaths({ publicUrl: ORIGIN, basePath: '', homePath: '/', reserved: [] }),
    providers: new Map(),
    sealedResponses: createSealedResponses(keyring.sealer('form-post'), Date.now),
    ...{ defaultProvider: undefined, rateLimits: undefined },
  }
}

/** The whole middleware with one page more, which is for editors. */
async function startRoleApp(t: TestContext) {
  const keyring = createKeyring([randomToken()])
  const store = createStore('sqlite::memory:', keyring.sealer('provider-token'))
  t.after(() => store.close())
  await store.migrate()
  const sessions = createSessions({
    table: store.sessions,
    limits: LIMITS,
    roles: new Set(['editor', 'admin', 'admins', 'writer']),
    now: Date.now,
    monotonic: () => performance.now(),
    random: randomToken,
  })
  const deps = webDeps(keyring)
  const app = createApp({
    ...{ deps, sessions, basePath: '', local: false, permanentSessions: true, hsts: 'host', viewsRoot: VIEWS },
    log: createLog({ level: 'silent', readable: false, destination: undefined }),
    assets: createAssets(VIEWS, ''),
    trusted: trustedProxies([]),
  })
  const router = new Router<State>()
  router.all('/editors', requireRole(deps, 'editor'), ctx => {
    ctx.body = 'Hello, editor'
  })
  app.use(router.routes())
  // In front of the app's own router, where its line would stand in routes.ts.
  app.middleware.splice(-2, 0, ...app.middleware.splice(-1))
  const origin = await startFakeServer(t, app.callback())

  async function signIn(roles: readonly string[]) {
    const { user, identity } = await addPerson(store)
    await store.roles.replace(identity.id, roles)
    const opening = { userId: user.id, identityId: identity.id, browser: { userAgent: null, address: null } }
    const visitor = new HttpBrowser(origin)
    const cookie = [deps.cookies.sessionName, await sessions.open(store.sessions, opening)] as const
    visitor.jar.set(new URL(origin).hostname, new Map([cookie]))
    return { visitor, identity }
  }
  return { store, sessions, signIn, stranger: () => new HttpBrowser(origin) }
}

test('a page for a role is for people who have it, among others or alone', async t => {
  const { signIn } = await startRoleApp(t)
  for (const roles of [['editor'], ['admin', 'editor']]) {
    const { visitor } = await signIn(roles)
    assert.equal((await visitor.open('/editors')).text, 'Hello, editor')
    assert.equal((await visitor.ask('/editors', { method: 'POST' })).text, 'Hello, editor')
  }
})

test('a signed-in person without the role is refused, and gets no other role for it', async t => {
  const { signIn } = await startRoleApp(t)
  for (const roles of [[], ['admin'], ['editors'], ['Editor'], ['edit', 'or']]) {
    const { visitor } = await signIn(roles)
    const page = await visitor.open('/editors')
    assert.equal(page.status, 403)
    assert.match(page.text, /forbidden/)
    const { status, text } = await visitor.ask('/editors', { headers: { Accept: 'application/json' } })
    assert.deepEqual([status, JSON.parse(text).error], [403, 'forbidden'])
  }
})

test('whoever is not signed in is led to the sign-in, or told 401', async t => {
  const stranger = (await startRoleApp(t)).stranger()
  const page = await stranger.open('/editors')
  assert.equal(page.status, 303)
  assert.match(page.location ?? '', /\/login\?return_to=%2Feditors$/)
  const { status, text } = await stranger.ask('/editors', { headers: { Accept: 'application/json' } })
  assert.deepEqual([status, JSON.parse(text).error], [401, 'sign_in_required'])
})

test('ID-13 a role that was taken away opens nothing any more, in the session that is there', async t => {
  const { store, sessions, signIn } = await startRoleApp(t)
  const { visitor, identity } = await signIn(['editor'])
  assert.equal((await visitor.open('/editors')).status, 200)
  await store.roles.replace(identity.id, [])
  sessions.forgetAll()
  assert.equal((await visitor.open('/editors')).status, 403)
})

test('the session tells scripts of our own pages which roles it has', async t => {
  const { signIn } = await startRoleApp(t)
  const { visitor } = await signIn(['editor', 'admin'])
  const { user } = JSON.parse((await visitor.ask('/api/session')).text)
  assert.deepEqual(user.roles, ['admin', 'editor'])
})
