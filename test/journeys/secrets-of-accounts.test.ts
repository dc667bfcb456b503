// The whole life of accounts, and then a search of everything that it left: pages, log, and the raw database.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { randomToken } from '../../src/crypto/random.js'
import { assertRefused, occasion } from '../support/acme.js'
import { movesTo } from '../support/connecting.js'
import { type FarHandler, json } from '../support/fake-provider.js'
import { type OAuth1Provider, startOAuth1Provider } from '../support/oauth1-provider.js'
import { type Op, startOp } from '../support/op.js'
import { makeLogoutToken, postLogoutToken } from '../support/op-logout.js'
import { type PlainProvider, startPlainProvider } from '../support/plain-provider.js'
import { createSecretSearch, type Exhibits, filesOf, Witness } from '../support/secret-search.js'
import { USER } from '../support/trail.js'
import type { Page } from '../support/visitor.js'
import { startWatchedApp, type WatchedApp } from '../support/watched-app.js'

const HOUR = 3_600_000
const KEY = randomToken()
const [ACME_SECRET, OP_SECRET] = [randomToken(), randomToken()]

let acme: PlainProvider
let op: Op
let trail: OAuth1Provider
let app: WatchedApp
let clock = Date.now()
const exhibits: Exhibits = { shown: [], forms: new Set() }
const search = createSecretSearch()

before(async () => {
  const now = () => clock
  acme = await startPlainProvider('acme', now)
  op = await startOp({ now })
  trail = await startOAuth1Provider()
  app = await startWatchedApp(
    {
      ...{ ...trail.settings('trail'), ...op.settings('op'), ...acme.settings('acme'), ...acme.laterSettings() },
      ...{ PROVIDERS: 'acme,op,trail', ACME_CLIENT_SECRET: ACME_SECRET, OP_CLIENT_SECRET: OP_SECRET },
      ...{ SECRET_KEYS: KEY, ACCOUNT_LINKING: 'never', LOG_LEVEL: 'trace' },
    },
    { now },
  )
  const bytes = Buffer.from(KEY, 'base64url')
  search.keep('key', KEY, bytes.toString('hex'), bytes.toString('latin1'))
  search.keep('client secret', ACME_SECRET, OP_SECRET)
  op.bend({ logout: {}, refresh: {}, metadata: { revocation_endpoint: `${op.origin}/revoke` } })
  op.on('/revoke', (_, response) => void response.writeHead(200).end())
  op.postLogoutRedirectUris.push(`${app.origin}/signed-out`)
  acme.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
  // First, because the provider of OAuth 1.0a looks at the clock of the wall.
  await signedLife()
  await goodLife()
  await badDays()
  // Somebody stays at each provider, so that the database has something to hide.
  for (const provider of ['acme', 'op']) await enter(provider)
  keepWhatProvidersKnow()
})
after(async () => {
  await app.stop()
  await Promise.all([acme.stop(), op.stop(), trail.stop()])
})

const newWitness = () => new Witness(app.origin, KEY, search, exhibits)

async function enter(provider: string, visitor = newWitness()): Promise<Witness> {
  const page = await visitor.follow(`/login/${provider}?return_to=/account`)
  assert.equal(page.status, 200, page.text)
  await keepStored()
  return visitor
}

async function act(visitor: Witness, action: string, fields: Record<string, string> = {}): Promise<Page> {
  return visitor.submit(await visitor.open('/account'), action, fields)
}

/** What is stored now, and may be another token in an hour. */
async function keepStored(): Promise<void> {
  const ids = app.db.prepare<[], string>('select identity_id from provider_tokens').pluck().all()
  for (const id of ids) await search.keepStored(app.vestibule.store, id)
}

async function connect(visitor: Witness, provider: string): Promise<Page> {
  const page = await visitor.follow(movesTo(await act(visitor, `/account/connect/${provider}`)))
  await keepStored()
  return page
}

/** Opens every page that there is. */
async function lookAround(visitor: Witness): Promise<void> {
  for (const path of ['/', '/profile', '/account', '/account?connect=op', '/api/session', '/logout', '/login']) {
    assert.equal((await visitor.open(path)).status, 200, path)
  }
  await keepStored()
}

/** OAuth 1.0a: connected, taken off again, refused by a provider that tells all it knows; and somebody stays. */
async function signedLife(): Promise<void> {
  const ada = await enter('acme')
  assert.match((await connect(ada, 'trail')).text, /is connected/)
  await lookAround(ada)
  await act(ada, `/account/connections/${identityAt('trail')}/disconnect`)
  trail.on(USER, (_, response) => void response.status(401).json({ said: trail.secrets() }))
  assert.ok((await newWitness().follow('/login/trail')).status >= 400)
  trail.reset()
  await lookAround(await enter('trail'))
}

const identityAt = (provider: string) =>
  app.db.prepare<[string], string>('select id from identities where provider = ?').pluck().get(provider)

/** Connections, renewed tokens, and each way in which a session ends. */
async function goodLife(): Promise<void> {
  const ada = await enter('acme')
  assert.match((await connect(ada, 'op')).text, /is connected/)
  clock += HOUR
  await lookAround(ada)

  const desk = await enter('op')
  clock += HOUR
  await lookAround(desk)
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
  search.keep('logout token', token, token.split('.')[2])
  const answer = await postLogoutToken(`${app.origin}/oauth/op/backchannel-logout`, token)
  assert.equal(answer.status, status, answer.text)
  exhibits.shown.push(answer.text)
}

/** Sends back whatever it was sent, as a careless error page does. */
const echo: FarHandler = (seen, response) => {
  const { headers, body } = seen
  return json({ error: 'server_error', error_description: body, headers }, 500)(seen, response)
}

/** Providers that echo what they are sent, at each of the newer calls; and notices that do not hold. */
async function badDays(): Promise<void> {
  const ada = await enter('acme')
  assert.match((await connect(ada, 'op')).text, /is connected/)
  clock += HOUR
  acme.tokens.failNext(echo)
  await lookAround(ada)
  const { happened, happen } = occasion()
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
  op.bend({ refresh: { claims: { sub: 'somebody else' } } })
  await desk.open('/profile')
  op.bend({ refresh: {} })

  const [hers, theirs] = [await enter('acme'), await enter('op')]
  assertRefused(await connect(theirs, 'acme'), 409, 'link_conflict')
  assert.equal((await act(hers, '/account/delete', { confirm: 'nobody' })).status, 400)
  acme.tokens.revokeAll()
  clock += HOUR
  assert.match((await hers.open('/profile')).text, /needs to be reconnected/)
}

function keepWhatProvidersKnow(): void {
  search.keep('signed sign-in', ...trail.secrets())
  search.keepSeen(acme.seen)
  search.keepSeen(op.seen)
  for (const { form } of [...acme.seen, ...op.seen]) search.keep('token given back', form.get('token'))
  for (const token of [...op.issued].map(String)) search.keep('ID token', token, token.split('.')[2])
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
  const text = exhibits.shown.join('\n')
  for (const word of ['Ada Lovelace', 'link_conflict', 'needs to be reconnected', 'Connected op']) {
    assert.ok(text.includes(word), word)
  }
  search.assertNoneIn('a page', text)
})

test('the log holds none of them', () => {
  assert.match(app.logged(), /"error":"link_conflict"/)
  search.assertNoneIn('the log', app.logged(), [...exhibits.forms])
})

test('the raw database and its log of writes hold none of them in clear, among them ID tokens', () => {
  const rows = (table: string) => Number(app.db.prepare(`select count(*) from ${table}`).pluck().get())
  assert.ok(rows('sessions where id_token is not null') > 0 && rows('provider_tokens') > 2 && rows('events') > 9)
  const bytes = filesOf(app.db)
  assert.ok(bytes.includes('ada@example.org'))
  search.assertNoneIn('the database', bytes, [...exhibits.forms])
})
