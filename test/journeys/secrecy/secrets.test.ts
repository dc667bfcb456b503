import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RequestHandler } from 'express'
import { randomToken } from '../../../src/crypto/random.js'
import { OAUTH1_FAULTS, OAUTH2_FAULTS, OIDC_FAULTS } from '../../dev-provider/fault-outcomes.js'
import { consentAtOnce, reply } from '../../support/acme-app.js'
import { type OAuth1Provider, startOAuth1Provider } from '../../support/fake-oauth1.js'
import { type FakeHandler, type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import { ASKS, GRANTS, USER } from '../../support/oauth1-app.js'
import { createSecretSearch, filesOf, type RecordedPages, RecordingBrowser } from '../../support/secret-search.js'
import { bySignal } from '../../support/signal-deadline.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

const MINUTE = 60_000
const FORM = 'application/x-www-form-urlencoded'
const KEY = randomToken()
const CLIENT_SECRETS = {
  ...{ acme: randomToken(), dev: randomToken(), 'dev-oidc': randomToken(), 'dev-oauth1': randomToken() },
}
const DEV_PROVIDERS = { dev: OAUTH2_FAULTS, 'dev-oidc': OIDC_FAULTS, 'dev-oauth1': OAUTH1_FAULTS }

let fake: FakeProvider
let oauth1App: OAuth1Provider
let app: WatchedApp
let clock = Date.now()
/** How long a provider is waited for: only those that are slow on purpose find out. */
let timeoutMs = MINUTE
let randomnessFails = false

const recorded: RecordedPages = { shown: [], forms: new Set() }
const search = createSecretSearch()
const { add: addSecret } = search

/** A token endpoint that hands out tokens nobody could guess. */
const issueTokens: FakeHandler = (seen, response) => {
  const tokens = { access_token: randomToken(), refresh_token: randomToken() }
  addSecret('access token', tokens.access_token)
  addSecret('refresh token', tokens.refresh_token)
  json({ ...tokens, token_type: 'Bearer', expires_in: 3600 })(seen, response)
}

/** Sends back whatever it was sent, as a careless error page does. */
const echo: FakeHandler = ({ headers, body }, response) => {
  const text = JSON.stringify({ error: 'server_error', error_description: body, headers, message: body })
  response.writeHead(500, { 'Content-Type': 'application/json', 'X-Echo': headers.authorization ?? '' }).end(text)
}

before(async () => {
  fake = await startFakeProvider()
  oauth1App = await startOAuth1Provider()
  app = await startWatchedApp(
    {
      ...oauth1App.settings('trail'),
      ...fake.settings(),
      ACME_CLIENT_SECRET: CLIENT_SECRETS.acme,
      DEV_CLIENT_SECRET: CLIENT_SECRETS.dev,
      DEV_OIDC_CLIENT_SECRET: CLIENT_SECRETS['dev-oidc'],
      DEV_OAUTH1_CLIENT_SECRET: CLIENT_SECRETS['dev-oauth1'],
      PROVIDERS: ['acme', 'trail', ...Object.keys(DEV_PROVIDERS)].join(),
      SECRET_KEYS: KEY,
      // Each provider has an Ada with the same address, and each walk is somebody's own.
      ACCOUNT_LINKING: 'never',
      LOG_LEVEL: 'trace',
    },
    {
      now: () => clock,
      deadline: bySignal(() => AbortSignal.timeout(timeoutMs)),
      random() {
        if (randomnessFails) throw new Error(`No randomness for ${KEY.length} characters`)
        return randomToken()
      },
    },
  )
  addSecret('key', KEY, Buffer.from(KEY, 'base64url').toString('hex'), Buffer.from(KEY, 'base64url').toString('latin1'))
  addSecret('client secret', ...Object.values(CLIENT_SECRETS))
  await walk()
  // Besides what was sent, what the provider of OAuth 1.0a lent and granted.
  addSecret('signed sign-in', ...oauth1App.secrets())
  search.addReceived(fake.requests)
  await addStoredTokens()
})
after(async () => {
  await app.stop()
  await Promise.all([fake.stop(), oauth1App.stop()])
})

async function walk(): Promise<void> {
  for (const provider of ['acme', 'trail', ...Object.keys(DEV_PROVIDERS)]) await successfulSignIns(provider)
  // First, because its provider looks at the clock of the wall.
  await failingOAuth1()
  await failingResponses()
  await badProvider()
  for (const [devProvider, faults] of Object.entries(DEV_PROVIDERS)) {
    for (const { name } of faults) await badDevelopmentProvider(devProvider, name)
  }
  await failingApp()
}

function reset(): void {
  consentAtOnce(fake)
  fake.on('/token', issueTokens)
  oauth1App.reset()
}

const newRecordingBrowser = () => new RecordingBrowser(app.origin, KEY, search, recorded)

/** Signs in; returns the URL that the provider sent them back to. */
async function enter(visitor: RecordingBrowser, provider: string): Promise<string> {
  const path = `/login/${provider}?return_to=/profile`
  const callback =
    provider in DEV_PROVIDERS
      ? await visitor.callbackUrl('ada', path)
      : ((await visitor.open((await visitor.open(path)).location ?? '')).location ?? '')
  assert.equal((await visitor.follow(callback)).status, 200)
  return callback
}

async function successfulSignIns(provider: string): Promise<void> {
  reset()
  const visitor = newRecordingBrowser()
  const callback = await enter(visitor, provider)
  for (const path of ['/', '/profile', '/api/session', '/login', callback]) await visitor.open(path)
  await visitor.submit(await visitor.open('/logout'), '/logout')
  for (const path of ['/signed-out', callback, '/', '/api/session']) await visitor.open(path)
  // Somebody stays, so that the database has something to hide.
  await enter(newRecordingBrowser(), provider)
}

/** What browsers bring back, and what strangers send. */
async function failingResponses(): Promise<void> {
  const bends: ((query: URLSearchParams) => void)[] = [
    query => query.set('state', randomToken()),
    query => query.append('state', randomToken()),
    query => query.append('code', randomToken()),
    query => query.delete('code'),
    query => query.set('error', 'server_error'),
    query => query.set('error_description', query.get('code') ?? ''),
  ]
  for (const bend of bends) {
    reset()
    const visitor = newRecordingBrowser()
    const { location = '' } = await visitor.open('/login/acme')
    const back = new URL((await visitor.open(location)).location ?? '')
    addSecret('code', back.searchParams.get('code'))
    bend(back.searchParams)
    await visitor.open(back.href)
    await newRecordingBrowser().open(back.href)
    await newRecordingBrowser().open(back.href.replace('/oauth/acme/', '/oauth/dev/'))
    await newRecordingBrowser().ask(back.href, { method: 'POST', form: Object.fromEntries(back.searchParams) })
  }
  const ada = newRecordingBrowser()
  await enter(ada, 'acme')
  for (const path of ['/nowhere', '/login/nobody', '/account', '/oauth/acme/callback']) await ada.open(path)
  await ada.ask('/logout', { method: 'POST', form: { csrf: randomToken() } })
  await ada.ask('/profile', { method: 'DELETE', headers: { Authorization: `Bearer ${randomToken()}` } })
  clock += 11 * MINUTE
}

async function badProvider(): Promise<void> {
  const token = randomToken()
  addSecret('access token', token)
  const responses: FakeHandler[] = [
    echo,
    reply(`{"access_token":"${token}","token_type":`),
    reply(`{"access_token":"${token} x","token_type":"Bearer"}`),
    json({ access_token: token, token_type: 'mac' }),
    // Each of a type that is refused, because an expires_in and a scope in odd words end no sign-in since B-15.
    json({ access_token: token, token_type: 'mac', expires_in: token }),
    json({ access_token: token, token_type: 'DPoP', [token]: token, scope: [token] }),
    json({ data: { access_token: `${token} x`, scope: token } }),
    reply(`access_token=${token}&token_type=mac`, { type: 'text/plain' }),
    reply(`<p>${token}</p>`, { type: 'text/html' }),
    reply('', { status: 307, headers: { Location: `https://evil.example/?${token}` } }),
    reply(token.repeat(10_000)),
    (_, response) => void response.socket?.destroy(),
  ]
  for (const handler of responses) {
    for (const path of ['/token', '/user']) {
      reset()
      fake.on(path, handler)
      const visitor = newRecordingBrowser()
      assert.ok((await visitor.follow('/login/acme')).status >= 400)
    }
  }
  reset()
  fake.on('/user', (seen, response) => json({ id: 2, login: 'echo', headers: { ...seen.headers } })(seen, response))
  const ada = newRecordingBrowser()
  for (let time = 0; time < 2; time++) await enter(ada, 'acme')
  fake.on('/user', echo)
  await ada.open('/profile')
}

/** One of OAuth 1.0a that sends back what it was sent, or what it gave, at each of its endpoints. */
async function failingOAuth1(): Promise<void> {
  const echoes: RequestHandler[] = [
    ({ headers }, response) => void response.status(500).json({ error: 'server_error', headers }),
    ({ headers }, response) => void response.status(401).type('text').send(`oauth_problem=${headers.authorization}`),
    (_, response) => void response.type(FORM).send(`oauth_token=a&oauth_token=${oauth1App.secrets().join('&')}`),
    (_, response) => void response.type('html').send(oauth1App.secrets().join()),
    (_, response) => void response.redirect(`https://evil.example/?${oauth1App.secrets().join()}`),
  ]
  for (const path of [ASKS, GRANTS, USER]) {
    for (const handler of echoes) {
      reset()
      oauth1App.on(path, handler)
      assert.ok((await newRecordingBrowser().follow('/login/trail')).status >= 400)
    }
  }
  reset()
  const own = () => oauth1App.secrets().slice(-2)
  oauth1App.on(USER, (_, response) => void response.json({ id: 3, name: 'Ada Lovelace', text: own() }))
  const ada = newRecordingBrowser()
  await enter(ada, 'trail')
  oauth1App.on(USER, echoes[0] ?? assert.fail())
  await ada.open('/profile')
  for (const path of [
    '/oauth/trail/callback?denied=',
    `/oauth/trail/callback?oauth_verifier=${randomToken()}&oauth_token=`,
  ]) {
    const visitor = newRecordingBrowser()
    const { location = '' } = await visitor.open('/login/trail')
    const token = new URL(location).searchParams.get('oauth_token') ?? ''
    for (const user of [newRecordingBrowser(), visitor]) await user.open(path + encodeURIComponent(token))
  }
}

/** Some faults wait until nobody has patience any more; others let people in, and change the profile only. */
async function badDevelopmentProvider(devProvider: string, fault: string): Promise<void> {
  const visitor = newRecordingBrowser()
  const callback = await visitor.callbackUrl('ada', `/login/${devProvider}`, fault)
  addSecret('code', new URL(callback).searchParams.get('code'))
  timeoutMs = 300
  await visitor.open(callback)
  await visitor.open('/profile')
  timeoutMs = MINUTE
}

/** What goes wrong on our own side. */
async function failingApp(): Promise<void> {
  reset()
  const ada = newRecordingBrowser()
  await enter(ada, 'acme')
  randomnessFails = true
  assert.equal((await newRecordingBrowser().open('/login/acme')).status, 500)
  randomnessFails = false
  for (const table of ['provider_tokens', 'used_attempts', 'sessions']) {
    clock += 5_000
    app.db.exec(`alter table ${table} rename to lost_${table}`)
    for (const path of ['/', '/profile', '/health/ready']) await ada.open(path)
    await newRecordingBrowser().follow('/login/acme')
    app.db.exec(`alter table lost_${table} rename to ${table}`)
  }
}

async function addStoredTokens(): Promise<void> {
  const ids = app.db.prepare<[], string>('select identity_id from provider_tokens').pluck().all()
  for (const id of ids) await search.addStored(app.vestibule.store, id)
}

test('the walk passed by every kind of secret', () => {
  const kinds = ['access token', 'client secret', 'code', 'key', 'nonce', 'refresh token', 'state', 'verifier']
  kinds.push('signed sign-in', 'temporary secret', 'token secret')
  const cookies = ['vestibule-attempt', 'vestibule-flash', 'vestibule-session']
  assert.deepEqual([...search.kinds.keys()].sort(), [...kinds, ...cookies].sort())
  for (const [kind, values] of search.kinds) {
    assert.ok(values.size > 0, kind)
    for (const value of values) assert.ok(value.length >= 24, `${kind} ${value} is too short to be looked for`)
  }
  assert.ok(recorded.forms.size > 2)
})

test('SE-26 no page and no header shows a token, code, verifier, handle or key', () => {
  const text = recorded.shown.join('\n')
  assert.ok(text.includes('Ada Lovelace') && text.includes('attempt_used') && text.includes('store_unavailable'))
  search.assertNoneIn('a page', text)
})

test('the log holds none of them', () => {
  const text = app.logged()
  assert.ok(text.includes('error server_error') && text.includes('No randomness for 43 characters'))
  search.assertNoneIn('the log', text, [...recorded.forms])
})

test('the files of the database hold none of them', () => {
  const bytes = filesOf(app.db)
  assert.ok(bytes.includes('ada@example.org'))
  search.assertNoneIn('the database', bytes, [...recorded.forms])
})
