import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import Koa from 'koa'
import { createSessions } from '../../../src/accounts/sessions/sessions.js'
import { sha256 } from '../../../src/crypto/digest.js'
import { createKeyring } from '../../../src/crypto/keys.js'
import { randomToken } from '../../../src/crypto/random.js'
import { createStore } from '../../../src/store/store.js'
import type { AppContext, Middleware, State } from '../../../src/web/context.js'
import { createCookies } from '../../../src/web/cookies.js'
import { destroySession, explainSessionError, renewSession, session } from '../../../src/web/middleware/session.js'
import { startFakeServer } from '../../net/fake-server.js'
import { createBarrier } from '../../support/barrier.js'
import { HttpBrowser } from '../../support/http-browser.js'

const ADA_PROFILE = { name: null, login: 'ada', email: null, emailVerified: false, picture: null }
const KEY = { provider: 'acme', issuer: '', subject: '1' }
const DAY = 24 * 60 * 60_000

/** A small app over the real session middleware and a real store: it writes into `ctx.session`, as routes may. */
async function startSessionApp(t: TestContext) {
  const keyring = createKeyring([randomToken()])
  const store = createStore('sqlite::memory:', keyring.sealer('provider-token'))
  t.after(() => store.close())
  await store.migrate()
  const now = Date.now()
  const user = await store.users.create(ADA_PROFILE, now)
  const facts = { login: 'ada', email: null, emailVerified: false, rawProfile: '{}', groups: [] }
  const identity = await store.identities.create(user.id, KEY, facts, now)

  const limits = { idle: 7 * DAY, lifetime: 30 * DAY }
  const sessions = createSessions({
    table: store.sessions,
    limits,
    roles: new Set(),
    now: Date.now,
    monotonic: () => performance.now(),
    random: randomToken,
  })
  const gate = createBarrier()
  const routes: Record<string, Middleware> = {
    async '/sign-in'(ctx) {
      const browser = { userAgent: null, address: null }
      const opening = { userId: user.id, identityId: identity.id, browser }
      await renewSession(ctx, await sessions.open(store.sessions, opening))
    },
    '/sign-out': ctx => destroySession(ctx),
    '/write': ctx => void Object.assign(ctx.session ?? {}, ctx.query),
    async '/write-slowly'(ctx) {
      await gate.pass()
      Object.assign(ctx.session ?? {}, ctx.query)
    },
    '/nest': ctx => void Object.assign(ctx.session ?? {}, { deep: nested(Number(ctx.query.levels)) }),
    '/fill': ctx => void Object.assign(ctx.session ?? {}, { text: 'x'.repeat(Number(ctx.query.characters)) }),
    '/read': ctx => {
      ctx.body = { login: ctx.state.user?.login, data: ctx.session }
    },
  }

  const app = new Koa<State, AppContext>()
  const errors: string[] = []
  app.on('error', error => errors.push(String(error)))
  const cookies = createCookies({ secure: false, prefix: 'vestibule', flashSealer: keyring.sealer('flash') })
  app.use((ctx, next) =>
    next().catch(error => {
      throw explainSessionError(ctx, error)
    }),
  )
  app.use(session(app, { sessions, cookies, lifetime: limits.lifetime, permanent: true }))
  app.use(async (ctx, next) => {
    ctx.status = 200
    await routes[ctx.path]?.(ctx, next)
  })
  const origin = await startFakeServer(t, app.callback())
  return { store, gate, errors, visit: () => new SessionBrowser(origin) }
}

function nested(levels: number): object {
  let document = {}
  for (let level = 0; level < levels; level++) document = { document }
  return document
}

class SessionBrowser extends HttpBrowser {
  async read(): Promise<unknown> {
    return JSON.parse((await this.ask('/read')).text)
  }
}

test('a session keeps what is written into it', async t => {
  const { visit } = await startSessionApp(t)
  const ada = visit()
  await ada.ask('/sign-in')
  assert.equal((await ada.ask('/write?basket=apples')).status, 200)
  assert.deepEqual(await ada.read(), { login: 'ada', data: { basket: 'apples' } })
})

test('SE-02 nothing that was written into a session is there after the next sign-in, and its id is dead', async t => {
  const { visit } = await startSessionApp(t)
  const ada = visit()
  await ada.ask('/sign-in')
  await ada.ask('/write?planted=yes')
  const copy = visit()
  copy.jar.set('127.0.0.1', new Map(ada.cookies()))

  await ada.ask('/sign-in')
  assert.deepEqual(await ada.read(), { login: 'ada', data: {} })
  assert.deepEqual(await copy.read(), { data: {} })
})

test('SE-06 a slow request that ends after the session brings it not back', async t => {
  const { visit, gate } = await startSessionApp(t)
  const ada = visit()
  await ada.ask('/sign-in')
  const copy = visit()
  copy.jar.set('127.0.0.1', new Map(ada.cookies()))

  const slow = copy.ask('/write-slowly?late=yes')
  await gate.arrived(1)
  await ada.ask('/sign-out')
  gate.open()
  assert.equal((await slow).status, 200)
  assert.deepEqual(await copy.read(), { data: {} })
})

test('DS-02 a visitor without a session gets none by being written about', async t => {
  const { visit } = await startSessionApp(t)
  const stranger = visit()
  assert.equal((await stranger.ask('/write?basket=apples')).status, 500)
  assert.equal(stranger.sessionCookie, undefined)
  assert.deepEqual(await stranger.read(), { data: {} })
})

test('A17 a document nested too deep, or too large, is refused to whoever writes it, and what was there before stays', async t => {
  const { visit, errors } = await startSessionApp(t)
  const ada = visit()
  await ada.ask('/sign-in')
  await ada.ask('/write?basket=apples')
  for (const levels of [600, 4_000, 20_000, 100_000]) {
    assert.equal((await ada.ask(`/nest?levels=${levels}`)).status, 500)
    assert.match(errors.pop() ?? '', /ctx\.session is nested deeper than 500 levels/)
  }
  assert.equal((await ada.ask('/fill?characters=1100000')).status, 500)
  assert.match(errors.pop() ?? '', /ctx\.session holds \d+ characters; 1048576 are the most/)
  assert.deepEqual(await ada.read(), { login: 'ada', data: { basket: 'apples' } })
  for (const path of ['/nest?levels=400', '/fill?characters=1000000']) assert.equal((await ada.ask(path)).status, 200)
})

test('A17 a document nested too deep that is there already ends its session, and the person can sign in again', async t => {
  for (const levels of [600, 4_500, 100_000]) {
    const { visit, store } = await startSessionApp(t)
    const ada = visit()
    await ada.ask('/sign-in')
    const data = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
    assert.ok(await store.sessions.updateData(sha256(ada.sessionCookie ?? ''), data))
    assert.deepEqual(await ada.read(), { data: {} })
    assert.equal((await ada.ask('/sign-in')).status, 200)
    assert.deepEqual(await ada.read(), { login: 'ada', data: {} })
  }
})
