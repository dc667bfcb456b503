import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { sessionOf, startAcme } from '../../support/acme-app.js'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { startApp, type TestApp } from '../../support/app.js'
import { type AppBehindTls, startBehindTls } from '../../support/behind-tls.js'
import { callbackUrl, type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import { hiddenFields, type Page } from '../../support/http-browser.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

let clock = Date.now()
let acme: FakeProvider
let app: TestApp
let behindTls: AppBehindTls

before(async () => {
  acme = await startFakeProvider()
  app = await startApp(acme.settings(), { now: () => clock })
  behindTls = await startBehindTls(acme.settings())
})
after(async () => {
  await app.stop()
  await behindTls.stop()
  await acme.stop()
})
afterEach(() => {
  clock = Date.now()
})

/** A cookie as a Set-Cookie line gives it: its name, value and attributes, the last ones sorted. */
function cookiesOf(page: Page) {
  return [page.headers['set-cookie'] ?? []].flat().map(line => {
    const [pair = '', ...attributes] = line.split('; ')
    const [name = '', value = ''] = pair.split('=')
    const expires = attributes.find(text => text.startsWith('expires='))
    const life = expires === undefined ? undefined : Date.parse(expires.slice('expires='.length)) - Date.now()
    return { name, value, life, attributes: attributes.filter(text => text !== expires).sort() }
  })
}

const isAbout = (life: number | undefined, wanted: number) =>
  life !== undefined && life > wanted - MINUTE && life <= wanted + MINUTE

async function roundTrip(origin: string) {
  const visitor = new AcmeBrowser(origin)
  const start = await visitor.open('/login/acme')
  const callback = callbackUrl(start.location ?? '')
  const back = await visitor.open(origin + callback.slice(new URL(callback).origin.length))
  assert.equal(back.status, 303, back.text)
  return { visitor, start, back }
}

test('SE-11 the cookies on https are bound to this very host, and to https', async () => {
  const { start, back } = await roundTrip(behindTls.proxyUrl)
  const cookies = [...cookiesOf(start), ...cookiesOf(back)]
  const [attempt = '', ...others] = cookies.map(({ name }) => name)
  assert.match(attempt, /^__Host-vestibule-attempt-[0-7]$/)
  assert.deepEqual(others.sort(), ['__Host-vestibule-flash', '__Host-vestibule-session'])
  for (const { attributes } of cookies) assert.deepEqual(attributes, ['httponly', 'path=/', 'samesite=lax', 'secure'])
})

test('SE-11 SE-12 the cookies on http, in local, are the same but for the prefix and Secure', async () => {
  const { start, back } = await roundTrip(app.origin)
  const cookies = [...cookiesOf(start), ...cookiesOf(back)]
  const [attempt = '', ...others] = cookies.map(({ name }) => name)
  assert.match(attempt, /^vestibule-attempt-[0-7]$/)
  assert.deepEqual(others.sort(), ['vestibule-flash', 'vestibule-session'])
  for (const { attributes } of cookies) assert.deepEqual(attributes, ['httponly', 'path=/', 'samesite=lax'])
})

test('SE-11 the cookies of an ended session and of a shown flash are cleared with the attributes that they were set with', async () => {
  const { visitor } = await roundTrip(behindTls.proxyUrl)
  const home = await visitor.open('/')
  const button = await visitor.open('/logout')
  const gone = [...cookiesOf(home), ...cookiesOf(await visitor.submit(button, '/logout'))]
  assert.deepEqual(
    gone.map(({ name }) => name),
    ['__Host-vestibule-flash', '__Host-vestibule-session'],
  )
  for (const { value, life, attributes } of gone) {
    assert.equal(value, '')
    assert.ok(life !== undefined && life <= 0)
    assert.deepEqual(attributes, ['httponly', 'path=/', 'samesite=lax', 'secure'])
  }
})

test('each cookie lives as long as it is used: an attempt an hour, a flash a minute, a session thirty days', async () => {
  const { start, back } = await roundTrip(app.origin)
  const lives = new Map([...cookiesOf(start), ...cookiesOf(back)].map(({ name, life }) => [name.slice(0, 14), life]))
  assert.ok(isAbout(lives.get('vestibule-atte'), HOUR))
  assert.ok(isAbout(lives.get('vestibule-flas'), MINUTE))
  assert.ok(isAbout(lives.get('vestibule-sess'), 30 * DAY))
})

test('the session cookie with SESSION_PERMANENT=false goes when the browser closes', async () => {
  const brief = await startApp({ ...acme.settings(), SESSION_PERMANENT: 'false' })
  try {
    const { visitor, back } = await roundTrip(brief.origin)
    const session = cookiesOf(back).find(({ name }) => name === 'vestibule-session')
    assert.ok(session)
    assert.equal(session.life, undefined)
    assert.ok(session.attributes.every(text => !text.startsWith('max-age')))
    assert.equal(await visitor.login(), 'ada')
  } finally {
    await brief.stop()
  }
})

test('SE-19 the cookies stay below 4,096 bytes, the longest return path included, and so do all headers of the response', async () => {
  const visitor = new AcmeBrowser(behindTls.proxyUrl)
  const start = await visitor.open(`/login/acme?return_to=/${'a'.repeat(1023)}`)
  const lines = [start.headers['set-cookie'] ?? []].flat()
  assert.ok(lines.join('').length > 1024)
  for (const line of lines) assert.ok(line.length < 1024, String(line.length))
  // What nginx reads of a response's headers by default; the status line and its own headers stand there too.
  const pairs = Object.entries(start.headers).flatMap(([name, values]) =>
    [values ?? []].flat().map(value => [name, value]),
  )
  const bytes = pairs.map(([name = '', value = '']) => `${name}: ${value}\r\n`).join('').length
  assert.ok(bytes < 3_900, `${bytes}`)
})

test('the cookies are not sent again on each page', async () => {
  const { visitor } = await roundTrip(app.origin)
  await visitor.open('/')
  for (const path of ['/', '/profile', '/api/session']) {
    assert.equal((await visitor.open(path)).headers['set-cookie'], undefined, path)
  }
})

test('SE-15 a sealed value of one purpose is worthless for every other', async () => {
  const visitor = new AcmeBrowser(app.origin)
  const callback = await visitor.startSignIn()
  const [attemptName = ''] = visitor.attempts
  const attempt = visitor.cookies().get(attemptName) ?? ''
  const ada = new AcmeBrowser(app.origin)
  await ada.signInAs()
  const flash = ada.cookies().get('vestibule-flash') ?? ''
  const csrf = hiddenFields((await ada.open('/logout')).text).csrf ?? ''
  const session = ada.sessionCookie ?? ''
  for (const value of [attempt, flash, csrf, session]) assert.ok(value.length >= 43)

  for (const value of [attempt, flash, csrf]) {
    const forger = new AcmeBrowser(app.origin)
    forger.useSession(value)
    assert.equal(await forger.login(), undefined)
  }
  for (const value of [attempt, csrf, session]) {
    const forger = new AcmeBrowser(app.origin)
    forger.jar.set('localhost', new Map([['vestibule-flash', value]]))
    assert.doesNotMatch((await forger.open('/login')).text, /role="status"/)
  }
  for (const value of [flash, csrf, session]) {
    const forger = new AcmeBrowser(app.origin)
    forger.jar.set('localhost', new Map([[attemptName, value]]))
    assertRefused(await forger.open(callback), 400, 'attempt_missing')
  }
  for (const value of [attempt, flash, session]) {
    const page = await ada.ask('/logout', { method: 'POST', form: { csrf: value }, headers: { Accept: 'text/html' } })
    assertRefused(page, 403, 'csrf')
  }
})

test('SE-15 a sealed value is worthless once a character of it is changed', async () => {
  const visitor = new AcmeBrowser(app.origin)
  const callback = await visitor.startSignIn()
  const [name = ''] = visitor.attempts
  const value = visitor.cookies().get(name) ?? ''
  const other = (character = '') => (character === 'A' ? 'B' : 'A')
  for (const at of [0, 9, 30, Math.floor(value.length / 2), value.length - 3]) {
    visitor.cookies().set(name, value.slice(0, at) + other(value[at]) + value.slice(at + 1))
    assertRefused(await visitor.open(callback), 400, 'attempt_missing')
  }
  for (const broken of ['', '.', value.slice(0, -1), `${value}A`, value.slice(value.indexOf('.')), 'null']) {
    visitor.cookies().set(name, broken)
    assertRefused(await visitor.open(callback), 400, 'attempt_missing')
  }
})

test('the attempts of a browser are the eight newest, under eight names', async () => {
  const visitor = new AcmeBrowser(app.origin)
  const callbacks: string[] = []
  for (let start = 0; start < 10; start++) {
    clock += MINUTE / 2
    callbacks.push(await visitor.startSignIn())
  }
  assert.deepEqual(
    visitor.attempts.sort(),
    Array.from({ length: 8 }, (_, slot) => `vestibule-attempt-${slot}`),
  )
  const statuses: number[] = []
  for (const callback of callbacks) statuses.push((await visitor.open(callback)).status)
  assert.deepEqual(statuses, [400, 400, ...Array(8).fill(303)])
})

test('the attempts of a browser are 6,000 bytes at most, and the newest always stays', async () => {
  const visitor = new AcmeBrowser(app.origin)
  for (let start = 0; start < 5; start++) {
    clock += MINUTE
    const callback = await visitor.startSignIn(`/login/acme?return_to=/${start}${'a'.repeat(1000)}`)
    assert.ok(visitor.cookieHeader().length <= 6_000)
    assert.equal(visitor.attempts.length, start === 0 ? 3 : 6)
    if (start === 4) assert.ok((await visitor.open(callback)).location?.startsWith(`${app.origin}/4aaa`))
  }
})

test('the attempts of a browser that cannot be read are in nobody’s way', async () => {
  const visitor = new AcmeBrowser(app.origin)
  const planted = Array.from({ length: 8 }, (_, slot) => `vestibule-attempt-${slot}`)
  visitor.jar.set('localhost', new Map(planted.map(name => [name, 'junk'])))
  const callback = await visitor.startSignIn('/profile')
  assert.equal((await visitor.open(callback)).location, `${app.origin}/profile`)
})

for (const path of ['/login/acme', '/signed-out', '/api/session', '/nowhere', '/oauth/acme/callback?state=x&code=y']) {
  test(`B-01 the attempts of a browser of the format before, and any that are too long, are cleared by ${path}`, async () => {
    const visitor = new AcmeBrowser(app.origin)
    const old = ['abcdefgh', '_-AAAAAA', '01234567'].map(id => [`vestibule-attempt-${id}`, 'old'] as const)
    visitor.jar.set('localhost', new Map([...old, ['vestibule-attempt-3', 'x'.repeat(691)], ['other', 'stays']]))
    await visitor.open(path)
    const own = visitor.attempts.filter(name => visitor.cookies().get(name)?.length !== 691 && name.length < 21)
    assert.deepEqual(visitor.attempts, own)
    assert.equal(visitor.cookies().get('other'), 'stays')
  })
}

test('B-01 the attempts of a browser of the format before are cleared a few at a time, because proxies bound the headers of a response too', async () => {
  const visitor = new AcmeBrowser(app.origin)
  const old = Array.from({ length: 20 }, (_, index) => [`vestibule-attempt-aaaaaa${index + 10}`, 'old'] as const)
  visitor.jar.set('localhost', new Map(old))
  const left: number[] = []
  for (let page = 0; page < 3; page++) {
    await visitor.open('/signed-out')
    left.push(visitor.attempts.length)
  }
  assert.deepEqual(left, [12, 4, 0])
})

test('the attempts of a browser with a name that no attempt has are left alone', async () => {
  const visitor = new AcmeBrowser(app.origin)
  for (const name of ['x;y', 'x', '8', 'a b c d ', 'AAAAAAAAA']) {
    visitor.jar.set('localhost', new Map([[`vestibule-attempt-${name}`, 'junk']]))
    const start = await visitor.open('/login/acme')
    assert.equal(start.status, 303, start.text)
    assert.equal(cookiesOf(start).length, 1, name)
  }
})

test('the flash is shown once', async () => {
  const { visitor } = await roundTrip(app.origin)
  assert.match((await visitor.open('/')).text, /role="status">Signed in with acme\./)
  assert.doesNotMatch((await visitor.open('/')).text, /role="status"/)
})

test('the flash is left alone by HEAD and by JSON', async () => {
  const { visitor } = await roundTrip(app.origin)
  await visitor.ask('/', { method: 'HEAD', headers: { Accept: 'text/html' } })
  await visitor.ask('/api/session')
  assert.match((await visitor.open('/')).text, /role="status">Signed in/)
})

test('A17 no cookie is longer than browsers keep, however long a label or a return path is', async t => {
  const acme = await startAcme({ ACME_LABEL: 'Ä'.repeat(3_000) })
  t.after(() => acme.stop())
  const visitor = acme.newVisitor()
  let page = await visitor.open(`/login/acme?return_to=/profile?${'x'.repeat(1_000)}`)
  for (let hops = 0; hops < 4; hops++) {
    for (const line of [page.headers['set-cookie'] ?? []].flat()) assert.ok(line.length < 4_096, `${line.length}`)
    if (page.location) page = await visitor.open(page.location)
  }
  assert.equal(page.status, 200)
  assert.equal((await sessionOf(visitor)).signed_in, true)
})
