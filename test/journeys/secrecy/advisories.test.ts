// One test for each published flaw of others that could have been ours, named by it. .github/SECURITY.md is printed
// from these names: say in each whose flaw it was, and what holds here.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, afterEach, before, test } from 'node:test'
import { createRateLimits, PER_MINUTE } from '../../../src/web/guards/rate-limit-counters.js'
import { countRows, reply } from '../../support/acme-app.js'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { createBarrier } from '../../support/barrier.js'
import { callbackUrl, type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import { startOAuth1App } from '../../support/oauth1-app.js'
import { rawHeader, sendRaw } from '../../support/raw-request.js'
import { runSql } from '../../support/sql.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

const MINUTE = 60_000
/** For what would wait for ever without its guard. */
const QUITE_LONG = { timeout: 20_000 }
const SCRIPT = '<script>alert(1)</script>'
/** Past the five seconds in which a session is not looked up again. */
const CACHED = 5_000

let fake: FakeProvider
let app: WatchedApp
let clock = Date.now()

before(async () => {
  fake = await startFakeProvider()
  const other = { ...fake.settings('other'), OTHER_PKCE: 'off', OTHER_LABEL: `\\"'>${SCRIPT}` }
  app = await startWatchedApp({ ...other, ...fake.settings(), PROVIDERS: 'acme,other' }, { now: () => clock })
})
after(async () => {
  await app.stop()
  await fake.stop()
})
afterEach(() => fake.reset())

const newBrowser = () => new AcmeBrowser(app.origin)

async function signedIn(name = 'ada', path?: string): Promise<AcmeBrowser> {
  const visitor = newBrowser()
  const page = await visitor.signInAs(name, path)
  assert.equal(page.status, 303, page.text)
  return visitor
}

/** Signs this person in, as the user endpoint tells them; returns what the app knows of them. */
async function personOf(profile: Record<string, unknown>, provider = 'acme') {
  fake.on('/user', json(profile))
  const visitor = await signedIn('somebody', `/login/${provider}`)
  return JSON.parse((await visitor.ask('/api/session')).text).user
}

const HOSTILE_PATHS: readonly [name: string, ...values: string[]][] = [
  ['CVE-2020-5233 GHSA-qqxw-m5fj-f7gv oauth2-proxy: a slash and a backslash lead to no other host', '/\\evil.example'],
  ['CVE-2020-11053 GHSA-j7px-6hwj-hpjg oauth2-proxy: a tab between slashes is no redirect', '/\t/evil.example'],
  [
    'CVE-2020-4037 GHSA-5m6c-jp6f-2vcv oauth2-proxy: white space between slashes is no redirect',
    '/ /evil.example',
    '/ \\evil.example',
    '/\v/evil.example',
  ],
  [
    'GHSA-4mf2-f3wh-gvf2 oauth2-proxy: a host that ends like ours is not ours',
    'https://evillocalhost/',
    '//evil-localhost/',
  ],
  ['CVE-2022-31093 GHSA-g5fm-jp9v-2432 NextAuth: a return path that no parser takes stops nothing', 'http://[', '//%'],
  [
    'GHSA-vp58-j275-797x Better Auth: our name at the end of a URL makes it no place of ours',
    'https://evil.example/?.localhost',
    'localhost.evil',
  ],
  [
    'CVE-2022-24858 GHSA-f9wg-5f46-cjmw NextAuth: our origin at the beginning of a URL makes it no place of ours',
    'http://localhost.evil.example/',
    'http://localhost@evil.example/',
  ],
]
for (const [name, ...values] of HOSTILE_PATHS) {
  test(name, async () => {
    for (const value of values) {
      const page = await newBrowser().signInAs('ada', `/login/acme?return_to=${encodeURIComponent(value)}`)
      assert.equal(page.location, `${app.origin}/`, value)
    }
  })
}

test('CVE-2022-29214 GHSA-q2mx-j4x2-2h74 NextAuth: a sign-in by OAuth 1.0a leads to no other host either', async () => {
  const trail = await startOAuth1App()
  try {
    for (const value of HOSTILE_PATHS.flatMap(([, ...values]) => values)) {
      const page = await trail.newVisitor().signInAs('ada', `/login/trail?return_to=${encodeURIComponent(value)}`)
      assert.equal(page.location, `${trail.app.origin}/`, value)
    }
  } finally {
    await trail.stop()
  }
})

test('CVE-2022-24794 GHSA-7p99-3798-f85c express-openid-connect: a request for //host is no place to return to', async () => {
  for (const path of ['//evil.example', '//evil.example/profile', '/\\evil.example']) {
    const response = await sendRaw(app.origin, [`GET ${path} HTTP/1.1`, 'Host: localhost', 'Accept: text/html'])
    assert.match(response, /^HTTP\/1.1 404 /)
    assert.equal(rawHeader(response, 'Location'), undefined)
  }
})

const LOGOUTS: readonly [name: string, query: string][] = [
  ['CVE-2021-29456 GHSA-36f2-fcrx-fp4j Authelia: signing out takes no target', 'rd=https://evil.example/'],
  ['CVE-2022-23527 mod_auth_openidc: signing out takes no target with a tab', 'logout=/%09/evil.example'],
  ['CVE-2019-3877 mod_auth_mellon: signing out takes no target with a backslash', 'ReturnTo=/%5Cevil.example'],
]
for (const [name, query] of LOGOUTS) {
  test(name, async () => {
    const ada = await signedIn()
    const button = await ada.open(`/logout?${query}`)
    assert.ok(!button.text.includes('evil'))
    const more = Object.fromEntries(new URLSearchParams(query))
    assert.equal((await ada.submit(button, `/logout?${query}`, more)).location, `${app.origin}/signed-out`)
  })
}

test('CVE-2025-8129 GHSA-jgmv-j7ww-jx2x Koa: nobody is sent back by Referer', async () => {
  const ada = await signedIn()
  for (const path of ['/', '/login', '/login/acme', '/logout', '/signed-out', '/nowhere']) {
    const page = await ada.open(path, { Referer: 'https://evil.example/' })
    assert.ok(!`${page.location}${page.text}`.includes('evil'), path)
  }
})

test('CVE-2025-32379 GHSA-x2rg-q646-7m2v Koa: a redirect has no body to write into', async () => {
  const page = await newBrowser().open(`/login/acme?return_to=/${encodeURIComponent(SCRIPT)}`)
  assert.deepEqual([page.status, page.text], [303, ''])
})

test('CVE-2026-41479 GHSA-w8p2-r796-3vmq Authlib: an error is a page, and leads to no URL of the request', async () => {
  const target = 'redirect_uri=https://evil.example/&return_to=https://evil.example/'
  for (const path of ['/oauth/acme/callback?error=server_error', '/oauth/nobody/callback?code=1', '/login/nobody?']) {
    const page = await newBrowser().open(`${path}&${target}`)
    assert.ok(page.status >= 400 && page.location === undefined, path)
    assert.ok(!page.text.includes('evil'), path)
  }
})

const STOLEN_STATES: readonly [name: string, cookies: 'none' | 'own'][] = [
  ['CVE-2026-41425 GHSA-jj8c-mmj3-mmgv Authlib: a state counts only in the browser that started with it', 'own'],
  ['CVE-2025-68158 Authlib: a state that we made counts for nothing without the cookie beside it', 'none'],
  ['CVE-2025-14546 fastapi-sso: an answer that this browser never asked for signs nobody in', 'none'],
  ["CVE-2025-68481 GHSA-5j53-63w8-8625 fastapi-users: an attacker's state is worthless in a victim's browser", 'own'],
]
for (const [name, cookies] of STOLEN_STATES) {
  test(name, async () => {
    const [attacker, victim] = [newBrowser(), newBrowser()]
    const callback = await attacker.startSignIn()
    if (cookies === 'own') await victim.startSignIn()
    assertRefused(await victim.open(callback), 400, 'attempt_missing')
    assert.equal(await victim.login(), undefined)
    assert.deepEqual(fake.requests, [])
  })
}

test('CVE-2025-64708 GHSA-ch7q-53v8-73pc authentik: what has expired is refused when it is used, swept or not', async () => {
  const ada = newBrowser()
  const callback = await ada.startSignIn()
  clock += 10 * MINUTE
  assertRefused(await ada.open(callback), 400, 'attempt_expired')
  assert.deepEqual(fake.requests, [])
})

test('CVE-2023-31999 GHSA-g8x5-p9qc-cf95 @fastify/oauth2: each start has a state of its own', async () => {
  const states = await Promise.all(
    Array.from({ length: 50 }, async () => new URL(await newBrowser().startSignIn()).searchParams.get('state') ?? ''),
  )
  assert.equal(new Set(states).size, 50)
  for (const state of states) assert.match(state, /^[\w-]{43}$/)
})

test('GHSA-wxw3-q3m9-c3jr Better Auth: the state is compared where PKCE is off, too', async () => {
  const ada = newBrowser()
  const callback = new URL(await ada.startSignIn('/login/other'))
  callback.searchParams.set('state', 'x'.repeat(43))
  assertRefused(await ada.open(callback.href), 400, 'attempt_missing')
  assert.deepEqual(fake.requests, [])
})

test('CVE-2026-73419 GHSA-x445-f3h2-j279 Auth.js: what was made for one provider is worthless at another', async () => {
  const ada = newBrowser()
  const callback = await ada.startSignIn('/login/other')
  assertRefused(await ada.open(callback.replace('/oauth/other/', '/oauth/acme/')), 400, 'attempt_missing')
  assert.deepEqual(fake.requests, [])
})

test("CVE-2015-9284 GHSA-ww4x-rwq6-qpgf OmniAuth: another site's image or form starts no sign-in", async () => {
  const visitor = newBrowser()
  const image = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }
  assertRefused(await visitor.open('/login/acme', image), 401, 'sign_in_required')
  const posted = await visitor.ask('/login/acme', { method: 'POST', headers: { Accept: 'text/html' } })
  assertRefused(posted, 405, 'method_not_allowed')
  assert.deepEqual(visitor.attempts, [])
})

const WORDS: readonly [name: string, handler: Record<string, string>][] = [
  [
    'CVE-2021-32702 GHSA-954c-jjx6-cxv7 nextjs-auth0: what a provider says of an error is text and no markup',
    { error: 'server_error', error_description: SCRIPT },
  ],
  ['GHSA-9x4v-xfq5-m8x5 Better Auth: the name of an error is text and no markup', { error: SCRIPT }],
]
for (const [name, handler] of WORDS) {
  test(name, async () => {
    const ada = newBrowser()
    const page = await ada.open(await ada.startSignIn('/login/acme', handler))
    assertRefused(page, 502, 'provider_error')
    assert.ok(!page.text.includes('<script'))
    const stranger = await newBrowser().open(`/oauth/acme/callback?${new URLSearchParams(handler)}`)
    assert.ok(!stranger.text.includes('alert(1)'))
  })
}

/** Starts sign-ins that all stand at the same endpoint at the same moment, and then go on, the last one first. */
async function startMany(path: '/token' | '/user') {
  const gate = createBarrier()
  fake.on(path, async (seen, response) => {
    await gate.pass()
    const name = seen.form.get('code') ?? seen.headers.authorization?.slice('Bearer token-of-'.length)
    const responses = { '/token': { access_token: `token-of-${name}`, token_type: 'Bearer' }, '/user': { id: name } }
    json({ ...responses[path], login: name })(seen, response)
  })
  const people = Array.from({ length: 20 }, (_, index) => ({ name: `person-${index}`, visitor: newBrowser() }))
  const callbacks = await Promise.all(people.map(({ name, visitor }) => visitor.startSignIn(undefined, { code: name })))
  const arrived = gate.arrived(people.length)
  const pages = people.map(({ visitor }, index) => visitor.open(callbacks[index] ?? ''))
  await arrived
  gate.open()
  for (const page of pages) assert.equal((await page).status, 303)
  return people
}

test('CVE-2026-33544 GHSA-9q5m-jfc4-wc92 Tinyauth: sign-ins at the same moment each prove their own challenge', async () => {
  const challenges = new Map<string, string>()
  const people = Array.from({ length: 20 }, (_, index) => ({ name: `person-${index}`, visitor: newBrowser() }))
  const callbacks = await Promise.all(
    people.map(async ({ name, visitor }) => {
      const { location = '' } = await visitor.open('/login/acme')
      challenges.set(name, new URL(location).searchParams.get('code_challenge') ?? '')
      return callbackUrl(location, { code: name })
    }),
  )
  await Promise.all(people.map(({ visitor }, index) => visitor.open(callbacks[index] ?? '')))
  const asked = fake.requests.filter(({ path }) => path === '/token')
  assert.equal(asked.length, people.length)
  for (const { form } of asked) {
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    assert.equal(challenge, challenges.get(form.get('code') ?? ''))
  }
})

test(
  'CVE-2019-19723 passport-cognito: people who come back at the same moment each are who they are',
  QUITE_LONG,
  async () => {
    for (const { name, visitor } of await startMany('/token')) assert.equal(await visitor.login(), name)
  },
)

test('CVE-2025-67490 nextjs-auth0: sessions asked for at the same moment are not mixed', QUITE_LONG, async () => {
  const people = await startMany('/user')
  clock += CACHED
  const logins = await Promise.all(people.map(({ visitor }) => visitor.login()))
  assert.deepEqual(
    logins,
    people.map(({ name }) => name),
  )
})

test('CVE-2026-40155 nextjs-auth0: profiles asked for at the same moment are not mixed', QUITE_LONG, async () => {
  const gate = createBarrier()
  const people = [await signedIn('ada'), await signedIn('grace')]
  fake.on('/user', async (seen, response) => {
    await gate.pass()
    const name = seen.headers.authorization?.slice('Bearer token-of-'.length)
    json({ id: `id-of-${name}`, login: name, name: `Profile of ${name}` })(seen, response)
  })
  const arrived = gate.arrived(people.length)
  const pages = people.map(visitor => visitor.open('/profile'))
  await arrived
  gate.open()
  const [ada, grace] = (await Promise.all(pages)).map(({ text }) => text)
  assert.ok(ada?.includes('Profile of ada') && !ada.includes('Profile of grace'))
  assert.ok(grace?.includes('Profile of grace') && !grace.includes('Profile of ada'))
})

test('CVE-2017-18076 OmniAuth: what else was asked with is neither passed on nor kept', async () => {
  const junk = 'csrf=planted&authenticity_token=planted&code_verifier=planted&user=planted'
  const ada = newBrowser()
  const start = await ada.open(`/login/acme?${junk}`)
  assert.doesNotMatch(start.location ?? '', /planted/)
  await ada.open(`${callbackUrl(start.location ?? '')}&${junk}`)
  assert.equal(await ada.login(), 'ada')
  assert.deepEqual(app.db.prepare("select count(*) from sessions where data like '%planted%'").pluck().get(), 0)
})

test('CVE-2026-27959 GHSA-7gcc-r8m5-44qm Koa: no part of Host gets into a URL of ours', async () => {
  const host = 'Host: evil.example:fake@localhost'
  const response = await sendRaw(app.origin, ['GET /login/acme HTTP/1.1', host, 'Accept: text/html'])
  const asked = new URL(rawHeader(response, 'Location') ?? '')
  assert.equal(asked.searchParams.get('redirect_uri'), `${app.origin}/oauth/acme/callback`)
  assert.doesNotMatch(response, /evil/)
})

const VICTIM = { id: 'victim', login: 'victim', email: 'victim@example.org', email_verified: true }

test('CVE-2024-21632 GHSA-5g66-628f-7cvj omniauth-microsoft_graph: an e-mail from elsewhere opens no account', async () => {
  const victim = await personOf(VICTIM)
  for (const email_verified of [undefined, false, 'false', 0]) {
    const attacker = await personOf({ id: 'attacker', email: VICTIM.email, email_verified }, 'other')
    assert.notEqual(attacker.id, victim.id)
    assert.equal(attacker.email_verified, false)
  }
})

test('CVE-2026-41574 GHSA-6g38-8j4p-j3pr Nhost: an e-mail is not verified because it is there', async () => {
  const { email, email_verified } = await personOf({ id: 'silent', email: 'silent@example.org' })
  assert.deepEqual([email, email_verified], ['silent@example.org', false])
})

test('CVE-2026-53516 GHSA-g38m-r43w-p2q7 Better Auth: who took an e-mail first gets nobody who proves it later', async () => {
  const squatter = await personOf({ id: 'squatter', email: 'late@example.org', email_verified: false })
  const owner = await personOf({ id: 'owner', email: 'late@example.org', email_verified: true }, 'other')
  assert.notEqual(owner.id, squatter.id)
})

test('CVE-2025-65431 GHSA-8m3c-c723-h4p4 django-allauth: a login that changed hands opens no account', async () => {
  const before = await personOf({ id: 'id-1', login: 'renamed', preferred_username: 'renamed' })
  const afterwards = await personOf({ id: 'id-2', login: 'renamed', preferred_username: 'renamed' })
  assert.notEqual(afterwards.id, before.id)
})

const disable = (login: string) => app.db.prepare('update users set disabled_at = 1 where login = ?').run(login)

test('CVE-2025-53942 authentik: a disabled account cannot be signed in to', async () => {
  await signedIn('gone')
  disable('gone')
  const visitor = newBrowser()
  assertRefused(await visitor.signInAs('gone'), 403, 'account_disabled')
  assert.equal(visitor.sessionCookie, undefined)
})

test('CVE-2025-65430 django-allauth: a session of a disabled account is over', async () => {
  const visitor = await signedIn('leaving')
  disable('leaving')
  clock += CACHED
  assert.equal(await visitor.login(), undefined)
})

test('CVE-2021-41230 GHSA-j6wp-3859-vxfg Pomerium: who may enter is judged anew at each sign-in', async () => {
  const narrow = await startWatchedApp({ ...fake.settings(), ALLOWED_USERS: 'login:acme:editor' })
  try {
    fake.on('/user', json({ id: 7, login: 'editor' }))
    assert.equal((await new AcmeBrowser(narrow.origin).signInAs()).status, 303)
    fake.on('/user', json({ id: 7, login: 'former-editor' }))
    assertRefused(await new AcmeBrowser(narrow.origin).signInAs(), 403, 'not_admitted')
  } finally {
    await narrow.stop()
  }
})

test('CVE-2022-25896 GHSA-v923-w3x8-wh69 Passport: a planted session id is not taken up', async () => {
  const victim = newBrowser()
  victim.useSession('p'.repeat(43))
  await victim.signInAs()
  assert.notEqual(victim.sessionCookie, 'p'.repeat(43))
  const attacker = newBrowser()
  attacker.useSession('p'.repeat(43))
  assert.equal(await attacker.login(), undefined)
})

const FIXED: readonly [name: string, attacker: string, victim: string][] = [
  [
    'CVE-2021-41246 GHSA-7rg2-qxmf-hhx9 express-openid-connect: a sign-in gives a new session id, and ends the old one',
    'attacker',
    'owner',
  ],
  ['GHSA-f24x-5g9q-753f oauth2-proxy: a sign-in of the same person ends their old session id, too', 'same', 'same'],
]
for (const [name, attacker, victim] of FIXED) {
  test(name, async () => {
    const planted = (await signedIn(attacker)).sessionCookie ?? ''
    const visitor = newBrowser()
    visitor.useSession(planted)
    await visitor.signInAs(victim)
    assert.equal(await visitor.login(), victim)
    assert.notEqual(visitor.sessionCookie, planted)
    visitor.useSession(planted)
    assert.equal(await visitor.login(), undefined)
  })
}

test('CVE-2025-46344 nextjs-auth0: a session cookie is worth nothing after signing out', async () => {
  const ada = await signedIn()
  const handle = ada.sessionCookie ?? ''
  await ada.submit(await ada.open('/logout'), '/logout')
  ada.useSession(handle)
  assert.equal(await ada.login(), undefined)
})

test('CVE-2023-48309 GHSA-v64w-49xw-qq89 NextAuth: a sign-in under way, sealed by us, is no session', async () => {
  const visitor = newBrowser()
  await visitor.startSignIn()
  visitor.useSession(visitor.cookies().get(visitor.attempts[0] ?? '') ?? '')
  assert.equal(await visitor.login(), undefined)
})

const CHUNKS: readonly [name: string, ...cookies: string[]][] = [
  [
    'CVE-2026-55149 GHSA-qqff-5854-px68 vouch-proxy: a cookie that promises ten billion parts is one cookie',
    'vestibule-session_1of10000000000=x',
    'vestibule-attempt-aaaaaaaa_1of10000000000=x',
  ],
  [
    'CVE-2024-24814 mod_auth_openidc: a cookie that counts others is not asked',
    'vestibule-session_chunks=99999999',
    'vestibule-session_0=x',
  ],
]
for (const [name, ...cookies] of CHUNKS) {
  test(name, async () => {
    const response = await newBrowser().ask('/api/session', { headers: { Cookie: cookies.join('; ') } })
    assert.equal(response.text, '{"signed_in":false}')
    assert.equal(response.headers['set-cookie'], undefined)
  })
}

test('CVE-2025-48947 GHSA-f3fg-mf2q-fj3f nextjs-auth0: an answer with a cookie is kept by no cache', async () => {
  const ada = newBrowser()
  const start = await ada.open('/login/acme')
  const pages = [
    start,
    await ada.open(callbackUrl(start.location ?? '')),
    await ada.open('/'),
    await ada.open('/profile'),
  ]
  assert.equal(pages.filter(({ headers }) => headers['set-cookie']).length, 3)
  for (const { headers } of pages) assert.deepEqual([headers['cache-control'], headers.vary], ['no-store', 'Cookie'])
})

test('GHSA-xg6x-h9c9-2m83 Better Auth: half a sign-in is none', async () => {
  const ada = newBrowser()
  let during: string | undefined = 'nobody asked'
  fake.on('/user', async (seen, response) => {
    during = await ada.login()
    json({ message: 'Oh no' }, 500)(seen, response)
  })
  assertRefused(await ada.signInAs(), 502, 'provider_error')
  assert.deepEqual([during, await ada.login(), ada.sessionCookie], [undefined, undefined, undefined])
})

test('CVE-2026-73421 GHSA-8fpg-xm3f-6cx3 Auth.js: an error in the place of a person is nobody', async () => {
  for (const response of [
    { error: 'server_error', user: {} },
    { message: 'There is a problem' },
    { id: { error: 1 } },
  ]) {
    fake.on('/user', json(response))
    const visitor = newBrowser()
    assertRefused(await visitor.signInAs(), 502, 'provider_malformed')
    assert.equal((await visitor.open('/')).status, 303)
  }
})

test('CVE-2024-39315 GHSA-rrqr-7w59-637v Pomerium: no page shows a token', async () => {
  const ada = await signedIn('ada')
  for (const path of ['/', '/profile', '/api/session', '/logout', '/login']) {
    assert.ok(!(await ada.open(path)).text.includes('token-of-ada'), path)
  }
})

test('CVE-2016-10547 GHSA-f7ph-p5rv-phw2 nunjucks: a list in the place of a text is escaped or left out', async () => {
  fake.on('/user', json({ id: 'list', name: [SCRIPT], login: [SCRIPT], email: [SCRIPT], picture: [SCRIPT] }))
  const visitor = await signedIn('list')
  for (const path of ['/', '/profile', `/login?return_to[]=${SCRIPT}`, `/login?return_to=${SCRIPT}&return_to=2`]) {
    const { status, text } = await visitor.open(path)
    assert.ok(status === 200 && !text.includes(SCRIPT), path)
  }
})

test('CVE-2023-2142 nunjucks: a backslash in front of a quote ends no escaping', async () => {
  fake.on('/user', json({ id: 'slash', name: `\\"'>${SCRIPT}\\`, login: `\\"'>${SCRIPT}` }))
  const visitor = await signedIn('slash')
  for (const path of ['/', '/profile', '/login']) {
    const { status, text } = await visitor.open(path)
    assert.ok(status === 200 && text.includes('&lt;script&gt;') && !text.includes('<script'), text)
  }
})

test('CVE-2022-24797 Pomerium: there are neither metrics nor debug pages at the public port', async () => {
  const ada = await signedIn()
  for (const path of ['/metrics', '/debug', '/debug/pprof/', '/debug/vars', '/status', '/config', '/env', '/.env']) {
    assert.equal((await ada.open(path)).status, 404, path)
  }
})

test('CVE-2021-41580 GHSA-f794-r6xc-hf3v passport-oauth2: an error inside a 200 signs nobody in', async () => {
  fake.on('/token', json({ error: 'bad_verification_code', access_token: 'token-of-ada', token_type: 'Bearer' }))
  const visitor = newBrowser()
  assertRefused(await visitor.signInAs(), 502, 'provider_error')
  assert.equal(await visitor.login(), undefined)
  assert.equal(fake.calls('/user'), 0)
})

test('CVE-2024-24750 undici: answers that are not read to their end keep no connection', QUITE_LONG, async () => {
  const ends: Promise<unknown>[] = []
  fake.on('/token', (seen, response) => {
    ends.push(new Promise(resolve => response.socket?.once('close', resolve)))
    return reply('x'.repeat(1 << 20), { status: 500 })(seen, response)
  })
  // More than a provider may hold at once: a slot that is not given back shows as provider_busy.
  for (let round = 0; round < 70; round++) {
    assertRefused(await newBrowser().signInAs(), 502, 'provider_malformed')
  }
  assert.equal(ends.length, 70)
  await Promise.all(ends)
  fake.reset()
  await signedIn()
})

test('CVE-2021-22119 GHSA-w9jg-gvgr-354m Spring Security: sign-ins that nobody finishes leave nothing behind', async () => {
  const rows = () => Promise.all([countRows({ sql: runOnApp }), app.count('used_attempts')])
  const before = await rows()
  const visitor = newBrowser()
  for (let round = 0; round < 100; round++) await visitor.startSignIn()
  assert.deepEqual(await rows(), before)
  assert.equal(visitor.attempts.length, 8)
})

const runOnApp = (statement: string) => runSql(`sqlite:${app.db.name}`, statement)

test('CVE-2026-45364 Better Auth: a new IPv6 address of the same /64 begins no new count', async () => {
  const limits = createRateLimits(() => clock)
  const from = (host: number) =>
    limits.count('start', { address: `2001:db8::${host.toString(16)}`, browser: undefined })
  for (let host = 1; host <= PER_MINUTE.address; host++) assert.equal(await from(host), undefined)
  assert.equal((await from(0xffff))?.by, 'address')
})
