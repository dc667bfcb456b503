import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { AcmeVisitor } from '../support/acme-visitor.js'
import { startApp, type TestApp } from '../support/app.js'
import { type FakeProvider, startFakeProvider } from '../support/fake-provider.js'
import { sendRaw } from '../support/raw-request.js'

describe('The log', () => {
  let acme: FakeProvider
  let app: TestApp
  before(async () => {
    acme = await startFakeProvider()
    app = await startApp(acme.settings())
  })
  after(async () => {
    await app.stop()
    await acme.stop()
  })

  it('HD-09 is one line of JSON for each request, whatever was sent', async () => {
    const visitor = new AcmeVisitor(app.origin)
    const injected = '%0a%0dINFO%20login%20ok%1b[31m'
    await visitor.open(`/${injected}`)
    await visitor.open(`/oauth/acme/callback?state=${injected}&code=${injected}`)
    await visitor.open(await visitor.begin('/', { error: '\nINFO login ok', error_description: '\r\nINFO login ok' }))
    await visitor.open(`/login/acme?return_to=${injected}`)
    await sendRaw(app.origin, ['GET /\x7f\xa0 HTTP/1.1', 'Host: localhost\tINFO', 'User-Agent: \tINFO login ok'])
    const lines = app.logged().trimEnd().split('\n')
    for (const line of lines) {
      assert.ok(JSON.parse(line).msg, line)
      assert.doesNotMatch(line, /\p{Cc}/u)
    }
    assert.doesNotMatch(app.logged(), /^INFO/m)
  })

  it('HD-10 holds no code, state, verifier, token, secret or cookie', async () => {
    const visitor = new AcmeVisitor(app.origin)
    const callback = await visitor.begin('/profile', { code: 'a-code-of-this-very-test' })
    await visitor.open(callback)
    await visitor.open('/profile')
    await visitor.open(callback)
    const { state = '', code = '' } = Object.fromEntries(new URL(callback).searchParams)
    const asked = acme.seen.find(({ form, path }) => path === '/token' && form.get('code') === code)
    const secrets = {
      ...{ state, code, session: visitor.sessionCookie ?? '' },
      verifier: asked?.form.get('code_verifier') ?? '',
      token: `token-of-${code}`,
      client: asked?.headers.authorization?.slice('Basic '.length) ?? '',
      ...Object.fromEntries(visitor.cookies()),
    }
    for (const [name, secret] of Object.entries(secrets)) {
      assert.ok(secret.length >= 16, name)
      assert.ok(!app.logged().includes(secret), name)
    }
    assert.doesNotMatch(app.logged(), /secret-at-acme|client-at-acme/)
  })
})
