import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildAuthorizationUrl, codeChallenge, readCallback, readState } from '../../src/oauth/authorize.js'
import { aClient } from './samples.js'

const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const params = { state: 'the-state', codeVerifier: VERIFIER, redirectUri: 'https://app.example/cb' }
const callback = (query: string, issuer?: string) => readCallback(new URLSearchParams(query), { issuer })

test('MX-08 the code challenge is the S256 one of RFC 7636, appendix B', () => {
  assert.equal(codeChallenge(VERIFIER), CHALLENGE)
})

test('the authorization URL carries what RFC 6749 and RFC 7636 ask for, and nothing else', () => {
  const url = new URL(buildAuthorizationUrl(aClient(), params))
  assert.equal(`${url.origin}${url.pathname}`, 'https://provider.example/authorize')
  assert.deepEqual(
    [...url.searchParams],
    [
      ['response_type', 'code'],
      ['client_id', 'the-client'],
      ['redirect_uri', 'https://app.example/cb'],
      ['scope', 'read:user user:email'],
      ['state', 'the-state'],
      ['code_challenge', CHALLENGE],
      ['code_challenge_method', 'S256'],
    ],
  )
  assert.ok(!url.href.includes(VERIFIER))
})

test('an empty scope is left out, and so is PKCE where it is off', () => {
  const url = new URL(buildAuthorizationUrl(aClient({ scope: [], pkce: false }), params))
  assert.deepEqual([...url.searchParams.keys()], ['response_type', 'client_id', 'redirect_uri', 'state'])
})

test('MX-08 neither extra parameters nor the endpoint can replace ours or lower the challenge method', () => {
  const names = 'client_id redirect_uri response_type scope state nonce code_challenge code_challenge_method request'
  const evil = names.split(' ').map(name => [name, 'evil'] as const)
  const authorizeUrl = `https://provider.example/authorize?${evil.map(pair => pair.join('=')).join('&')}&tenant=a`
  for (const pkce of [true, false]) {
    const client = aClient({ authorizeUrl, pkce, authorizeParams: [...evil, ['prompt', 'login']] })
    const { searchParams } = new URL(buildAuthorizationUrl(client, params))
    assert.ok(!searchParams.toString().includes('evil'))
    assert.equal(searchParams.get('tenant'), 'a')
    assert.equal(searchParams.get('prompt'), 'login')
    assert.equal(new Set(searchParams.keys()).size, [...searchParams.keys()].length)
  }
})

test('an extra parameter takes the place of the same one in the endpoint', () => {
  const client = aClient({ authorizeUrl: 'https://p.example/a?prompt=none', authorizeParams: [['prompt', 'login']] })
  assert.deepEqual(new URL(buildAuthorizationUrl(client, params)).searchParams.getAll('prompt'), ['login'])
})

test('ST-01 ST-02 a callback without a state, or with an empty one, is refused', () => {
  for (const query of ['', 'code=c', 'state=', 'state&code=c']) {
    assert.throws(() => readState(new URLSearchParams(query)), { code: 'state_missing' }, query)
  }
  assert.equal(readState(new URLSearchParams('code=c&state=null')), 'null')
})

test('ST-11 a callback with a parameter twice is refused, whichever it is', () => {
  assert.throws(() => readState(new URLSearchParams('state=s&state=s')), { code: 'request_malformed' })
  for (const name of ['state', 'code', 'error', 'error_description', 'error_uri', 'iss', 'session_state']) {
    assert.throws(() => callback(`code=c&${name}=a&${name}=a`), { code: 'request_malformed' }, name)
  }
})

test('a good callback gives its code and nothing else', () => {
  assert.deepEqual({ ...callback('code=a%2Bb+c&state=s&session_state=x') }, { code: 'a+b c' })
})

test('a callback without a code, or with an empty one, is refused', () => {
  for (const query of ['state=s', 'state=s&code=']) {
    assert.throws(() => callback(query), { code: 'code_missing' }, query)
  }
})

test('the details of OpenID Connect are sent where they are given', () => {
  const details = { nonce: 'the-nonce', responseMode: 'form_post', maxAge: 0, acrValues: ['urn:a', 'urn:b'] }
  const client = aClient({
    authorizeUrl: 'https://p.example/a?nonce=evil&max_age=9',
    authorizeParams: [
      ['nonce', 'evil'],
      ['response_mode', 'evil'],
      ['max_age', '9'],
      ['acr_values', 'evil'],
    ],
  })
  const { searchParams } = new URL(buildAuthorizationUrl(client, { ...params, ...details }))
  for (const [name, value] of [
    ['nonce', 'the-nonce'],
    ['response_mode', 'form_post'],
    ['max_age', '0'],
    ['acr_values', 'urn:a urn:b'],
  ] as const) {
    assert.deepEqual(searchParams.getAll(name), [value])
  }
  const bare = new URL(buildAuthorizationUrl(aClient(), { ...params, nonce: undefined, acrValues: [] }))
  for (const name of ['nonce', 'response_mode', 'max_age', 'acr_values']) assert.ok(!bare.searchParams.has(name))
})

test('a callback of another flow is refused: tokens by way of the browser, and an answer that is signed', () => {
  for (const name of ['response', 'id_token', 'token', 'access_token']) {
    for (const query of [`code=c&${name}=a`, `code=c&${name}=`, `error=access_denied&${name}=a`]) {
      assert.throws(() => callback(query), { code: 'request_malformed', message: new RegExp(name) }, query)
    }
  }
  assert.equal(callback('code=c&token_type=bearer&id=1').code, 'c')
})

test('MX-01 invalid-authorization-response-iss: an issuer with one character more is another one', () => {
  const issuer = 'https://op.example'
  for (const iss of [`${issuer}1`, `${issuer}/`, 'https://op.exampl', 'https%3A%2F%2FOP.example', '']) {
    for (const issuerRequired of [true, false]) {
      const params = new URLSearchParams(`code=c&iss=${iss}`)
      assert.throws(() => readCallback(params, { issuer, issuerRequired }), { code: 'issuer_mismatch' }, iss)
    }
  }
})

test('MX-02 remove-authorization-response-iss: a missing issuer is refused where the provider always sends one', () => {
  const issuer = 'https://op.example'
  const read = (query: string, issuerRequired?: boolean) =>
    readCallback(new URLSearchParams(query), { issuer, issuerRequired })
  assert.throws(() => read('code=c', true), { code: 'issuer_mismatch' })
  assert.throws(() => read('error=access_denied', true), { code: 'issuer_mismatch' })
  assert.equal(read(`code=c&iss=${issuer}`, true).code, 'c')
  assert.equal(read('code=c', false).code, 'c')
  assert.equal(read('code=c').code, 'c')
})

test('MX-03 an issuer is not looked at where none is expected, and chooses nothing', () => {
  assert.deepEqual({ ...callback('code=c&iss=https://evil.example') }, { code: 'c' })
})

test('an issuer is compared byte by byte where one is expected, and not looked at elsewhere', () => {
  const own = 'https://github.com/login/oauth'
  const table: [iss: string | undefined, expected: string | undefined, fine: boolean][] = [
    [own, own, true],
    [undefined, own, true],
    ['https://other.example', undefined, true],
    ['https://other.example', own, false],
    [`${own}/`, own, false],
    ['https://GitHub.com/login/oauth', own, false],
    ['', own, false],
  ]
  for (const [iss, expected, fine] of table) {
    const query = new URLSearchParams({ code: 'c', ...(iss !== undefined && { iss }) }).toString()
    if (fine) assert.equal(callback(query, expected).code, 'c', query)
    else assert.throws(() => callback(query, expected), { code: 'issuer_mismatch' }, query)
  }
})

test('ST-19 a person who said no is told apart from a provider that failed', () => {
  assert.throws(() => callback('state=s&error=access_denied&error_description=No+thanks'), {
    code: 'provider_denied',
    providerMessage: 'No thanks',
  })
  for (const error of ['server_error', 'temporarily_unavailable', 'Access_Denied', '']) {
    assert.throws(
      () => callback(`state=s&error=${error}`),
      { code: 'provider_error', providerMessage: undefined },
      error,
    )
  }
})

test('P7 a provider that had to ask, and could, was answered no; where prompt=none forbade it the setting is named', () => {
  const names = ['consent_required', 'interaction_required', 'login_required', 'account_selection_required']
  const read = (error: string, client: Parameters<typeof readCallback>[2] = {}) =>
    readCallback(new URLSearchParams({ error, error_description: 'No' }), {}, client)
  const endpoint = 'https://op.example/authorize'
  for (const error of names) {
    const denied = { code: 'provider_denied', providerMessage: 'No', message: `The person did not consent (${error})` }
    assert.throws(() => read(error), denied)
    assert.throws(() => read(error, { authorizeParams: [['prompt', 'consent']], authorizeUrl: endpoint }), denied)
    const overruled = { authorizeParams: [['prompt', 'login']] as const, authorizeUrl: `${endpoint}?prompt=none` }
    assert.throws(() => read(error, overruled), denied)
    const forbidden = {
      code: 'provider_error',
      providerMessage: 'No',
      hint: 'prompt_none',
      message: new RegExp(`${error}.*prompt=none`),
    }
    assert.throws(() => read(error, { authorizeParams: [['prompt', 'none']] }), forbidden)
    assert.throws(() => read(error, { authorizeUrl: `${endpoint}?prompt=none` }), forbidden)
  }
  for (const error of ['Consent_Required', 'consent_required ', 'registration_not_supported']) {
    assert.throws(
      () => read(error),
      { code: 'provider_error', hint: undefined, oauthError: /^[a-z_]+$/.test(error) ? error : undefined },
      error,
    )
  }
  assert.throws(() => read('access_denied', { authorizeParams: [['prompt', 'none']] }), { code: 'provider_denied' })
  assert.throws(() => read('no_thanks', { deniedErrors: ['no_thanks'] }), { code: 'provider_denied' })
})

test('P9 an issuer of a callback that differs by a slash at its end is refused in words that say so', () => {
  const own = 'https://op.example'
  for (const [found, expected] of [
    [`${own}/`, own],
    [own, `${own}/`],
  ] as const) {
    const expectedError = { code: 'issuer_mismatch', hint: 'issuer_spelling', message: /a slash at its end/ }
    assert.throws(() => callback(`code=c&iss=${found}`, expected), expectedError)
  }
})

test('ST-23 with both a code and an error it is an error', () => {
  assert.throws(() => callback('code=c&error=server_error'), { code: 'provider_error' })
  assert.throws(() => callback('code=c&error=access_denied'), { code: 'provider_denied' })
})

test('ST-20 the order is: parameters once, then issuer, then error, then code', () => {
  const table: [query: string, code: string][] = [
    ['error=e&error=e&iss=other', 'request_malformed'],
    ['error=access_denied&iss=other', 'issuer_mismatch'],
    ['iss=other', 'issuer_mismatch'],
    ['error=access_denied&code=', 'provider_denied'],
    ['code=', 'code_missing'],
  ]
  for (const [query, code] of table) assert.throws(() => callback(query, 'own'), { code }, query)
})

test('ST-21 what the provider says is cut and cannot turn the text around it', () => {
  const description = `\u202eline one\r\nline two\u0000${'x'.repeat(100_000)}`
  const query = new URLSearchParams({ error: 'server_error', error_description: description }).toString()
  assert.throws(
    () => callback(query),
    (error: { providerMessage?: string }) => {
      assert.ok(error.providerMessage?.startsWith('line one line two xxx'))
      assert.equal(error.providerMessage?.length, 200)
      return true
    },
  )
})

test('ST-22 an error_uri goes nowhere', () => {
  assert.throws(
    () => callback('error=server_error&error_uri=javascript:alert(1)'),
    (error: Error) => !JSON.stringify([error, error.message]).includes('javascript'),
  )
})
