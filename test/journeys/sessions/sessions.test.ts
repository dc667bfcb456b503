import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { sha256 } from '../../../src/crypto/digest.js'
import { AcmeBrowser } from '../../support/acme-browser.js'
import { type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

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

async function signedIn(name = 'ada'): Promise<AcmeBrowser> {
  const visitor = newBrowser()
  await visitor.signInAs(name)
  return visitor
}

/** Somebody who holds a copy of a session cookie. */
function holding(handle: string | undefined): AcmeBrowser {
  const visitor = newBrowser()
  visitor.useSession(handle ?? assert.fail('There is no session to copy'))
  return visitor
}

test('SE-01 a session id that was planted before the sign-in is replaced by it, and never signs in a user', async () => {
  const planted = 'planted-by-somebody-else-planted-by-somebod'
  const victim = holding(planted)
  await victim.signInAs()
  assert.equal(await victim.login(), 'ada')
  assert.notEqual(victim.sessionCookie, planted)
  assert.equal(await holding(planted).login(), undefined)
})

test('SE-01 the session of an attacker ends when the victim signs in over it', async () => {
  const attacker = await signedIn('mallory')
  const rows = app.count('sessions')
  const victim = holding(attacker.sessionCookie)
  await victim.signInAs('ada')
  assert.notEqual(victim.sessionCookie, attacker.sessionCookie)
  assert.equal(await attacker.login(), undefined)
  assert.equal(app.count('sessions'), rows)
})

test('SE-02 the id of a session changes when the same person signs in again, and the old row goes', async () => {
  const visitor = await signedIn()
  const before = visitor.sessionCookie
  const rows = app.count('sessions')
  await visitor.signInAs()
  assert.notEqual(visitor.sessionCookie, before)
  assert.equal(app.count('sessions'), rows)
  assert.equal(await holding(before).login(), undefined)
})

test('SE-03 the id of a session is never adopted from a browser, and a forged one leaves nothing behind', async () => {
  const rows = app.count('sessions')
  const forged = ['x', 'x'.repeat(43), 'x'.repeat(4000), '__proto__', 'eyJ1c2VyIjoxfQ==', "' or 1=1 --", '0']
  for (const handle of forged) {
    const visitor = holding(handle)
    assert.equal(await visitor.login(), undefined)
    assert.equal(visitor.sessionCookie, handle)
    assert.equal((await visitor.open('/')).location, `${app.origin}/login?return_to=%2F`)
    assert.equal(visitor.sessionCookie, undefined)
  }
  assert.equal(app.count('sessions'), rows)
})

test('SE-04 the id of a session is in the table as its SHA-256 alone', async () => {
  const handle = (await signedIn()).sessionCookie ?? ''
  const rows = app.db.prepare('select * from sessions').all()
  assert.ok(!JSON.stringify(rows).includes(handle))
  const hash = app.db.prepare('select handle_hash from sessions where handle_hash = ?').pluck().get(sha256(handle))
  assert.equal(hash, sha256(handle))
  assert.equal(await holding(sha256(handle)).login(), undefined)
})

test('SE-05 the id of a session is 256 random bits', async () => {
  const handles = new Set<string>()
  for (let i = 0; i < 20; i++) {
    const handle = (await signedIn()).sessionCookie ?? ''
    assert.match(handle, /^[\w-]{43}$/)
    assert.equal(Buffer.from(handle, 'base64url').length, 32)
    handles.add(handle)
  }
  assert.equal(handles.size, 20)
})

test('SE-09 the button ends a session at once, for every copy of the cookie, and deletes its row', async () => {
  const visitor = await signedIn()
  const copy = holding(visitor.sessionCookie)
  const rows = app.count('sessions')
  assert.equal(await copy.login(), 'ada')
  await visitor.submit(await visitor.open('/logout'), '/logout')
  // No time has passed: the copy was in this process's cache a moment ago.
  assert.equal(await copy.login(), undefined)
  assert.equal((await copy.ask('/profile')).status, 401)
  assert.equal(app.count('sessions'), rows - 1)
  assert.equal(visitor.sessionCookie, undefined)
})

test('a session that another process ended is over within five seconds', async () => {
  const visitor = await signedIn()
  assert.equal(await visitor.login(), 'ada')
  app.db.prepare('delete from sessions where handle_hash = ?').run(sha256(visitor.sessionCookie ?? ''))
  clock += 5_000
  assert.equal(await visitor.login(), undefined)
})

test('SE-09 the end of a session does not change other sessions of the same user', async () => {
  const here = await signedIn()
  const there = await signedIn()
  await here.submit(await here.open('/logout'), '/logout')
  assert.equal(await there.login(), 'ada')
})

test('SE-10 a session ends after seven days without a request', async () => {
  const visitor = await signedIn()
  clock += 7 * DAY - MINUTE
  assert.equal(await visitor.login(), 'ada')
  clock += 7 * DAY - 1
  assert.equal(await visitor.login(), 'ada')
  clock += 7 * DAY
  assert.equal(await visitor.login(), undefined)
  assert.equal((await visitor.open('/')).status, 303)
})

test('SE-10 a session ends after thirty days, with any number of requests', async () => {
  const visitor = await signedIn()
  for (let day = 1; day <= 29; day++) {
    clock += DAY
    assert.equal(await visitor.login(), 'ada', `day ${day}`)
  }
  clock += DAY - 1
  assert.equal(await visitor.login(), 'ada')
  clock += 1
  assert.equal(await visitor.login(), undefined)
})

test('the session of a disabled user ends within five seconds', async () => {
  const visitor = await signedIn('disabled')
  assert.equal(await visitor.login(), 'disabled')
  app.db.prepare("update users set disabled_at = 1 where login = 'disabled'").run()
  clock += 5_000
  assert.equal(await visitor.login(), undefined)
})

test('a session stores that its user was seen at most once a minute', async () => {
  const visitor = await signedIn()
  const hash = sha256(visitor.sessionCookie ?? '')
  const seen = () => Number(app.db.prepare('select seen_at from sessions where handle_hash = ?').pluck().get(hash))
  const start = clock
  for (let request = 0; request < 5; request++) {
    clock += 11_000
    await visitor.open('/')
  }
  assert.equal(seen(), start)
  clock = start + MINUTE
  await visitor.open('/')
  assert.equal(seen(), start + MINUTE)
})

test('DS-02 nothing for a hundred anonymous visits and a hundred starts', async () => {
  const before = [app.count('sessions'), app.count('used_attempts'), app.count('users')]
  for (let visit = 0; visit < 100; visit++) {
    const visitor = newBrowser()
    await visitor.open('/')
    await visitor.open('/login')
    await visitor.ask('/api/session')
    await visitor.open('/login/acme')
    assert.equal(visitor.sessionCookie, undefined)
  }
  assert.deepEqual([app.count('sessions'), app.count('used_attempts'), app.count('users')], before)
})

describe('SE-25 A session row', () => {
  /** Signs somebody in and spoils the document of their session. */
  async function withDocument(data: string) {
    const visitor = await signedIn()
    const hash = sha256(visitor.sessionCookie ?? '')
    app.db.prepare('update sessions set data = ? where handle_hash = ?').run(data, hash)
    clock += 5_000
    return { visitor, hash }
  }

  for (const data of ['', 'x', '{', 'null', '[]', '1', '"text"']) {
    test(`SE-25 a session row with the document ${data} is not used, and is deleted`, async () => {
      const { visitor, hash } = await withDocument(data)
      for (const _ of ['once', 'again']) assert.equal(await visitor.login(), undefined)
      assert.equal(app.db.prepare('select 1 from sessions where handle_hash = ?').get(hash), undefined)
      assert.equal((await visitor.signInAs('grace')).status, 303)
      assert.equal(await visitor.login(), 'grace')
    })
  }

  const strange = [
    ...['{"user":"eve"}', '{"__proto__":{"user":1}}', '{"isNew":1}', '{"_maxAge":"x"}'],
    ...['{"maxAge":"x"}', '{"save":1}', '{"toJSON":1}', '{"_expire":1}'],
  ]
  for (const data of strange) {
    test(`SE-25 a session row with the document ${data} neither fails nor makes anybody else of the person`, async () => {
      const { visitor } = await withDocument(data)
      for (const _ of ['once', 'again']) assert.equal(await visitor.login(), 'ada')
      assert.equal((await visitor.signInAs('grace')).status, 303)
      assert.equal(await visitor.login(), 'grace')
    })
  }
})
