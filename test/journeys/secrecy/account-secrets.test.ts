// The whole life of accounts, and then a search of everything that it left: pages, log, and the raw database.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomToken } from '../../../src/crypto/random.js'
import { movesTo } from '../../support/account-actions.js'
import { assertRefused, deferred } from '../../support/acme-app.js'
import { type OAuth1Provider, startOAuth1Provider } from '../../support/fake-oauth1.js'
import { type FakeOAuth2, startFakeOAuth2 } from '../../support/fake-oauth2.js'
import { type FakeOidc, startFakeOidc } from '../../support/fake-oidc.js'
import { makeLogoutToken, postLogoutToken } from '../../support/fake-oidc-logout.js'
import { type FakeHandler, json } from '../../support/fake-provider.js'
import type { Page } from '../../support/http-browser.js'
import { USER } from '../../support/oauth1-app.js'
import { createSecretSearch, filesOf, type RecordedPages, RecordingBrowser } from '../../support/secret-search.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

const HOUR = 3_600_000
const KEY = randomToken()
const [ACME_SECRET, OP_SECRET] = [randomToken(), randomToken()]

let acme: FakeOAuth2
let op: FakeOidc
let oauth1App: OAuth1Provider
let app: WatchedApp
let clock = Date.now()
const recorded: RecordedPages = { shown: [], forms: new Set() }
const search = createSecretSearch()

before(async () => {
  const now = () => clock
  acme = await startFakeOAuth2('acme', now)
  op = await startFakeOidc({ now })
  oauth1App = await startOAuth1Provider()
  app = await startWatchedApp(
    {
      ...{ ...oauth1App.settings('trail'), ...op.settings('op'), ...acme.settings('acme'), ...acme.laterSettings() },
      ...{ PROVIDERS: 'acme,op,trail', ACME_CLIENT_SECRET: ACME_SECRET, OP_CLIENT_SECRET: OP_SECRET },
      ...{ SECRET_KEYS: KEY, ACCOUNT_LINKING: 'never', LOG_LEVEL: 'trace' },
    },
    { now },
  )
  const bytes = Buffer.from(KEY, 'base64url')
  search.add('key', KEY, bytes.toString('hex'), bytes.toString('latin1'))
  search.add('client secret', ACME_SECRET, OP_SECRET)
  op.override({ logout: {}, refresh: {}, metadata: { revocation_endpoint: `${op.origin}/revoke` } })
  op.on('/revoke', (_, response) => void response.writeHead(200).end())
  op.postLogoutRedirectUris.push(`${app.origin}/signed-out`)
  acme.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
  // First, because the provider of OAuth 1.0a looks at the clock of the wall.
  await signedLife()
  await successfulSignIns()
  await failures()
  // Somebody stays at each provider, so that the database has something to hide.
  for (const provider of ['acme', 'op']) await enter(provider)
  addProviderSecrets()
})
after(async () => {
  await app.stop()
  await Promise.all([acme.stop(), op.stop(), oauth1App.stop()])
})

const newRecordingBrowser = () => new RecordingBrowser(app.origin, KEY, search, recorded)

async function enter(provider: string, visitor = newRecordingBrowser()): Promise<RecordingBrowser> {
  const page = await visitor.follow(`/login/${provider}?return_to=/account`)
  assert.equal(page.status, 200, page.text)
  await addStored()
  return visitor
}

async function act(visitor: RecordingBrowser, action: string, fields: Record<string, string> = {}): Promise<Page> {
  return visitor.submit(await visitor.open('/account'), action, fields)
}

/** What is stored now, and may be another token in an hour. */
async function addStored(): Promise<void> {
  const ids = app.db.prepare<[], string>('select identity_id from provider_tokens').pluck().all()
  for (const id of ids) await search.addStored(app.vestibule.store, id)
}

async function connect(visitor: RecordingBrowser, provider: string): Promise<Page> {
  const page = await visitor.follow(movesTo(await act(visitor, `/account/connect/${provider}`)))
  await addStored()
  return page
}

/** Opens every page that there is. */
async function openEveryPage(visitor: RecordingBrowser): Promise<void> {
  for (const path of ['/', '/profile', '/account', '/account?connect=op', '/api/session', '/logout', '/login']) {
    assert.equal((await visitor.open(path)).status, 200, path)
  }
  await addStored()
}

/** OAuth 1.0a: connected, taken off again, refused by a provider that tells all it knows; and somebody stays. */
async function signedLife(): Promise<void> {
  const ada = await enter('acme')
  assert.match((await connect(ada, 'trail')).text, /is connected/)
  await openEveryPage(ada)
  await act(ada, `/account/connections/${identityAt('trail')}/disconnect`)
  oauth1App.on(USER, (_, response) => void response.status(401).json({ text: oauth1App.secrets() }))
  assert.ok((await newRecordingBrowser().follow('/login/trail')).status >= 400)
  oauth1App.reset()
  await openEveryPage(await enter('trail'))
}

const identityAt = (provider: string) =>
  app.db.prepare<[string], string>('select id from identities where provider = ?').pluck().get(provider)

/** Connections, renewed tokens, and each way in which a session ends. */
async function successfulSignIns(): Promise<void> {
  const ada = await enter('acme')
  assert.match((await connect(ada, 'op')).text, /is connected/)
  clock += HOUR
  await openEveryPage(ada)

  const desk = await enter('op')
  clock += HOUR
  await openEveryPage(desk)
  await enter('op')
  await act(desk, '/account/sessions/end-others')
  const leaving = await desk.submit(await desk.open('/logout'), '/logout')
  assert.match((await desk.follow(movesTo(leaving))).text, /signed out/i)

  const phone = await enter('op')
  await backchannel(200)
  assert.match((await phone.ask('/api/session')).text, /"signed_in":false/)
  const other = await enter('acme')
  await act(other, '/account/delete', { confirm: 'ada' })
}

/** A logout token about the newest session; ours to be kept, whatever comes of it. */
async function backchannel(status: number, claims: object = {}): Promise<void> {
  const session = op.sessions.at(-1) ?? assert.fail('Nobody has signed in there')
  const token = await makeLogoutToken(op, session, { claims })
  search.add('logout token', token, token.split('.')[2])
  const response = await postLogoutToken(`${app.origin}/oauth/op/backchannel-logout`, token)
  assert.equal(response.status, status, response.text)
  recorded.shown.push(response.text)
}

/** Sends back whatever it was sent, as a careless error page does. */
const echo: FakeHandler = (seen, response) => {
  const { headers, body } = seen
  return json({ error: 'server_error', error_description: body, headers }, 500)(seen, response)
}

/** Providers that echo what they are sent, at each of the newer calls; and notices that do not hold. */
async function failures(): Promise<void> {
  const ada = await enter('acme')
  assert.match((await connect(ada, 'op')).text, /is connected/)
  clock += HOUR
  acme.tokens.failNext(echo)
  await openEveryPage(ada)
  const { happened, happen } = deferred()
  acme.on('/revoke', (seen, response) => {
    response.on('finish', happen)
    return echo(seen, response)
  })
  const desk = await enter('op')
  await act(desk, `/account/connections/${identityAt('acme')}/disconnect`)
  await happened
  acme.open()
  acme.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })

  await backchannel(400, { nonce: randomToken() })
  await backchannel(400, { aud: randomToken() })
  clock += HOUR
  op.override({ refresh: { claims: { sub: 'somebody else' } } })
  await desk.open('/profile')
  op.override({ refresh: {} })

  const [hers, theirs] = [await enter('acme'), await enter('op')]
  assertRefused(await connect(theirs, 'acme'), 409, 'link_conflict')
  assert.equal((await act(hers, '/account/delete', { confirm: 'nobody' })).status, 400)
  acme.tokens.revokeAll()
  clock += HOUR
  assert.match((await hers.open('/profile')).text, /needs to be reconnected/)
}

function addProviderSecrets(): void {
  search.add('signed sign-in', ...oauth1App.secrets())
  search.addReceived(acme.requests)
  search.addReceived(op.requests)
  for (const { form } of [...acme.requests, ...op.requests]) search.add('token given back', form.get('token'))
  for (const token of [...op.issued].map(String)) search.add('ID token', token, token.split('.')[2])
}

test('the life passed by every kind of secret', () => {
  const kinds = [
    ...['ID token', 'access token', 'client secret', 'code', 'key', 'logout token', 'nonce', 'refresh token'],
    ...['signed sign-in', 'state', 'temporary secret', 'token given back', 'token secret', 'verifier'],
    ...['vestibule-attempt', 'vestibule-flash', 'vestibule-session'],
  ]
  assert.deepEqual([...search.kinds.keys()].sort(), kinds.sort())
  for (const [kind, values] of search.kinds) {
    assert.ok(values.size > 0, kind)
    for (const value of values) assert.ok(value.length >= 24, `${kind} ${value} is too short to be looked for`)
  }
})

test('SE-26 no page, no header and no answer to a provider shows one of them', () => {
  const text = recorded.shown.join('\n')
  for (const word of ['Ada Lovelace', 'link_conflict', 'needs to be reconnected', 'Connected op']) {
    assert.ok(text.includes(word), word)
  }
  search.assertNoneIn('a page', text)
})

test('the log holds none of them', () => {
  assert.match(app.logged(), /"error":"link_conflict"/)
  search.assertNoneIn('the log', app.logged(), [...recorded.forms])
})

test('the raw database and its log of writes hold none of them in clear, among them ID tokens', () => {
  const rows = (table: string) => Number(app.db.prepare(`select count(*) from ${table}`).pluck().get())
  assert.ok(rows('sessions where id_token is not null') > 0 && rows('provider_tokens') > 2 && rows('events') > 9)
  const bytes = filesOf(app.db)
  assert.ok(bytes.includes('ada@example.org'))
  search.assertNoneIn('the database', bytes, [...recorded.forms])
})
