import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import {
  type Acme,
  assertHides,
  assertRefused,
  reply,
  secretsOf,
  sessionOf,
  startAcme,
} from '../../support/acme-app.js'
import { type FakeHandler, json } from '../../support/fake-provider.js'
import type { HttpBrowser } from '../../support/http-browser.js'

interface Line {
  level: number
  time: string
  request: { id: string; method: string; path: string }
  status: number
  ms: number
  user?: string
  error?: string
  cause?: string
  msg: string
}

let acme: Acme
let startSignIn = 0
before(async () => {
  acme = await startAcme(far => ({
    ...far.settings('other'),
    PROVIDERS: 'acme,other',
    DEFAULT_PROVIDER: 'acme',
    LOG_LEVEL: 'trace',
  }))
})
after(() => acme.stop())
beforeEach(() => {
  acme.reset()
  startSignIn = acme.app.logged().length
})

/** What this test has logged. */
const lines = (): Line[] => {
  const text = acme.app.logged().slice(startSignIn).trimEnd()
  return text === '' ? [] : text.split('\n').map(line => JSON.parse(line))
}

const requests = () => lines().map(({ request, status, error }) => [request.method, request.path, status, error])

test('the log has one line for each request of a sign-in, and nothing else', async () => {
  const ada = acme.newVisitor()
  await ada.follow('/profile')
  assert.deepEqual(requests(), [
    ['GET', '/profile', 303, undefined],
    ['GET', '/oauth/acme/callback', 303, undefined],
    ['GET', '/profile', 200, undefined],
  ])
  const { user } = await sessionOf(ada)
  const [start, callback, profile] = lines()
  assert.equal(start?.user, undefined)
  assert.equal(callback?.user, user.id)
  assert.equal(profile?.user, user.id)
  for (const { time, ms, request, level } of lines()) {
    assert.ok(Date.parse(time) > 0 && ms >= 0 && level === 30)
    assert.match(request.id, /^[\w-]{16,}$/)
  }
  assert.equal(new Set(lines().map(({ request }) => request.id)).size, lines().length)
})

test('the log names a refusal by its code, its cause and the number that the page shows', async () => {
  acme.far.on('/token', json({ error: 'invalid_grant' }, 400))
  const page = await acme.newVisitor().follow('/login/acme')
  const line = lines().at(-1)
  assert.deepEqual([line?.status, line?.error, line?.level], [502, 'provider_error', 50])
  assert.match(line?.cause ?? '', /token endpoint answered with an error \(status 400, error invalid_grant\)/)
  assert.ok(page.text.includes(line?.request.id ?? 'no id'))
  assert.equal(lines().filter(({ error }) => error).length, 1)
})

test('the log has requests to guarded pages without a session, as warnings', async () => {
  await acme.newVisitor().ask('/profile')
  const [line] = lines()
  assert.deepEqual([line?.status, line?.error, line?.level], [401, 'sign_in_required', 40])
})

test('HD-09 the log has one line for each request, with any characters in it', async () => {
  const visitor = acme.newVisitor()
  await visitor.open('/oauth/acme/callback?state=%0a%7B%22level%22:30%7D&code=%0d%0aINFO')
  await visitor.open('/%0a%7B%22msg%22:%22ada signed in%22%7D'.replace(' ', '%20'))
  await visitor.ask('/', { headers: { 'User-Agent': '{"msg":"x"}', Accept: '*/*' } })
  assert.equal(lines().length, 3)
})

describe('HD-10 No code, state, token, verifier, cookie or secret stands in the log', () => {
  /** The secrets on our side: what cookies hold, and what seals them; the name of the last provider is none. */
  const cookiesOf = (visitor: HttpBrowser) =>
    [...visitor.cookies()].filter(([name]) => name !== 'vestibule-last').map(([, value]) => value)

  function assertQuiet(visitor: HttpBrowser, more: readonly string[] = []): void {
    const secrets = [...secretsOf(acme.far), ...cookiesOf(visitor), ...more]
    assert.ok(secrets.length > 0)
    assertHides(acme.app.logged(), secrets)
  }

  test('HD-10 no code, state, token, verifier, cookie or secret stands in the log after a good sign-in, the profile, a replay and a sign-out', async () => {
    const ada = acme.newVisitor()
    const { location = '' } = await ada.open('/login/acme')
    const back = (await ada.open(location)).location ?? ''
    const attempts = cookiesOf(ada)
    await ada.open(back)
    const session = cookiesOf(ada)
    await ada.open('/profile')
    await ada.open(back)
    const button = await ada.open('/logout')
    const csrf = /name="csrf" value="([^"]+)"/.exec(button.text)?.[1] ?? assert.fail('no CSRF token')
    await ada.submit(button, '/logout')
    assert.equal(ada.sessionCookie, undefined)
    assertQuiet(ada, [...attempts, ...session, csrf])
  })

  const ends: Record<string, (url: URL) => void> = {
    'with a state that is not ours': url => url.searchParams.set('state', 'somebody-elses-state'),
    'with two codes': url => url.searchParams.append('code', 'another-code-altogether'),
    'at the other provider': url => {
      url.pathname = '/oauth/other/callback'
    },
    'with an error': url => url.searchParams.set('error', 'server_error'),
  }
  for (const [what, bend] of Object.entries(ends)) {
    test(`HD-10 no code, state, token, verifier, cookie or secret stands in the log after a callback ${what}`, async () => {
      const visitor = acme.newVisitor()
      const { location = '' } = await visitor.open('/login/acme')
      const back = new URL((await visitor.open(location)).location ?? '')
      const good = ['code', 'state'].flatMap(name => back.searchParams.getAll(name))
      bend(back)
      assert.ok((await visitor.open(back.href)).status >= 400)
      assertQuiet(visitor, [...good, 'somebody-elses-state', 'another-code-altogether'])
    })
  }

  const responses: Record<string, FakeHandler> = {
    'an error that quotes the code': (seen, response) => {
      const error_description = `The code ${seen.form.get('code')} is no code`
      return json({ error: 'invalid_grant', error_description }, 400)(seen, response)
    },
    'JSON that breaks behind a token': reply('{"access_token":"broken-token-1234","token_type":'),
    'a token that is none': reply('{"access_token":"broken token-1234","token_type":"Bearer"}'),
    'a type of its own': reply('{"access_token":"broken-token-1234","token_type":"mac"}'),
    HTML: reply('<p>broken-token-1234</p>', { type: 'text/html' }),
  }
  for (const [what, handler] of Object.entries(responses)) {
    test(`HD-10 no code, state, token, verifier, cookie or secret stands in the log after a token endpoint answered with ${what}`, async () => {
      acme.far.on('/token', handler)
      const visitor = acme.newVisitor()
      const page = await visitor.follow('/login/acme')
      assert.equal(page.status, 502)
      assertQuiet(visitor, ['token-1234'])
      assertHides(page.text, ['token-1234'])
    })
  }

  test('HD-10 no code, state, token, verifier, cookie or secret stands in the log after a user endpoint that sends back what it was sent', async () => {
    acme.far.on('/user', ({ headers }, response) => {
      response.writeHead(500, { 'Content-Type': 'application/json', 'X-Echo': headers.authorization ?? '' })
      response.end(JSON.stringify(headers))
    })
    const visitor = acme.newVisitor()
    assertRefused(await visitor.follow('/login/acme'), 502, 'provider_error')
    assertQuiet(visitor)
  })

  test('HD-10 no code, state, token, verifier, cookie or secret stands in the log after the database failed in the middle', async () => {
    await acme.sql("create trigger full before insert on provider_tokens begin select raise(abort, 'full'); end")
    const visitor = acme.newVisitor()
    assertRefused(await visitor.follow('/login/acme'), 503, 'store_unavailable')
    await acme.sql('drop trigger full')
    assertQuiet(visitor)
  })
})
