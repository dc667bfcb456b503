import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { FAULTS } from '../../src/dev-provider/faults.js'
import { assertKeepsQuiet, assertRefused, occasion, whoIsThere } from '../support/acme.js'
import { bySignal } from '../support/deadline.js'
import { type Page, Visitor } from '../support/visitor.js'
import { startWatchedApp, type WatchedApp } from '../support/watched-app.js'

const WANTED = '/profile?tab=repos&x=%26'
const DEADLINE = 10_000
const SECRET = 'the-secret-of-the-app'

/** How a sign-in ends: with a refusal, or with somebody who is signed in. */
type End = Refused | SignedIn

interface Refused {
  status: number
  code: string
  /** On the page. */
  says: string
  /** Which answer of the provider the clock ends, if it is the clock that does. */
  waitsAt?: string
  /** Nothing tells which sign-in it was, and so not where it wanted to go. */
  pathIsLost?: true
}

interface SignedIn {
  email: string | null
  /** Milliseconds that the provider takes. */
  after?: number
}

const GRACE = 'grace@example.org'
const TOKEN = '/login/oauth/access_token'
const REPLIED = 'Development provider could not finish the sign-in'
const UNUSABLE = 'Development provider gave an answer we cannot use'
const LATE = 'It did not answer within ten seconds.'
const NO_LOSS = 'Nothing was lost, and nobody was signed in.'

/** What each fault of the development provider must come to. */
const ENDS: Readonly<Record<string, End>> = {
  denied: { status: 403, code: 'provider_denied', says: 'You did not allow the sign-in' },
  wrong_state: { status: 400, code: 'attempt_missing', says: NO_LOSS, pathIsLost: true },
  state_dropped: { status: 400, code: 'state_missing', says: 'That answer belongs to no sign-in', pathIsLost: true },
  code_expired: { status: 502, code: 'provider_error', says: REPLIED },
  code_reused: { status: 502, code: 'provider_error', says: REPLIED },
  token_error: { status: 502, code: 'provider_error', says: REPLIED },
  token_500: { status: 502, code: 'provider_error', says: REPLIED },
  token_html: { status: 502, code: 'provider_malformed', says: UNUSABLE },
  token_slow: { email: GRACE, after: 3000 },
  token_hangs: { status: 502, code: 'provider_slow', says: LATE, waitsAt: TOKEN },
  token_drips: { status: 502, code: 'provider_slow', says: LATE, waitsAt: TOKEN },
  token_resets: { status: 502, code: 'provider_unreachable', says: 'The connection failed.' },
  token_redirects: { status: 502, code: 'provider_malformed', says: UNUSABLE },
  token_huge: { status: 502, code: 'provider_malformed', says: UNUSABLE },
  token_gzip_bomb: { status: 502, code: 'provider_malformed', says: UNUSABLE },
  token_missing: { status: 502, code: 'provider_malformed', says: UNUSABLE },
  token_type_odd: { status: 502, code: 'provider_malformed', says: UNUSABLE },
  user_500: { status: 502, code: 'provider_error', says: REPLIED },
  user_html: { status: 502, code: 'provider_malformed', says: UNUSABLE },
  user_array: { status: 502, code: 'provider_malformed', says: UNUSABLE },
  user_no_id: { status: 502, code: 'provider_malformed', says: UNUSABLE },
  user_slow: { email: GRACE, after: 3000 },
  user_401: { status: 502, code: 'provider_error', says: REPLIED },
  emails_404: { email: null },
}

it('the table names every fault there is, and no other', () => {
  assert.deepEqual(Object.keys(ENDS).sort(), FAULTS.map(({ name }) => name).sort())
})

/** A request at the development provider. */
interface Asked {
  path: string
  authorization: string | undefined
  response: ServerResponse
}

let app: WatchedApp
let asked: Asked[] = []
let reached = occasion()
let reachedPath: string | undefined
/** Ends the calls that wait, as the clock would. */
let timeIsUp = new AbortController()
const deadlines: number[] = []
const pauses: number[] = []
const random: string[] = []

const overrides = {
  deadline: bySignal(ms => {
    deadlines.push(ms)
    return timeIsUp.signal
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
  asked.push({ path, authorization: request.headers.authorization, response })
  if (path === reachedPath) reached.happen()
}

before(async () => {
  app = await startWatchedApp({ LOG_LEVEL: 'trace', DEV_CLIENT_ID: 'the-app', DEV_CLIENT_SECRET: SECRET }, overrides)
  subscribe('http.server.request.start', watch)
})
after(async () => {
  unsubscribe('http.server.request.start', watch)
  await app.stop()
})
beforeEach(() => {
  asked = []
  reached = occasion()
  timeIsUp = new AbortController()
  for (const list of [deadlines, pauses, random]) list.length = 0
  app.db.exec('delete from users')
})

const calls = (path: string) => asked.filter(entry => entry.path === path).length

/** What was made up on the way, and what the provider gave. */
function secretsOf(back: string): string[] {
  const code = new URL(back).searchParams.get('code')
  const tokens = asked.flatMap(({ authorization }) => authorization?.split(' ')[1] ?? [])
  return [SECRET, ...random, ...tokens, ...(code ? [code] : [])]
}

/** Every answer of the provider has come to its end, those that never would by themselves too. */
async function assertNothingHangs(): Promise<void> {
  for (const { response } of asked) if (!response.closed) await once(response, 'close')
}

/** Goes back to the app with a fault, until the clock ends it where it must. */
async function comeBackWith(visitor: Visitor, back: string, { waitsAt }: { waitsAt?: string }): Promise<Page> {
  reachedPath = waitsAt
  const page = visitor.follow(back)
  if (waitsAt) {
    await reached.happened
    timeIsUp.abort()
  }
  return page
}

/** The link that the page offers leads to a sign-in that works. */
async function assertRetryWorks(visitor: Visitor, page: Page, { pathIsLost }: Refused): Promise<void> {
  timeIsUp = new AbortController()
  const [, link = ''] = /href="(\/login\/dev[^"]*)"/.exec(page.text) ?? []
  const kept = `/login/dev?${new URLSearchParams({ return_to: WANTED })}`
  assert.equal(link.replaceAll('&amp;', '&'), pathIsLost ? '/login/dev' : kept)
  const home = await visitor.signIn('ada', link.replaceAll('&amp;', '&'))
  assert.deepEqual([home.status, home.url], [200, app.origin + (pathIsLost ? '/' : WANTED)])
  assert.equal((await whoIsThere(visitor)).user.login, 'ada')
}

describe('A sign-in in which the provider goes wrong', () => {
  for (const [fault, end] of Object.entries(ENDS)) {
    if ('email' in end) it(`signs in all the same: ${fault}`, () => walkToSignIn(fault, end))
    else it(`ends with ${end.code}: ${fault}`, { timeout: 60_000 }, () => walkToRefusal(fault, end))
  }
})

async function walkToRefusal(fault: string, end: Refused): Promise<void> {
  const visitor = new Visitor(app.origin)
  const back = await visitor.comeBack('grace', WANTED, fault)
  const page = await comeBackWith(visitor, back, end)
  assertRefused(page, end.status, end.code)
  assert.ok(page.text.includes(end.says), page.text)

  assert.equal(visitor.sessionCookie, undefined)
  assert.deepEqual(await whoIsThere(visitor), { signed_in: false })
  assert.deepEqual([app.count('users'), app.count('identities'), app.count('sessions')], [0, 0, 0])
  // A code works once, and what failed once may have spent it.
  const spends = !['denied', 'wrong_state', 'state_dropped'].includes(fault)
  assert.equal(calls(TOKEN), spends ? 1 : 0)
  assert.equal(calls('/user'), fault.startsWith('user_') ? 1 : 0)
  await assertNothingHangs()

  await assertRetryWorks(visitor, page, end)
  assertKeepsQuiet(page.text + app.logged(), secretsOf(back))
}

async function walkToSignIn(fault: string, { email, after = 0 }: SignedIn): Promise<void> {
  const visitor = new Visitor(app.origin)
  const back = await visitor.comeBack('grace', WANTED, fault)
  const callback = await visitor.open(back)
  assert.equal(callback.location, app.origin + WANTED)
  const { user } = await whoIsThere(visitor)
  assert.deepEqual([user.login, user.email, user.email_verified], ['grace', email, email !== null])
  assert.deepEqual(pauses, after ? [after] : [])
  assert.ok(deadlines.length > 0 && deadlines.every(ms => ms === DEADLINE && ms > after))
  assert.equal(calls(TOKEN), 1)
  await assertNothingHangs()
  assertKeepsQuiet(app.logged(), secretsOf(back))
}

describe('A stop', () => {
  for (const fault of ['token_hangs', 'token_drips']) {
    it(`does not wait for the provider that goes wrong: ${fault}`, { timeout: 60_000 }, async () => {
      const other = await startWatchedApp({}, { ...overrides, pause: () => new Promise(() => {}) })
      const visitor = new Visitor(other.origin)
      const back = await visitor.comeBack('grace', WANTED, fault)
      const arrived = untilAsked(TOKEN)
      const page = visitor.open(back)
      const response = await arrived
      await other.stop()
      assertRefused(await page, 502, 'provider_unreachable')
      assert.ok(response.closed || response.destroyed)
    })
  }
})

/** The answer to the next request for a path, wherever in this process. */
function untilAsked(path: string): Promise<ServerResponse> {
  return new Promise(resolve => {
    const listen = (message: unknown) => {
      const { request, response } = message as { request: IncomingMessage; response: ServerResponse }
      if (request.url !== path) return
      unsubscribe('http.server.request.start', listen)
      resolve(response)
    }
    subscribe('http.server.request.start', listen)
  })
}
