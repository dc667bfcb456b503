import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { RequestHandler } from 'express'
import { countRows } from '../../support/acme-app.js'
import { assertRefused, retryPath } from '../../support/acme-browser.js'
import { createBarrier } from '../../support/barrier.js'
import type { Page } from '../../support/http-browser.js'
import { ASKS, GRANTS, type OAuth1App, startOAuth1App, USER } from '../../support/oauth1-app.js'
import { runSql } from '../../support/sql.js'

const START = '/login/trail?return_to=/profile'

let oauth1App: OAuth1App
before(async () => {
  // The row of X tells the person twice: in the token answer, and at the user endpoint.
  const row = { TRAIL_PRESET: 'x-oauth1', TRAIL_PROTOCOL: '' }
  oauth1App = await startOAuth1App({ ...row, TRAIL_LABEL: 'The Trail' }, { overrides: { deadline: () => () => {} } })
})
beforeEach(() => {
  oauth1App.far.reset()
  oauth1App.far.on(USER, (_request, response) => void response.json({ id_str: 'id-of-ada', screen_name: 'ada' }))
})
after(() => oauth1App.stop())

const sends =
  (body: string, { status = 200, type = 'application/x-www-form-urlencoded', headers = {} } = {}): RequestHandler =>
  (_request, response) =>
    void response.status(status).type(type).set(headers).send(body)

const SKEW = 'oauth_problem=timestamp_refused&oauth_acceptable_timestamps=946684800-946685400'
const HTML = sends('<p>Please accept our terms.</p>', { type: 'text/html' })

/** Nobody is signed in, nobody was written down, and the page leads to where the person wanted to go. */
async function assertNothingLeft(page: Page): Promise<void> {
  assert.equal(retryPath(page, 'trail'), '/profile')
  const sql = (statement: string) => runSql(`sqlite:${oauth1App.app.db.name}`, statement)
  assert.deepEqual(await countRows({ sql }), { users: 0, identities: 0, provider_tokens: 0, sessions: 0 })
}

const TEMPORARY: readonly [what: string, reply: RequestHandler, code: string][] = [
  [
    'O1-01 does not confirm the callback',
    sends('oauth_token=a&oauth_token_secret=b&oauth_callback_confirmed=false'),
    'provider_malformed',
  ],
  ['O1-01 says nothing of the callback', sends('oauth_token=a&oauth_token_secret=b'), 'provider_malformed'],
  [
    'O1-06 sends an empty secret',
    sends('oauth_token=a&oauth_token_secret=&oauth_callback_confirmed=true'),
    'provider_malformed',
  ],
  ['O1-06 sends a page', HTML, 'provider_malformed'],
  ['O1-06 sends JSON', sends('{"oauth_token":"a"}', { type: 'application/json' }), 'provider_malformed'],
  [
    'O1-06 sends a token that no cookie could carry',
    sends(`oauth_token=${'a'.repeat(513)}&oauth_token_secret=b&oauth_callback_confirmed=true`),
    'provider_malformed',
  ],
  ['O1-07 finds our clock wrong', sends(SKEW, { status: 401 }), 'provider_error'],
  ['answers with a failure', sends('oops', { status: 500, type: 'text/plain' }), 'provider_error'],
  ['breaks off', request => void request.socket.destroy(), 'provider_unreachable'],
]

for (const [what, response, code] of TEMPORARY) {
  test(`a provider of OAuth 1.0a that, asked for temporary credentials, ${what} ends the sign-in before it starts`, async () => {
    oauth1App.far.on(ASKS, response)
    const visitor = oauth1App.newVisitor()
    const page = await visitor.open(START)
    assertRefused(page, 502, code)
    assert.deepEqual(visitor.attempts, [])
    assert.equal(oauth1App.far.calls(ASKS), 1, 'it is not tried again')
    await assertNothingLeft(page)

    oauth1App.far.on(ASKS, (_request, _response, next) => next())
    assert.equal((await visitor.follow(START)).url, `${oauth1App.app.origin}/profile`)
    oauth1App.app.db.exec('delete from users')
  })
}

test('O1-06 the longest temporary credentials of OAuth 1.0a fit into the cookies of an attempt, with the longest path', async () => {
  const [token, secret] = ['t'.repeat(512), 's'.repeat(512)]
  oauth1App.far.on(ASKS, sends(`oauth_token=${token}&oauth_token_secret=${secret}&oauth_callback_confirmed=true`))
  const visitor = oauth1App.newVisitor()
  assert.match(await visitor.depart(`/login/trail?return_to=/${'x'.repeat(1023)}`), /oauth_token=t{512}$/)
  assert.ok(visitor.attempts.length > 0)
  for (const [name, value] of visitor.attempts) assert.ok(name.length + value.length < 1024, String(value.length))
  assert.ok(visitor.cookieHeader().length <= 6_000)
})

test('DS-06 a provider of OAuth 1.0a that hangs holds at most 64 starts, and further ones are refused at once', {
  timeout: 20_000,
}, async () => {
  const gate = createBarrier()
  oauth1App.far.on(ASKS, async (_request, _response, next) => {
    await gate.pass()
    next()
  })
  const held = Array.from({ length: 64 }, () => oauth1App.newVisitor().open(START))
  await gate.arrived(64)
  const page = await oauth1App.newVisitor().open(START)
  assertRefused(page, 503, 'provider_busy')
  assert.equal(retryPath(page, 'trail'), '/profile')
  gate.open()
  for (const { status } of await Promise.all(held)) assert.equal(status, 303)
})

const TOKENS: readonly [what: string, reply: RequestHandler, code: string][] = [
  ['O1-06 sends an empty secret', sends('oauth_token=a&oauth_token_secret='), 'provider_malformed'],
  ['O1-06 sends no token', sends('oauth_token_secret=b'), 'provider_malformed'],
  ['O1-06 sends a token twice', sends('oauth_token=a&oauth_token=b&oauth_token_secret=c'), 'provider_malformed'],
  ['O1-06 sends a plus sign as it stands', sends('oauth_token=a+b&oauth_token_secret=c'), 'provider_malformed'],
  ['O1-06 sends a byte order mark', sends('\ufeffoauth_token=a&oauth_token_secret=b'), 'provider_malformed'],
  ['O1-06 sends a page', HTML, 'provider_malformed'],
  ['O1-07 finds our clock wrong', sends(SKEW, { status: 401 }), 'provider_error'],
]

for (const [what, response, code] of TOKENS) {
  test(`a provider of OAuth 1.0a that, given the verifier, ${what} signs no user in`, async () => {
    oauth1App.far.on(GRANTS, response)
    const visitor = oauth1App.newVisitor()
    const callback = await visitor.startSignIn(START)
    const page = await visitor.open(callback)
    assertRefused(page, 502, code)
    await assertNothingLeft(page)
    assertRefused(await visitor.open(callback), 400, 'attempt_used')
    assert.deepEqual([oauth1App.far.calls(GRANTS), oauth1App.far.calls(USER)], [1, 0])
  })
}

test('O1-07 the log has the clock problem that a provider of OAuth 1.0a reports, with its timestamps', () => {
  assert.match(oauth1App.app.logged(), /clock[^\n]*946684800 to 946685400[^\n]*timestamp_refused/)
})

test('O1-23 the token response and the user endpoint must name the same user, or no user is signed in', async () => {
  for (const reported of [{ id_str: 'id-of-mallory' }, { id_str: 'ID-OF-ADA' }, { id_str: 'id-of-ada ' }]) {
    oauth1App.far.on(USER, (_request, response) => void response.json(reported))
    const page = await oauth1App.newVisitor().follow(START)
    assertRefused(page, 502, 'subject_mismatch')
    await assertNothingLeft(page)
    assert.ok(!oauth1App.app.logged().includes('mallory'))
  }
})

test('O1-23 the user endpoint alone names the user if the token response does not', async () => {
  oauth1App.far.on(GRANTS, sends('oauth_token=a&oauth_token_secret=b'))
  assert.equal((await oauth1App.newVisitor().follow(START)).url, `${oauth1App.app.origin}/profile`)
  oauth1App.app.db.exec('delete from users')
})

test('O1-23 a profile that is about another user later is not shown', async () => {
  const visitor = oauth1App.newVisitor()
  assert.equal((await visitor.follow('/')).status, 200)
  oauth1App.far.on(USER, (_request, response) => void response.json({ id_str: 'id-of-mallory', name: 'Mallory' }))
  const page = await visitor.open('/profile')
  assert.equal(page.status, 200)
  assert.doesNotMatch(page.text, /Mallory/)
  oauth1App.app.db.exec('delete from users')
})

describe('O1-22 A redirect of a signed call is not followed', () => {
  let strangers = 0
  const elsewhere = createServer((_request, response) => {
    strangers++
    response.end()
  })
  before(() => new Promise<void>(resolve => void elsewhere.listen(0, '127.0.0.1', resolve)))
  after(() => void elsewhere.close())

  for (const path of [ASKS, GRANTS, USER]) {
    for (const status of [301, 302, 307, 308]) {
      test(`O1-22 a redirect of a signed call is not followed: ${status} of ${path}`, async () => {
        const port = (elsewhere.address() as AddressInfo).port
        oauth1App.far.on(path, sends('', { status, headers: { Location: `http://127.0.0.1:${port}${path}` } }))
        const page = await oauth1App.newVisitor().follow(START)
        assertRefused(page, 502, 'provider_malformed')
        assert.equal(strangers, 0)
        await assertNothingLeft(page)
      })
    }
  }

  test('O1-22 a redirect of a signed call is not followed and the log says which URL to write instead', () => {
    assert.match(oauth1App.app.logged(), /redirect \(301\)[^\n]*https URL/)
  })
})

describe('A17 a provider of OAuth 1.0a whose temporary credentials are as long as they may be', () => {
  const ODD = '"\\'.repeat(256)

  test('A17 the longest temporary credentials of OAuth 1.0a sign a user in, and the return path is known without room in the cookies', async () => {
    oauth1App.far.on(ASKS, credentialsOf(ODD, ODD))
    const visitor = oauth1App.newVisitor()
    const wanted = `/${'x'.repeat(1_000)}`
    const page = await visitor.open(`/login/trail?return_to=${wanted}`)
    assert.equal(page.status, 303)
    for (const line of [page.headers['set-cookie'] ?? []].flat()) assert.ok(line.length < 1_024, `${line.length}`)
    assert.ok(visitor.cookieHeader().length <= 6_000)
    oauth1App.far.on(GRANTS, sends('oauth_token=granted&oauth_token_secret=secret'))
    const back = `/oauth/trail/callback?${new URLSearchParams({ oauth_token: ODD, oauth_verifier: 'v' })}`
    assert.equal((await visitor.open(back)).location, oauth1App.app.origin + wanted)
    assert.equal(await visitor.login(), 'ada')
  })
})

const credentialsOf = (token: string, secret: string): RequestHandler =>
  sends(
    String(new URLSearchParams({ oauth_token: token, oauth_token_secret: secret, oauth_callback_confirmed: 'true' })),
  )
