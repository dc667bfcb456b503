import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, afterEach, before, describe, test } from 'node:test'
import { randomToken } from '../../../src/crypto/random.js'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { startApp, type TestApp } from '../../support/app.js'
import { callbackUrl, type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { rawHeader, sendRaw } from '../../support/raw-request.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

const GITHUB = 'https://github.com/login/oauth'

let acme: FakeProvider
let other: FakeProvider
before(async () => {
  acme = await startFakeProvider()
  other = await startFakeProvider()
})
after(async () => {
  await acme.stop()
  await other.stop()
})
afterEach(() => {
  acme.reset()
  other.reset()
})

describe('The issuer of an answer', () => {
  let app: WatchedApp
  before(async () => {
    app = await startWatchedApp({
      PROVIDERS: 'github',
      DEFAULT_PROVIDER: 'github',
      GITHUB_CLIENT_ID: 'us',
      GITHUB_CLIENT_SECRET: 'ours',
      // The authorize URL stays GitHub's, and with it the issuer: no test ever opens it.
      GITHUB_TOKEN_URL: `${acme.origin}/token`,
      GITHUB_USER_URL: `${acme.origin}/user`,
    })
  })
  after(() => app.stop())

  const others = [
    'https://evil.example',
    `${GITHUB}/`,
    'https://GITHUB.com/login/oauth',
    'https://github.com',
    '',
    'null',
  ]
  for (const iss of others) {
    test(`MX-01 the issuer of an answer "${iss}" is not the one that was asked: nothing is spent`, async () => {
      const visitor = new AcmeBrowser(app.origin)
      assertRefused(await visitor.open(await visitor.startSignIn('/', { code: 'ada', iss })), 400, 'issuer_mismatch')
      assert.deepEqual(acme.requests, [])
      assert.equal(app.count('used_attempts'), 0)
    })
  }

  test('MX-01 the right one passes, and so does none', async () => {
    acme.on('/user', json({ id: 1, login: 'ada' }))
    acme.on('/user/emails', json([]))
    for (const response of [{ code: 'ada', iss: GITHUB }, { code: 'ada' }]) {
      const visitor = new AcmeBrowser(app.origin)
      assert.equal((await visitor.open(await visitor.startSignIn('/', response))).location, `${app.origin}/`)
    }
  })

  test('MX-01 an error of another issuer is not believed, and ends nothing', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const callback = await visitor.startSignIn('/', { error: 'access_denied', iss: 'https://evil.example' })
    assertRefused(await visitor.open(callback), 400, 'issuer_mismatch')
    assert.equal(visitor.attempts.length, 1)
  })
})

describe('Two providers', () => {
  let app: WatchedApp
  before(async () => {
    const both = { ...other.settings('other'), ...acme.settings(), PROVIDERS: 'acme,other' }
    app = await startWatchedApp({ ...both, ACCOUNT_LINKING: 'never' })
  })
  after(() => app.stop())

  test('MX-03 an iss from a provider without issuer chooses no other provider', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const page = await visitor.open(await visitor.startSignIn('/', { code: 'ada', iss: other.origin }))
    assert.equal(page.status, 303)
    assert.equal(acme.calls('/token'), 1)
    assert.deepEqual(other.requests, [])
  })

  test('MX-04 the answer of one at the callback of the other stops before any call', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const callback = await visitor.startSignIn('/login/other')
    await visitor.startSignIn('/login/acme')
    const marks = app.count('used_attempts')
    assertRefused(await visitor.open(callback.replace('/oauth/other/', '/oauth/acme/')), 400, 'attempt_missing')
    assert.deepEqual([...acme.requests, ...other.requests], [])
    assert.equal(app.count('used_attempts'), marks)
    assert.equal((await visitor.open(callback)).status, 303)
  })

  test('MX-04 each has a redirect URI of its own', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const uris = await Promise.all(['acme', 'other'].map(name => visitor.startSignIn(`/login/${name}`)))
    assert.deepEqual(
      uris.map(uri => new URL(uri).pathname),
      ['/oauth/acme/callback', '/oauth/other/callback'],
    )
  })

  test('MX-13 a redirect of an endpoint is not followed, so nothing reaches another host', async () => {
    for (const [path, status] of [
      ['/token', 307],
      ['/token', 302],
      ['/user', 302],
      ['/user', 308],
    ] as const) {
      acme.reset()
      acme.on(path, (_, response) => {
        response.writeHead(status, { Location: `${other.origin}${path}` }).end()
      })
      const visitor = new AcmeBrowser(app.origin)
      const page = await visitor.signInAs('ada')
      assert.equal(page.status, 502, page.text)
      assert.equal(await visitor.login(), undefined)
      assert.deepEqual(other.requests, [])
    }
  })
})

test('MX-06 a code that was stolen is refused by the provider in a browser that did not ask for it', async () => {
  // The development provider checks PKCE itself.
  const app = await startApp()
  try {
    const victim = new HttpBrowser(app.origin)
    const thief = new HttpBrowser(app.origin)
    const stolen = new URL(await victim.callbackUrl('ada')).searchParams.get('code') ?? ''
    const start = await thief.open('/login/dev')
    assertRefused(await thief.open(callbackUrl(start.location ?? '', { code: stolen })), 502, 'provider_error')
    assert.equal(JSON.parse((await thief.ask('/api/session')).text).signed_in, false)
  } finally {
    await app.stop()
  }
})

test('MX-06 MX-08 the verifier of this very browser goes along, and its S256 challenge went before', async () => {
  const app = await startApp(acme.settings())
  try {
    const visitor = new AcmeBrowser(app.origin)
    const asked = new URL((await visitor.open('/login/acme')).location ?? '')
    await visitor.open(callbackUrl(asked.href))
    const verifier = acme.requests[0]?.form.get('code_verifier') ?? ''
    assert.match(verifier, /^[\w.~-]{43,128}$/)
    assert.equal(asked.searchParams.get('code_challenge_method'), 'S256')
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    assert.equal(asked.searchParams.get('code_challenge'), challenge)
    assert.notEqual(asked.searchParams.get('state'), verifier)
  } finally {
    await app.stop()
  }
})

describe('The redirect URI', () => {
  let app: TestApp
  before(async () => {
    app = await startApp(acme.settings())
  })
  after(() => app.stop())

  const HOSTS: [string, string[]][] = [
    ['another host', ['Host: evil.example']],
    ['two hosts, ours last', ['Host: evil.example', 'Host: localhost']],
    ['two hosts, ours first', ['Host: localhost', 'Host: evil.example']],
    ['a host with user information', ['Host: evil.com:fake@app']],
    ['a host with a path', ['Host: evil.example/x?']],
    ['a forwarded host', ['Host: localhost', 'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https']],
    ['a standard forwarded host', ['Host: localhost', 'Forwarded: host=evil.example;proto=https']],
    [
      'an original URL',
      ['Host: localhost', 'X-Original-URL: /evil', 'X-Rewrite-URL: /evil', 'X-Forwarded-Prefix: /evil'],
    ],
  ]
  for (const [what, lines] of HOSTS) {
    test(`MX-10 the redirect URI is built from PUBLIC_URL, whatever ${what} says`, async () => {
      for (const path of ['/login/acme', '/profile']) {
        const response = await sendRaw(app.origin, [`GET ${path} HTTP/1.1`, ...lines, 'Accept: text/html'])
        // Node itself may refuse what is no host at all.
        if (response.startsWith('HTTP/1.1 400')) continue
        const asked = new URL(rawHeader(response, 'Location') ?? '').searchParams
        assert.equal(asked.get('redirect_uri'), `${app.origin}/oauth/acme/callback`)
        assert.doesNotMatch(response, /evil/)
      }
      const reported = await sendRaw(app.origin, ['GET / HTTP/1.1', ...lines])
      if (!reported.startsWith('HTTP/1.1 400'))
        assert.ok(reported.includes(`"login_url":"${app.origin}/login"`), reported)
    })
  }

  test('MX-10 the redirect URI is built from PUBLIC_URL when the request line names another origin', async () => {
    const response = await sendRaw(app.origin, [
      'GET http://evil.example/profile HTTP/1.1',
      'Host: evil.example',
      'Accept: text/html',
    ])
    assert.doesNotMatch(response, /evil/)
    const asked = new URL(rawHeader(response, 'Location') ?? '').searchParams
    assert.equal(asked.get('redirect_uri'), `${app.origin}/oauth/acme/callback`)
  })

  test('MX-11 the redirect URI at the token endpoint is the one that was asked with, also if the settings changed meanwhile', async () => {
    const SECRET_KEYS = randomToken()
    const before = await startApp({ ...acme.settings(), SECRET_KEYS })
    const after = await startApp({ ...acme.settings(), SECRET_KEYS })
    try {
      const visitor = new AcmeBrowser(before.origin)
      const callback = await visitor.startSignIn()
      const back = await visitor.open(callback.replace(before.origin, after.origin))
      assert.equal(back.status, 303, back.text)
      assert.equal(acme.requests[0]?.form.get('redirect_uri'), `${before.origin}/oauth/acme/callback`)
    } finally {
      await before.stop()
      await after.stop()
    }
  })
})
