import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { randomToken } from '../../../src/crypto/random.js'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { startApp, type TestApp } from '../../support/app.js'
import { startBehindTls } from '../../support/behind-tls.js'
import { callbackUrl, type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import { sendRaw } from '../../support/raw-request.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

const DAY = 24 * 60 * 60_000

let clock = Date.now()
let acme: FakeProvider
let app: WatchedApp

before(async () => {
  acme = await startFakeProvider()
  app = await startWatchedApp(acme.settings(), { now: () => clock })
})
after(async () => {
  await app.stop()
  await acme.stop()
})
afterEach(() => {
  acme.reset()
  clock = Date.now()
})

/** Who `/api/session` sees behind a Cookie header. */
async function whoIs(cookie: string, origin = app.origin): Promise<string | undefined> {
  const { status, text } = await new AcmeBrowser(origin).ask('/api/session', { headers: { Cookie: cookie } })
  assert.equal(status, 200, text)
  return JSON.parse(text).user?.login
}

async function signedIn(origin = app.origin): Promise<AcmeBrowser> {
  const visitor = new AcmeBrowser(origin)
  assert.equal((await visitor.signInAs()).status, 303)
  return visitor
}

test('SE-13 of two session cookies with one name only the first one counts, or neither', async () => {
  const handle = (await signedIn()).sessionCookie
  assert.equal(await whoIs(`vestibule-session=${handle}; vestibule-session=tossed`), 'ada')
  assert.equal(await whoIs(`vestibule-session=tossed; vestibule-session=${handle}`), undefined)
})

test('SE-13 a session cookie without the __Host- prefix is ignored on https, because a sub-domain could have set it', async () => {
  const tls = await startBehindTls(acme.settings())
  try {
    const visitor = new AcmeBrowser(tls.proxyUrl)
    const { location = '' } = await visitor.open('/login/acme')
    await visitor.open(tls.inside(callbackUrl(location)).replace('https://app.example', tls.proxyUrl))
    const handle = visitor.sessionCookie
    assert.equal(await whoIs(`__Host-vestibule-session=${handle}`, tls.proxyUrl), 'ada')
    for (const name of ['vestibule-session', '__Secure-vestibule-session', '__host-vestibule-session']) {
      assert.equal(await whoIs(`${name}=${handle}`, tls.proxyUrl), undefined, name)
    }
  } finally {
    await tls.stop()
  }
})

test('SE-14 a session cookie with a character changed, added or left out signs in no user', async () => {
  const handle = (await signedIn()).sessionCookie ?? ''
  const other = handle.endsWith('A') ? 'B' : 'A'
  for (const value of [
    handle.slice(0, -1) + other,
    `${handle}A`,
    handle.slice(1),
    handle.toLowerCase(),
    `${handle}=`,
  ]) {
    assert.equal(await whoIs(`vestibule-session=${value}`), undefined, value)
  }
})

test('SE-16 a session cookie of 20 kB is refused before it is read', async () => {
  const response = await sendRaw(app.origin, [
    'GET / HTTP/1.1',
    'Host: localhost',
    `Cookie: vestibule-session=${'x'.repeat(20_000)}`,
  ])
  assert.match(response, /^HTTP\/1\.1 431 /)
})

test('SE-18 a session cookie is one cookie, and cookies that look like its parts are not joined', async () => {
  const handle = (await signedIn()).sessionCookie ?? ''
  const [head, tail] = [handle.slice(0, 20), handle.slice(20)]
  for (const mark of ['_', '.', '-', '_chunk_', '.part']) {
    assert.equal(await whoIs(`vestibule-session${mark}0=${head}; vestibule-session${mark}1=${tail}`), undefined, mark)
  }
  assert.equal(await whoIs('vestibule-session_1of10000000000=x; vestibule-session=x'), undefined)
})

test('SE-29 the pages for signing in do not change the session cookie', async () => {
  const ada = await signedIn()
  const handle = ada.sessionCookie
  await ada.open('/')
  for (const path of ['/login', '/login/acme', '/signed-out', '/logout']) await ada.open(path)
  assert.equal(ada.sessionCookie, handle)
  assert.equal(await ada.login(), 'ada')
})

describe('SE-14 Under a new key', () => {
  let folder: string
  const [old, fresh] = [randomToken(), randomToken()]
  const apps: TestApp[] = []
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'vestibule-keys-'))
  })
  after(async () => {
    await Promise.all(apps.map(each => each.stop()))
    rmSync(folder, { recursive: true, force: true })
  })

  async function startWith(SECRET_KEYS: string): Promise<TestApp> {
    const DATABASE_URL = `sqlite:${join(folder, 'vestibule.db')}`
    const each = await startApp({ ...acme.settings(), DATABASE_URL, SECRET_KEYS })
    apps.push(each)
    return each
  }

  test('SE-14 under a new key, what the old one sealed and signed still counts while that is listed, and no longer', async () => {
    const first = await startWith(old)
    const ada = await signedIn(first.origin)
    const form = await ada.open('/logout')
    const grace = new AcmeBrowser(first.origin)
    const callback = await grace.startSignIn()

    const second = await startWith(`${fresh},${old}`)
    const third = await startWith(fresh)
    const at = (url: string, { origin }: TestApp) => url.replace(first.origin, origin)
    // The session itself is no sealed value: it outlives every key.
    assert.equal(await whoIs(`vestibule-session=${ada.sessionCookie}`, third.origin), 'ada')
    assertRefused(await ada.submit(form, `${third.origin}/logout`), 403, 'csrf')
    assertRefused(await grace.open(at(callback, third)), 400, 'attempt_missing')
    assert.equal((await ada.submit(form, `${second.origin}/logout`)).location, `${second.origin}/signed-out`)
    assert.equal((await grace.open(at(callback, second))).status, 303)
  })
})

test('SE-07 a session that is used by two requests at once loses no sign-in that they begin', async () => {
  const ada = await signedIn()
  const callbacks = await Promise.all(
    ['/login/acme', '/login/acme?return_to=/profile'].map(path => ada.startSignIn(path)),
  )
  for (const callback of callbacks) {
    const page = await ada.open(callback)
    assert.equal(page.status, 303, page.text)
  }
  assert.equal(acme.calls('/token'), 3)
})

test('SE-08 a session that cannot be written at the end of a sign-in sets no cookie, and its row is deleted', async () => {
  const rows = app.count('sessions')
  app.db.exec("create trigger full before insert on sessions begin select raise(abort, 'full'); end")
  const visitor = new AcmeBrowser(app.origin)
  assertRefused(await visitor.signInAs(), 503, 'store_unavailable')
  app.db.exec('drop trigger full')
  assert.equal(visitor.sessionCookie, undefined)
  assert.equal(app.count('sessions'), rows)
})

test('SE-08 a session whose document cannot be written is whole or none, and leaves no row for ever', async () => {
  const rows = app.count('sessions')
  app.db.exec("create trigger full before update on sessions begin select raise(abort, 'full'); end")
  const visitor = new AcmeBrowser(app.origin)
  const page = await visitor.signInAs()
  app.db.exec('drop trigger full')
  assert.equal(page.status === 303, visitor.sessionCookie !== undefined)
  assert.equal((await visitor.login()) === 'ada', visitor.sessionCookie !== undefined)
  clock += 8 * DAY
  const { store } = app.vestibule
  await store.sessions.removeExpired(clock, clock - 7 * DAY, 500)
  assert.ok(app.count('sessions') <= rows)
})

test('SE-27 a session and its token end on a day that there is, whatever a provider promises', async () => {
  const later = 2 ** 31 * 1_000
  for (const expires_in of [1e300, '9'.repeat(300), 2 ** 40]) {
    acme.on('/token', json({ access_token: 'token-of-ada', token_type: 'Bearer', expires_in }))
    await signedIn()
    const end = Number(app.db.prepare('select max(expires_at) from provider_tokens').pluck().get())
    assert.ok(end > clock && end < later, `${expires_in} ends at ${end}`)
    assert.ok(new Date(end).toISOString())
  }
  const sessionEnd = Number(app.db.prepare('select max(expires_at) from sessions').pluck().get())
  assert.ok(sessionEnd <= clock + 30 * DAY)
})
