import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import {
  type Acme,
  assertHides,
  assertRefused,
  assertSignedOut,
  deferred,
  reply,
  secretsOf,
  sessionOf,
  startAcme,
} from '../../support/acme-app.js'
import { type FakeHandler, json, startFakeProvider } from '../../support/fake-provider.js'
import type { HttpBrowser, Page } from '../../support/http-browser.js'
import { forVisitors } from '../../support/page-notes.js'
import { bySignal } from '../../support/signal-deadline.js'

const RETURN_PATH = '/profile?tab=repos&x=%26'
const START = `/login/acme?${new URLSearchParams({ return_to: RETURN_PATH })}`
const RETRY = `href="${START}"`

let acme: Acme
/** Ends the calls that wait, as the clock would. */
let timeIsUp: AbortController
const spans: number[] = []

const deadline = bySignal(ms => {
  spans.push(ms)
  return timeIsUp.signal
})

before(async () => {
  timeIsUp = new AbortController()
  acme = await startAcme({ LOG_LEVEL: 'trace' }, { deadline })
})
after(() => acme.stop())
beforeEach(() => {
  timeIsUp = new AbortController()
  spans.length = 0
  acme.reset()
})

const unescaped = (html: string) => html.replaceAll('&amp;', '&')

/** What every failure on the way back has in common. */
async function assertStopped(page: Page, visitor: HttpBrowser, code: string, where = acme): Promise<void> {
  assertRefused(page, 502, code)
  assert.ok(unescaped(page.text).includes(RETRY), `No link leads back to ${RETURN_PATH}:\n${page.text}`)
  await assertSignedOut(where, visitor)
  const secrets = secretsOf(where.far)
  assert.ok(secrets.length >= 4, 'the state, the challenge, the code and the verifier are known')
  assertHides(page.text, secrets)
  assertHides(where.app.logged(), secrets)
}

/** A whole sign-in that must stop at the token endpoint, which is asked once. */
async function assertTokenResponseStops(response: FakeHandler, code: string): Promise<Page> {
  acme.reset()
  acme.far.on('/token', response)
  const visitor = acme.newVisitor()
  const page = await visitor.follow(START)
  await assertStopped(page, visitor, code)
  assert.equal(acme.far.calls('/token'), 1)
  assert.equal(acme.far.calls('/user'), 0)
  return page
}

const token = (fields: Record<string, unknown>) => json({ access_token: 'made-up', token_type: 'Bearer', ...fields })

describe('What a token endpoint may answer', () => {
  test('TK-01 the token endpoint answers: invalid_grant ends the attempt, and the code is never tried again', async () => {
    acme.far.on('/token', json({ error: 'invalid_grant' }, 400))
    const visitor = acme.newVisitor()
    const page = await visitor.follow(START)
    await assertStopped(page, visitor, 'provider_error')

    const again = await visitor.open(page.url)
    assertRefused(again, 400, 'attempt_used')
    assert.ok(unescaped(again.text).includes(RETRY))
    assert.equal(acme.far.calls('/token'), 1)
  })

  test('TK-02 the token endpoint answers: refused client credentials are told to the operator and not to the visitor', async () => {
    const refusal = json({ error: 'invalid_client' }, 401)
    const page = await assertTokenResponseStops(refusal, 'provider_error')
    assert.doesNotMatch(forVisitors(page), /credential|client.?id|invalid_client/i)
    assert.match(acme.app.logged(), /client credentials were refused/)
  })

  test('TK-03 an error inside a 200 is an error, even beside a token', async () => {
    await assertTokenResponseStops(json({ error: 'bad_verification_code' }), 'provider_error')
    await assertTokenResponseStops(token({ error: 'bad_verification_code' }), 'provider_error')
  })

  for (const accessToken of [undefined, '', null, 17, ['a'], { a: 1 }, 'two words', 'a\r\nX: y']) {
    test(`TK-04 the token endpoint answers: ${JSON.stringify(accessToken)} is no access token`, async () => {
      await assertTokenResponseStops(token({ access_token: accessToken }), 'provider_malformed')
    })
  }

  const GOOD = '{"access_token":"made-up","token_type":"Bearer"}'
  const broken: Record<string, FakeHandler> = {
    'an empty body': reply(''),
    'no content': reply('', { status: 204 }),
    // One was no answer until B-17.
    'two byte order marks': reply(`\ufeff\ufeff${GOOD}`),
    'half a JSON text': reply(GOOD.slice(0, -2)),
    'something after the JSON text': reply(`${GOOD} and more`),
    'two JSON texts': reply(`${GOOD}\n${GOOD}`),
    'a list': reply(`[${GOOD}]`),
    null: reply('null'),
  }
  for (const [what, response] of Object.entries(broken)) {
    test(`TK-06 the token endpoint answers: ${what} is no answer`, () =>
      assertTokenResponseStops(response, 'provider_malformed').then(() => {}))
  }

  // The media type had to be JSON until B-17, and a type had to be there until B-16: see real-oauth-servers.test.ts.
  test('TK-07 what is neither JSON nor a form is no answer, whatever it calls itself', async () => {
    const form = 'access_token=made-up&token_type=Bearer'
    for (const type of ['application/json', 'text/html', '']) {
      await assertTokenResponseStops(reply(`<p>${GOOD}`, { type }), 'provider_malformed')
      await assertTokenResponseStops(reply(`<p>${form}`, { type }), 'provider_malformed')
    }
    const twice = reply(`${form}&access_token=made-up`, { type: 'application/x-www-form-urlencoded' })
    await assertTokenResponseStops(twice, 'provider_malformed')
  })

  for (const tokenType of ['mac', 'MAC', 'DPoP', 'PoP', 'N_A']) {
    test(`TK-10 the token type ${JSON.stringify(tokenType)} is refused`, async () => {
      await assertTokenResponseStops(token({ token_type: tokenType }), 'provider_malformed')
    })
  }

  test('TK-10 the token type counts whatever its case', async () => {
    acme.far.on('/token', token({ token_type: 'BEARER' }))
    const visitor = acme.newVisitor()
    assert.equal((await visitor.follow('/login/acme')).status, 200)
    assert.equal((await sessionOf(visitor)).signed_in, true)
    await acme.sql('delete from users')
  })
})

for (const status of [301, 302, 303, 307, 308]) {
  test(`a token endpoint that points elsewhere TK-${status < 304 ? 18 : 19} a ${status} is not followed: code and secret stay here`, async () => {
    const elsewhere = await startFakeProvider()
    try {
      const headers = { Location: `${elsewhere.origin}/token` }
      await assertTokenResponseStops(reply('', { status, headers }), 'provider_malformed')
      assert.deepEqual(elsewhere.requests, [])
    } finally {
      await elsewhere.stop()
    }
  })
}

describe('A token endpoint that cannot be reached', { timeout: 20_000 }, () => {
  test('TK-20 a refused connection is told as such', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port } = closed.address() as { port: number }
    closed.close()
    const other = await startAcme({ ACME_TOKEN_URL: `http://127.0.0.1:${port}/token`, LOG_LEVEL: 'trace' })
    try {
      const visitor = other.newVisitor()
      const page = await visitor.follow(START)
      assertRefused(page, 502, 'provider_unreachable')
      assert.ok(unescaped(page.text).includes(RETRY))
      await assertSignedOut(other, visitor)
      const code = new URL(page.url).searchParams.get('code') ?? ''
      assertHides(page.text + other.app.logged(), [...secretsOf(other.far), code])
    } finally {
      await other.stop()
    }
  })

  test('TK-20 a connection that breaks is not tried again, because the code works once', async () => {
    await assertTokenResponseStops((_, response) => void response.socket?.destroy(), 'provider_unreachable')
    const breakInside: FakeHandler = (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 1000 })
      response.write('{"access_token":', () => response.socket?.destroy())
    }
    await assertTokenResponseStops(breakInside, 'provider_unreachable')
  })

  test('TK-22 an answer after the deadline comes too late, and one before it is in time', async () => {
    const asked = deferred()
    const waiting = acme.newVisitor()
    acme.far.on('/token', () => asked.happen())
    const page = waiting.follow(START)
    await asked.happened
    // That of the whole exchange, and that of the call (finding A5).
    assert.deepEqual(spans, [30_000, 10_000])
    timeIsUp.abort()
    await assertStopped(await page, waiting, 'provider_slow')

    timeIsUp = new AbortController()
    acme.far.on('/token', token({}))
    const patient = acme.newVisitor()
    await patient.follow('/login/acme')
    assert.equal((await sessionOf(patient)).signed_in, true)
    await acme.sql('delete from users')
  })

  test('TK-22 the deadline is for the body too', async () => {
    const asked = deferred()
    const visitor = acme.newVisitor()
    acme.far.on('/token', (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.write('{', () => asked.happen())
    })
    const page = visitor.follow(START)
    await asked.happened
    timeIsUp.abort()
    await assertStopped(await page, visitor, 'provider_slow')
  })
})

describe('What a user endpoint may answer', () => {
  const responses: Record<string, [FakeHandler, string]> = {
    '401': [json({ message: 'Bad credentials' }, 401), 'provider_error'],
    '403': [json({ id: 1 }, 403), 'provider_error'],
    '404': [json({ id: 1 }, 404), 'provider_error'],
    '500': [json({ id: 1 }, 500), 'provider_error'],
    'a redirect': [reply('{"id":1}', { status: 302, headers: { Location: '/other' } }), 'provider_malformed'],
    'an HTML page': [reply('<p>Welcome</p>', { type: 'text/html' }), 'provider_malformed'],
    'no id': [json({ name: 'Nobody' }), 'provider_malformed'],
    'a list': [json([{ id: 1 }]), 'provider_malformed'],
  }
  for (const [what, [response, code]] of Object.entries(responses)) {
    test(`UI-03 what a user endpoint may answer ${what} signs nobody in`, async () => {
      acme.far.on('/user', response)
      const visitor = acme.newVisitor()
      await assertStopped(await visitor.follow(START), visitor, code)
      assert.equal(acme.far.calls('/token'), 1)
      assert.equal(acme.far.calls('/user'), 1)
    })
  }

  const addresses = {
    'a list': ['ada@example.org'],
    'an object': { value: 'ada@example.org' },
    'ten thousand characters': `${'a'.repeat(10_000)}@example.org`,
    'a line break': 'ada@example.org\r\nBcc: eve@evil.example',
    'a NUL': 'ada@example.org\0.evil.example',
  }
  for (const [what, email] of Object.entries(addresses)) {
    test(`UI-06 an e-mail address that is or has ${what} is dropped`, async () => {
      acme.knows({ id: 1, login: 'ada', email, email_verified: true })
      const visitor = acme.newVisitor()
      const page = await visitor.follow('/login/acme')
      assert.equal(page.status, 200)
      const { user } = await sessionOf(visitor)
      assert.deepEqual([user.email, user.email_verified], [null, false])
      assert.deepEqual(await acme.sql('select email, email_verified from users'), [{ email: null, email_verified: 0 }])
      await acme.sql('delete from users')
    })
  }
})
