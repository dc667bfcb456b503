import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discoveryRequests, readMetadata } from '../../src/oauth/discovery.js'
import { aResponse } from './samples.js'

const ISSUER = 'https://op.example/tenant'
const GOOD = {
  issuer: ISSUER,
  authorization_endpoint: 'https://op.example/authorize',
  token_endpoint: 'https://op.example/token',
  jwks_uri: 'https://op.example/jwks/abcdefghij',
}
const read = (changes: object, issuer = ISSUER) => readMetadata(aResponse({ ...GOOD, issuer, ...changes }), issuer)
const refused = (changes: object, message: RegExp, issuer = ISSUER) =>
  assert.throws(
    () => read(changes, issuer),
    { name: 'ProtocolError', code: 'provider_malformed', message },
    JSON.stringify(changes),
  )

test('both well-known places are asked, OpenID Connect first, with and without a path and a slash at its end', () => {
  const oidc = '/.well-known/openid-configuration'
  const oauth = '/.well-known/oauth-authorization-server'
  const table: [issuer: string, urls: string[]][] = [
    ['https://op.example', [`https://op.example${oidc}`, `https://op.example${oauth}`]],
    ['https://op.example/', [`https://op.example${oidc}`, `https://op.example${oauth}`]],
    ['https://op.example/a/b', [`https://op.example/a/b${oidc}`, `https://op.example${oauth}/a/b`]],
    ['https://op.example/a/b/', [`https://op.example/a/b${oidc}`, `https://op.example${oauth}/a/b`]],
    ['http://localhost:3001/a', [`http://localhost:3001/a${oidc}`, `http://localhost:3001${oauth}/a`]],
  ]
  for (const [issuer, urls] of table) {
    const requests = discoveryRequests(issuer)
    assert.deepEqual(
      requests.map(({ url }) => url),
      urls,
    )
    for (const { method, headers, body } of requests) {
      assert.deepEqual([method, headers, body], ['GET', { Accept: 'application/json' }, undefined])
    }
  }
})

test('oidcc-client-test-discovery-openid-config: what the metadata name is used, and nothing is guessed', () => {
  assert.deepEqual(
    read({
      userinfo_endpoint: 'https://api.op.example/me',
      revocation_endpoint: 'https://op.example/revoke',
      end_session_endpoint: 'https://op.example/end?x=1',
      id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256', 'ES256K', 'EdDSA'],
      authorization_response_iss_parameter_supported: true,
      response_modes_supported: ['query', 'form_post'],
      code_challenge_methods_supported: ['plain', 'S256'],
      token_endpoint_auth_methods_supported: ['client_secret_post'],
      introspection_endpoint: 1,
      prompt_values_supported: ['none', 'login', 7],
    }),
    {
      issuer: ISSUER,
      authorizationEndpoint: 'https://op.example/authorize',
      tokenEndpoint: 'https://op.example/token',
      jwksUri: 'https://op.example/jwks/abcdefghij',
      userinfoEndpoint: 'https://api.op.example/me',
      revocationEndpoint: 'https://op.example/revoke',
      endSessionEndpoint: 'https://op.example/end?x=1',
      idTokenAlgs: ['RS256', 'EdDSA'],
      authorizationResponseIss: true,
      tokenEndpointAuthMethods: ['client_secret_post'],
      promptValues: ['none', 'login'],
      fromPrivateNetwork: false,
    },
  )
})

test('oidcc-client-test-mtls-endpoint-aliases: aliases for mutual TLS take the place of nothing', () => {
  const mtls_endpoint_aliases = { token_endpoint: 'https://mtls.op.example/token' }
  for (const aliases of [mtls_endpoint_aliases, 'file:///etc/passwd']) {
    assert.deepEqual(read({ mtls_endpoint_aliases: aliases }), read({}))
  }
})

test('what is left out, or null, has the default of its standard', () => {
  const bare = read({})
  assert.deepEqual(bare, {
    issuer: ISSUER,
    authorizationEndpoint: 'https://op.example/authorize',
    tokenEndpoint: 'https://op.example/token',
    jwksUri: 'https://op.example/jwks/abcdefghij',
    userinfoEndpoint: undefined,
    revocationEndpoint: undefined,
    endSessionEndpoint: undefined,
    idTokenAlgs: ['RS256'],
    authorizationResponseIss: false,
    tokenEndpointAuthMethods: ['client_secret_basic'],
    promptValues: undefined,
    fromPrivateNetwork: false,
  })
  const nulls = { userinfo_endpoint: null, end_session_endpoint: null }
  assert.deepEqual(read({ ...nulls, authorization_response_iss_parameter_supported: null }), bare)
})

test('DI-01 oidcc-client-test-discovery-issuer-mismatch: another issuer by a single character is refused, and both are named', () => {
  for (const issuer of [
    ...[`${ISSUER}/`, `${ISSUER}INVALID`, 'https://OP.example/tenant', 'https://op.example:443/tenant'],
    ...['http://op.example/tenant', 'https://op.example', 'https://op.example/Tenant', ' https://op.example/tenant'],
  ]) {
    refused({ issuer }, /"https:\/\/op\.example\/tenant" is configured/)
    assert.throws(
      () => read({ issuer }),
      (error: Error) => error.message.includes(`"${issuer.trim()}"`),
    )
  }
  for (const issuer of [undefined, null, 1, '', [ISSUER], { ISSUER }]) refused({ issuer }, /issuer (?:none|"")/)
  assert.throws(
    () => read({ issuer: `\u202e\n${'x'.repeat(100_000)}` }),
    (error: Error) => error.message.length < 400 && !/[\n\u202e]/.test(error.message),
  )
})

test('P9 another issuer comes with advice of its own', () => {
  for (const issuer of [`${ISSUER}/`, undefined, 'https://other.example']) {
    assert.throws(() => read({ issuer }), { code: 'provider_malformed', hint: 'issuer_spelling' })
  }
})

test('an issuer with a slash at its end is itself, and not the one without', () => {
  assert.equal(read({}, `${ISSUER}/`).issuer, `${ISSUER}/`)
  refused({ issuer: ISSUER }, /is configured/, `${ISSUER}/`)
})

test('where a provider writes a template in the place of its issuer, that is what must stand there', () => {
  const discoveryIssuer = 'https://op.example/{tenantid}/v2.0'
  const readAs = (issuer: string) => readMetadata(aResponse({ ...GOOD, issuer }), ISSUER, { discoveryIssuer })
  assert.equal(readAs(discoveryIssuer).issuer, discoveryIssuer)
  assert.throws(() => readAs(ISSUER), { code: 'provider_malformed' })
})

const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri']
const MORE_ENDPOINTS = ['userinfo_endpoint', 'revocation_endpoint', 'end_session_endpoint']

test('DI-04 a missing endpoint is named', () => {
  for (const name of ENDPOINTS) {
    for (const value of [undefined, null]) refused({ [name]: value }, new RegExp(`no ${name}`))
  }
})

test('B-15 DI-02 an endpoint is an absolute https URL without credentials and fragment', () => {
  for (const name of [...ENDPOINTS, ...MORE_ENDPOINTS]) {
    for (const value of [
      ...[1, true, [], ['https://op.example/a'], {}, '', 'op.example', '/authorize', 'https://', 'https://op example/'],
      ...['https:\\\\op.example/', 'https://op.example/\t', '\nhttps://op.example/', 'https://öp.example/'],
      `https://op.example/${'x'.repeat(2048)}`,
    ]) {
      // Refused until B-15 also where the endpoint is not needed: then what cannot be read is as good as not there.
      if (ENDPOINTS.includes(name)) refused({ [name]: value }, new RegExp(`${name} that is not a URL`))
      else assert.deepEqual(read({ [name]: value }), read({}))
    }
    for (const value of [
      ...['http://op.example/a', 'file:///etc/passwd', 'javascript:alert(1)', 'data:text/html,x', 'ftp://op.example/'],
      ...['wss://op.example/', 'blob:https://op.example/a'],
    ]) {
      refused({ [name]: value }, new RegExp(`${name} that is not https`))
    }
    for (const value of ['https://a:b@op.example/', 'https://a@op.example/', 'https://:b@op.example/']) {
      refused({ [name]: value }, new RegExp(`${name} that holds credentials`))
    }
    for (const value of ['https://op.example/#a', 'https://op.example/#']) refused({ [name]: value }, /has a fragment/)
  }
})

test('A7 an endpoint has two slashes after its scheme: a browser reads any other number as a path of ours', () => {
  for (const name of [...ENDPOINTS, ...MORE_ENDPOINTS]) {
    for (const value of ['https:op.example', 'https:op.example/a', 'https:/op.example/a', 'https:///op.example/a']) {
      refused({ [name]: value }, new RegExp(`${name} that does not have two slashes after its scheme`))
    }
    read({ [name]: 'HTTPS://op.example/a' })
  }
})

test('DI-02 endpoints on other hosts are fine, in our own network only where the issuer is there too', () => {
  const privateUrls = [
    'https://127.0.0.1/',
    'https://localhost/',
    'https://169.254.169.254/',
    'https://[::1]/',
    'https://10.1/',
  ]
  for (const name of [...ENDPOINTS, ...MORE_ENDPOINTS]) {
    for (const url of privateUrls) {
      refused({ [name]: url }, /leads into our own network/)
      for (const issuer of ['https://192.168.1.5', 'http://localhost:3001']) read({ [name]: url }, issuer)
    }
    read({ [name]: 'https://other.example/a?tenant=1' })
  }
})

test('DI-02 http is for an issuer that is at http itself', () => {
  const issuer = 'http://127.0.0.1:3001'
  const metadata = read({ token_endpoint: 'http://127.0.0.1:3001/token' }, issuer)
  assert.equal(metadata.tokenEndpoint, 'http://127.0.0.1:3001/token')
  refused({ token_endpoint: 'http://op.example/token' }, /is not https/)
})

// What is no list of texts was refused until B-15.
test('B-15 a list is read as far as it is one of texts, and of bounded length; else it counts as absent', () => {
  const lists = {
    id_token_signing_alg_values_supported: 'idTokenAlgs',
    token_endpoint_auth_methods_supported: 'tokenEndpointAuthMethods',
  } as const
  for (const [name, member] of Object.entries(lists)) {
    for (const value of [1, true, {}, null]) assert.deepEqual(read({ [name]: value }), read({}), JSON.stringify(value))
    for (const value of [[], [1], [null], [['ES256']], ['x'.repeat(101)]])
      assert.deepEqual(read({ [name]: value })[member], [])
    for (const value of ['ES256', ['ES256'], [1, 'ES256', {}]])
      assert.deepEqual(read({ [name]: value })[member], ['ES256'])
    assert.deepEqual(read({ [name]: 'ES256, RS256' })[member], ['ES256', 'RS256'])
    assert.deepEqual(read({ [name]: [...Array(100).fill('ES256'), 'RS256'] })[member], Array(100).fill('ES256'))
  }
})

// A word in its place was refused until B-15.
test('B-15 MX-02 a provider sends iss where it says so with true, as a text too, and anything else says nothing', () => {
  const name = 'authorization_response_iss_parameter_supported'
  for (const value of [true, 'true', 'True']) assert.equal(read({ [name]: value }).authorizationResponseIss, true)
  for (const value of [false, 'false', 'yes', 1, 0, '', [], ['true'], {}, null]) {
    assert.equal(read({ [name]: value }).authorizationResponseIss, false, JSON.stringify(value))
  }
})

test('only a JSON object with a status of success is read', () => {
  for (const status of [401, 404, 500]) {
    assert.throws(() => readMetadata(aResponse(GOOD, { status }), ISSUER), { code: 'provider_error', status })
  }
  assert.throws(() => readMetadata(aResponse(GOOD, { status: 301 }), ISSUER), { code: 'provider_malformed' })
  for (const response of [aResponse([GOOD]), aResponse('<html>'), aResponse(GOOD, { mediaType: 'application/jwt' })]) {
    assert.throws(() => readMetadata(response, ISSUER), { code: 'provider_malformed' })
  }
})

test('B-09 metadata read at a URL of the settings may name endpoints inside our own network, and on http, only if that URL is there', () => {
  const privateEndpoint = { token_endpoint: 'https://10.0.0.5/token' }
  const onHttp = { token_endpoint: 'http://localhost:8080/token' }
  const readThere = (changes: object, readAt: string, issuer = ISSUER) =>
    readMetadata(aResponse({ ...GOOD, issuer, ...changes }), issuer, { readAt })
  assert.equal(readThere(privateEndpoint, 'https://10.0.0.1/metadata').tokenEndpoint, privateEndpoint.token_endpoint)
  assert.equal(readThere(onHttp, 'http://localhost:8080/metadata').tokenEndpoint, onHttp.token_endpoint)
  const [bad, ours] = [{ code: 'provider_malformed' }, 'https://10.0.0.5']
  assert.throws(() => readThere(privateEndpoint, 'https://elsewhere.example/metadata', ours), bad)
  assert.throws(() => readThere(onHttp, 'https://localhost/metadata', 'http://localhost:8080'), bad)
  // The issuer is compared all the same.
  assert.throws(() => readMetadata(aResponse(GOOD), ours, { readAt: 'https://op.example/metadata' }), bad)
})
