import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, before, beforeEach, describe, test } from 'node:test'
import { EXCHANGE_TIMEOUT_MS } from '../../../src/accounts/provider-calls.js'
import {
  type FaultOutcome,
  type FaultRefused,
  type FaultSignedIn,
  OAUTH1_OUTCOMES,
  OAUTH2_OUTCOMES,
  OIDC_OUTCOMES,
} from '../../dev-provider/fault-outcomes.js'
import { assertHides, assertRefused, deferred, sessionOf } from '../../support/acme-app.js'
import { paramsOf } from '../../support/fake-oauth1-signatures.js'
import { HttpBrowser, type Page } from '../../support/http-browser.js'
import { whatHappened, whatToDo } from '../../support/page-notes.js'
import { bySignal } from '../../support/signal-deadline.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

const RETURN_PATH = '/profile?tab=repos&x=%26'
const DEADLINE = 10_000
const MINUTE = 60_000
const SECRET = 'the-secret-of-the-app'

/** One protocol of the development provider, as the app knows it. */
interface DevProvider {
  name: string
  label: string
  token: string
  user: string
  ends: Readonly<Record<string, FaultOutcome>>
}

const DEV_PROVIDERS: readonly DevProvider[] = [
  {
    ...{ name: 'dev', label: 'Development provider', ends: OAUTH2_OUTCOMES },
    ...{ token: '/login/oauth/access_token', user: '/user' },
  },
  {
    ...{ name: 'dev-oidc', label: 'Development provider (OpenID Connect)', ends: OIDC_OUTCOMES },
    ...{ token: '/oidc/token', user: '/oidc/userinfo' },
  },
  {
    ...{ name: 'dev-oauth1', label: 'Development provider (OAuth 1.0a)', ends: OAUTH1_OUTCOMES },
    ...{ token: '/oauth1/access_token', user: '/oauth1/user' },
  },
]

const NO_LOSS = 'Nothing was lost, and nobody was signed in.'

/** What the page says of each code. */
const SAYS: Readonly<Record<string, (label: string) => string>> = {
  provider_denied: label => `That is fine: ${label} told us nothing about you. ${NO_LOSS}`,
  attempt_missing: () => NO_LOSS,
  state_missing: () => 'This link belongs to no sign-in',
  code_missing: label => `${label} sent you back without the verifier`,
  issuer_mismatch: label => label,
  provider_error: label => `${label} could not finish the sign-in`,
  provider_malformed: label => `We cannot read the answer from ${label}`,
  provider_slow: () => 'It did not answer in time.',
  provider_unreachable: () => 'The connection failed.',
  id_token_invalid: label => `We could not verify the answer from ${label}`,
  subject_mismatch: label => `${label} gave two different identities`,
}

/** A request at the development provider. */
interface ReceivedRequest {
  path: string
  authorization: string | undefined
  response: ServerResponse
}

let app: WatchedApp
let clock = Date.now()
let received: ReceivedRequest[] = []
let reached = deferred()
let reachedPath: string | undefined
/** Ends the calls that wait, as the clock would. */
let timeIsUp = new AbortController()
const deadlines: number[] = []
const pauses: number[] = []
const random: string[] = []

const overrides = {
  now: () => clock,
  deadline: bySignal(ms => {
    deadlines.push(ms)
    // A call's own deadline ends first.
    return ms === DEADLINE ? timeIsUp.signal : new AbortController().signal
  }),
  async pause(ms: number) {
    pauses.push(ms)
    await new Promise(setImmediate)
  },
  random() {
    const text = randomBytes(32).toString('base64url')
    random.push(text)
    return text
  },
}

function watch(message: unknown): void {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
  if (request.headers.host !== new URL(app.devProviderUrl ?? '').host) return
  const path = new URL(request.url ?? '', app.devProviderUrl).pathname
  received.push({ path, authorization: request.headers.authorization, response })
  if (path === reachedPath) reached.happen()
}

before(async () => {
  const settings = { DEV_CLIENT_SECRET: SECRET, DEV_OIDC_CLIENT_SECRET: SECRET, DEV_OAUTH1_CLIENT_SECRET: SECRET }
  const PROVIDERS = DEV_PROVIDERS.map(({ name }) => name).join()
  app = await startWatchedApp({ ...settings, PROVIDERS, LOG_LEVEL: 'trace' }, overrides)
  subscribe('http.server.request.start', watch)
})
after(async () => {
  unsubscribe('http.server.request.start', watch)
  await app.stop()
})
beforeEach(() => {
  received = []
  reached = deferred()
  timeIsUp = new AbortController()
  for (const list of [deadlines, pauses, random]) list.length = 0
  app.db.exec('delete from users')
  // New keys are asked for once a minute at most.
  clock += 2 * MINUTE
})

const calls = (path: string) => received.filter(entry => entry.path === path).length

/** What was made up on the way, and what the provider gave. */
function secretsOf(back: string): string[] {
  const query = new URL(back).searchParams
  const given = ['code', 'oauth_token', 'oauth_verifier', 'denied'].flatMap(name => query.getAll(name))
  // Of a signed request the token alone: a signature is good for that request only.
  const tokens = received.map(({ authorization = '' }) =>
    authorization.startsWith('OAuth ') ? paramsOf(authorization).get('oauth_token') : authorization.split(' ')[1],
  )
  return [SECRET, ...random, ...given, ...tokens].flatMap(text => text || [])
}

/** Every answer of the provider has come to its end, those that never would by themselves too. */
async function assertNothingHangs(): Promise<void> {
  for (const { response } of received) if (!response.closed) await once(response, 'close')
}

/** Goes back to the app with a fault, until the clock ends it where it must. */
async function comeBackWith(visitor: HttpBrowser, back: string, waitsAt: string | undefined): Promise<Page> {
  reachedPath = waitsAt
  const page = visitor.follow(back)
  if (waitsAt) {
    await reached.happened
    timeIsUp.abort()
  }
  return page
}

/** The link that the page offers leads to a sign-in that works. */
async function assertRetryWorks(
  visitor: HttpBrowser,
  page: Page,
  { name }: DevProvider,
  saved: string | null,
): Promise<void> {
  timeIsUp = new AbortController()
  const [, link = ''] = new RegExp(`href="(/login/${name}(?:\\?[^"]*)?)"`).exec(page.text) ?? []
  const start = new URL(link.replaceAll('&amp;', '&'), app.origin)
  assert.equal(start.pathname, `/login/${name}`, page.text)
  assert.equal(start.searchParams.get('return_to') ?? '/', saved ?? '/')
  const home = await visitor.signIn('ada', start.pathname + start.search)
  assert.deepEqual([home.status, home.url], [200, app.origin + (saved ?? '/')])
  assert.equal((await sessionOf(visitor)).user.login, 'ada')
}

const startOf = ({ name }: DevProvider) => `/login/${name}?${new URLSearchParams({ return_to: RETURN_PATH })}`

for (const devProvider of DEV_PROVIDERS) {
  describe(`A sign-in in which ${devProvider.label} goes wrong`, () => {
    for (const [fault, end] of Object.entries(devProvider.ends)) {
      if ('after' in end)
        test(`a sign-in in which ${devProvider.label} goes wrong signs in all the same: ${fault}`, () =>
          walkToSignIn(devProvider, fault, end))
      else
        test(
          `a sign-in in which ${devProvider.label} goes wrong ends with ${end.code}: ${fault}`,
          { timeout: 60_000 },
          () => walkToRefusal(devProvider, fault, end),
        )
    }
  })
}

async function walkToRefusal(devProvider: DevProvider, fault: string, end: FaultRefused): Promise<void> {
  const visitor = new HttpBrowser(app.origin)
  const back = await visitor.callbackUrl('grace', startOf(devProvider), fault)
  const page = await comeBackWith(visitor, back, end.waitsFor && devProvider.token)
  assertRefused(page, end.status, end.code)
  const says = SAYS[end.code]?.(devProvider.label) ?? assert.fail(`Nobody knows what the page says of ${end.code}`)
  assert.ok(page.text.includes(says), page.text)
  assertCauseIsShown(page, end)

  assert.equal(visitor.sessionCookie, undefined)
  assert.deepEqual(await sessionOf(visitor), { signed_in: false })
  assert.deepEqual([app.count('users'), app.count('identities'), app.count('sessions')], [0, 0, 0])
  // A code works once, and what failed once may have spent it.
  assert.equal(calls(devProvider.token), end.unspent ? 0 : 1)
  assert.equal(calls(devProvider.user), fault.includes('user') ? 1 : 0)
  await assertNothingHangs()

  await assertRetryWorks(visitor, page, devProvider, end.pathIsLost ? null : RETURN_PATH)
  assertHides(page.text + app.logged(), secretsOf(back))
}

/** In local the page says first what happened and then what to do, and the log says the same. */
function assertCauseIsShown(page: Page, { cause, advice }: FaultRefused): void {
  const reported = whatHappened(page)
  assert.match(reported, cause)
  if (advice) assert.match(whatToDo(page), advice)
  else assert.equal(whatToDo(page), '')
  assert.ok(page.text.indexOf('What happened:') < page.text.indexOf('class="lead"'))
  const id = /request <code>([\w-]+)<\/code>/.exec(page.text)?.[1] ?? assert.fail(page.text)
  const logged = app
    .logged()
    .split('\n')
    .filter(line => line.includes(id))
  assert.deepEqual(
    logged.map(line => JSON.parse(line).cause),
    [reported],
  )
}

async function walkToSignIn(
  devProvider: DevProvider,
  fault: string,
  { after, withoutEmail, unverified }: FaultSignedIn,
): Promise<void> {
  const visitor = new HttpBrowser(app.origin)
  const back = await visitor.callbackUrl('grace', startOf(devProvider), fault)
  const callback = await visitor.open(back)
  assert.equal(callback.location, app.origin + RETURN_PATH, callback.text)
  const { user } = await sessionOf(visitor)
  const email = withoutEmail ? null : 'grace@example.org'
  assert.deepEqual([user.login, user.email, user.email_verified], ['grace', email, email !== null && !unverified])
  assert.deepEqual(pauses, after ? [after] : [])
  // Each call has its deadline, and the exchange one for all of them (finding A5).
  assert.deepEqual([...new Set(deadlines)].sort(), [DEADLINE, EXCHANGE_TIMEOUT_MS])
  assert.equal(deadlines.filter(ms => ms === EXCHANGE_TIMEOUT_MS).length, 1)
  assert.ok(after < DEADLINE)
  assert.equal(calls(devProvider.token), 1)
  await assertNothingHangs()
  assertHides(app.logged(), secretsOf(back))
}
