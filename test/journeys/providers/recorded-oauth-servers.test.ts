// OAuth servers that people run, with what they once failed by here; what is still refused names the cause and the way out.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { CONFIRMATIONS, TOKEN_RESPONSES, UNUSABLE_TOKEN_RESPONSES } from '../../fixtures/real-servers/oauth.js'
import { type Acme, ADA, assertRefused, reply, signIn, startAcme } from '../../support/acme-app.js'
import { callbackUrl, json } from '../../support/fake-provider.js'
import { ASKS, startOAuth1App } from '../../support/oauth1-app.js'
import { whatToDo } from '../../support/page-notes.js'

describe('OAuth 2.0 servers', () => {
  let acme: Acme
  before(async () => {
    acme = await startAcme()
  })
  after(() => acme.stop())
  beforeEach(() => acme.reset())

  for (const [name, { body, type }] of Object.entries(TOKEN_RESPONSES)) {
    test(`B-15 B-16 B-17 a token response is read, and sent as a bearer token: ${name}`, async () => {
      acme.far.on('/token', reply(body, type === undefined ? {} : { type }))
      acme.far.on('/user', (seen, response) => {
        const isRight = seen.headers.authorization === 'Bearer token-of-ada'
        json(isRight ? ADA : { message: 'no' }, isRight ? 200 : 401)(seen, response)
      })
      assert.equal((await signIn(acme)).name, ADA.name)
    })
  }

  for (const [name, { body, type, words }] of Object.entries(UNUSABLE_TOKEN_RESPONSES)) {
    test(`B-16 B-17 a token response is refused in words that say what it is: ${name}`, async () => {
      acme.far.on('/token', reply(body, type === undefined ? {} : { type }))
      assertRefused(await acme.newVisitor().follow('/'), 502, 'provider_malformed')
      assert.match(acme.app.logged(), words)
    })
  }

  test('B-17 a profile is read whatever its media type is, and a web page in its place is told as such', async () => {
    for (const type of ['text/html', 'text/plain', 'application/x-javascript', '']) {
      for (const mark of ['', '\ufeff']) {
        acme.far.on('/user', reply(mark + JSON.stringify(ADA), { type }))
        assert.equal((await signIn(acme)).name, ADA.name)
      }
    }
    acme.far.on('/user', reply('<!doctype html><title>Sign in</title>', { type: 'text/html' }))
    assertRefused(await acme.newVisitor().follow('/'), 502, 'provider_malformed')
    assert.match(acme.app.logged(), /a web page \(text\/html\), not JSON/)
  })

  test('B-15 a profile whose name, login, address and picture cannot be read is that of a person all the same', async () => {
    acme.far.on('/user', json({ id: 1, name: ['Ada'], login: 7, email: ['a@b.example'], picture: 'javascript:1' }))
    const user = await signIn(acme)
    assert.deepEqual([user.name, user.login, user.email, user.picture ?? null], [null, null, null, null])
  })
})

test('P7 OAuth 2.0: consent_required is the word of the person, unless prompt=none was sent', async t => {
  for (const [query, status, code] of [
    ['', 403, 'provider_denied'],
    ['?prompt=none', 502, 'provider_error'],
  ] as const) {
    const acme = await startAcme(far => ({ ACME_AUTHORIZE_URL: `${far.origin}/authorize${query}` }))
    t.after(() => acme.stop())
    const visitor = acme.newVisitor()
    const start = await visitor.open('/login/acme')
    assertRefused(await visitor.open(callbackUrl(start.location ?? '', { error: 'consent_required' })), status, code)
  }
})

describe('Client secrets in the Basic header', () => {
  const id = 'client@acme'
  const halves = (authorization = '') =>
    Buffer.from(authorization.split(' ')[1] ?? '', 'base64')
      .toString()
      .split(/:(.*)/s)
  const asItIs = (text: string) => text
  const decoded = (text: string) => new URLSearchParams(`x=${text.replaceAll('&', '%26')}`).get('x') ?? ''

  async function startWith(secret: string, read: (text: string) => string, more: object = {}): Promise<Acme> {
    const acme = await startAcme({ ACME_CLIENT_ID: id, ACME_CLIENT_SECRET: secret, ...more })
    acme.far.on('/token', (seen, response) => {
      const [sentId = '', sentSecret = ''] = halves(seen.headers.authorization)
      const inHeader = read(sentId) === id && read(sentSecret) === secret
      const isRight = inHeader || seen.form.get('client_secret') === secret
      const granted = { access_token: 'token-of-ada', token_type: 'bearer' }
      json(isRight ? granted : { error: 'invalid_client' }, isRight ? 200 : 401)(seen, response)
    })
    return acme
  }

  test('P4 B-39 a right secret is taken by servers that decode it and by those that do not', async () => {
    for (const read of [asItIs, decoded]) {
      const acme = await startWith('aB3/cD/eF5==~!$&;@(x)', read)
      try {
        assert.equal((await signIn(acme)).name, ADA.name)
      } finally {
        await acme.stop()
      }
    }
  })

  test('P4 B-39 client secrets in the Basic header where a secret has to be encoded and the server does not decode, the setting is named, and helps', async () => {
    const acme = await startWith('aB3+cD eF%', asItIs)
    try {
      const page = await acme.newVisitor().follow('/')
      assertRefused(page, 502, 'provider_error')
      assert.match(whatToDo(page), /If both are right, set ACME_TOKEN_ENDPOINT_AUTH_METHOD=client_secret_post/)
      assert.match(acme.app.logged(), /set ACME_TOKEN_ENDPOINT_AUTH_METHOD=client_secret_post/)
    } finally {
      await acme.stop()
    }
    const post = { ACME_TOKEN_ENDPOINT_AUTH_METHOD: 'client_secret_post' }
    for (const [read, more] of [
      [decoded, {}],
      [asItIs, post],
    ] as const) {
      const helped = await startWith('aB3+cD eF%', read, more)
      try {
        assert.equal((await signIn(helped)).name, ADA.name)
      } finally {
        await helped.stop()
      }
    }
  })
})

test('P10 Authlib and Mautic: a callback that is confirmed in other words is confirmed; one that is not is refused', async t => {
  const trail = await startOAuth1App()
  t.after(() => trail.stop())
  const confirms = (word: string) =>
    trail.far.on(ASKS, (_request, response, next) => {
      const send = response.send.bind(response)
      response.send = body => send(String(body).replace('confirmed=true', `confirmed=${word}`))
      next()
    })
  for (const word of CONFIRMATIONS) {
    confirms(word)
    assert.equal((await trail.newVisitor().follow('/login/trail')).status, 200, word)
  }
  confirms('false')
  const page = await trail.newVisitor().follow('/login/trail')
  assertRefused(page, 502, 'provider_malformed')
  assert.match(whatToDo(page), /uses OAuth 1.0, .* TRAIL_REQUEST_TOKEN_URL/)
})
