import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { nextRsaKey } from '../../support/rsa-keys.js'
import {
  assertIssues,
  client,
  company,
  inLocal,
  inProd,
  issuesInLocal,
  issuesInProd,
  oauth1,
  oidc,
  warningsOf,
} from '../parse-settings.js'

type Values = Record<string, string | undefined>

const inPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const EC_KEY = inPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
const P384_KEY = inPem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)
const RSA = nextRsaKey()
const RSA_KEY = inPem(RSA)
const RSA_PUBLIC_KEY = createPublicKey(RSA).export({ type: 'spki', format: 'pem' }).toString()

const apple: Values = {
  PROVIDERS: 'apple',
  APPLE_CLIENT_ID: 'test.acme.login',
  APPLE_TENANT: 'A1B2C3D4E5',
  APPLE_KEY_ID: 'F6G7H8I9J0',
  APPLE_PRIVATE_KEY: EC_KEY,
}

const first = (values: Values) => inProd(values).config.providers[0]

test('an OpenID provider needs an issuer and a client, and nothing else', () => {
  const provider = first(oidc)
  assert.equal(provider?.protocol, 'oidc')
  assert.equal(provider?.issuer, 'https://id.acme.test/realms/main/')
  assert.deepEqual([provider?.authorizeUrl, provider?.scope, provider?.nonce], [undefined, undefined, undefined])
})

test('the details of OpenID Connect are read', () => {
  const provider = first({
    ...oidc,
    COMPANY_JWKS_URL: 'https://keys.acme.test/jwks',
    COMPANY_END_SESSION_URL: 'https://id.acme.test/bye',
    COMPANY_NONCE: 'off',
    COMPANY_RESPONSE_MODE: 'form_post',
    COMPANY_MAX_AGE: '12h',
    COMPANY_ACR_VALUES: 'gold  silver',
    COMPANY_ID_TOKEN_ALG: 'ES256, EdDSA',
  })
  assert.equal(provider?.jwksUrl, 'https://keys.acme.test/jwks')
  assert.equal(provider?.endSessionUrl, 'https://id.acme.test/bye')
  assert.deepEqual([provider?.nonce, provider?.responseMode, provider?.maxAge], [false, 'form_post', 43_200])
  assert.deepEqual(
    [provider?.acrValues, provider?.idTokenAlgs],
    [
      ['gold', 'silver'],
      ['ES256', 'EdDSA'],
    ],
  )
  assert.equal(first({ ...oidc, COMPANY_MAX_AGE: '0' })?.maxAge, 0)
  assert.equal(first({ ...oidc, COMPANY_MAX_AGE: '300' })?.maxAge, 300)
})

test('CF-05 an OpenID provider without an issuer, or with one that cannot be one, is refused', () => {
  const { COMPANY_ISSUER: _, ...rest } = oidc
  assertIssues(issuesInProd, [
    [rest, 'COMPANY_ISSUER is missing, and company is a custom provider'],
    [
      { ...oidc, COMPANY_ISSUER: 'id.acme.test' },
      'COMPANY_ISSUER is "id.acme.test"; write a whole URL, like https://provider.example.org/path',
    ],
    [
      { ...oidc, COMPANY_ISSUER: 'http://id.acme.test' },
      'COMPANY_ISSUER is "http://id.acme.test"; prod needs https://',
    ],
    [
      { ...oidc, COMPANY_ISSUER: 'https://id.acme.test/?a=b' },
      'COMPANY_ISSUER is "https://id.acme.test/?..."; an issuer has no query',
    ],
    [
      { ...oidc, COMPANY_ISSUER: 'https://id.acme.test/.well-known/openid-configuration' },
      'COMPANY_ISSUER is "https://id.acme.test/.well-known/openid-configuration"; write the part before /.well-known/',
    ],
  ])
  assert.equal(
    inLocal({ ...oidc, COMPANY_ISSUER: 'http://localhost:9000' }).config.providers[0]?.issuer,
    'http://localhost:9000',
  )
})

test('CF-09 ID tokens without a signature, or with one by a shared secret, can never be allowed', () => {
  const issue = (alg: string, why: string) =>
    `COMPANY_ID_TOKEN_ALG names "${alg}", but ${why}; write RS256, ES256, EdDSA or the like`
  for (const alg of ['none', 'None']) {
    assert.deepEqual(issuesInProd({ ...oidc, COMPANY_ID_TOKEN_ALG: alg }), [
      issue(alg, 'anyone could make such a token'),
    ])
  }
  for (const alg of ['HS256', 'HS512']) {
    assert.deepEqual(issuesInProd({ ...oidc, COMPANY_ID_TOKEN_ALG: `RS256,${alg}` }), [
      issue(alg, 'everyone who knows the client secret could make such a token'),
    ])
  }
  for (const alg of ['rs256', 'RSA-OAEP', 'ES256K']) {
    assert.deepEqual(issuesInProd({ ...oidc, COMPANY_ID_TOKEN_ALG: alg }), [
      issue(alg, 'such a signature cannot be verified here'),
    ])
  }
})

test('P3 AUDIENCES is a list of names, or any with a warning; a pattern and a malformed list are refused', () => {
  const both = { ...oidc, PROVIDERS: 'github,company' }
  const audiences = (value: string) => {
    const parsed = inProd({ ...both, COMPANY_AUDIENCES: value })
    return { value: parsed.config.providers[1]?.audiences, warnings: warningsOf(parsed) }
  }
  const lists: [value: string, list: readonly string[] | undefined][] = [
    ['', undefined],
    ['project-1', ['project-1']],
    ['project-1 , https://api.acme.test/v1?x=1', ['project-1', 'https://api.acme.test/v1?x=1']],
    // Our own id is among them anyway, and naming one twice trusts nobody more.
    ['vestibule,project-1,project-1', ['vestibule', 'project-1', 'project-1']],
  ]
  for (const [value, list] of lists) assert.deepEqual(audiences(value), { value: list, warnings: [] }, value)
  assert.deepEqual(audiences('*'), {
    value: '*',
    warnings: [
      'COMPANY_AUDIENCES is *: AN ID TOKEN FOR ANY OTHER AUDIENCES TOO IS ACCEPTED, as long as it was issued to this client',
    ],
  })
  const issues: [value: string, issue: string][] = [
    ['a,,b', 'has an empty part; look for a comma too many'],
    ['a,', 'has an empty part; look for a comma too many'],
    [',', 'has an empty part; look for a comma too many'],
    ['*,a', 'names "*"; write each audience in full, or * alone for any'],
    ['a, *', 'names "*"; write each audience in full, or * alone for any'],
    ['*,*', 'names "*"; write each audience in full, or * alone for any'],
    ['project-*', 'names "project-*"; write each audience in full, or * alone for any'],
    ['a\nb', 'is "a\ufffdb" and has a line break or control character; write it on one line'],
    ['a,b\u0000', 'is "a,b\ufffd" and has a line break or control character; write it on one line'],
  ]
  for (const [value, issue] of issues) {
    assert.deepEqual(issuesInProd({ ...both, COMPANY_AUDIENCES: value }), [`COMPANY_AUDIENCES ${issue}`], value)
  }
  const ofGithub = ['GITHUB_AUDIENCES is for oidc, and github uses oauth2; remove it']
  assert.deepEqual(issuesInProd({ ...both, GITHUB_AUDIENCES: 'a' }), ofGithub)
})

test('CF-04 two providers with one issuer and one client id get a warning', () => {
  const duplicate = {
    PROVIDERS: 'github,company,duplicate',
    DUPLICATE_PROTOCOL: 'oidc',
    DUPLICATE_CLIENT_SECRET: 'another-one-of-theirs',
  }
  const same = { DUPLICATE_ISSUER: oidc.COMPANY_ISSUER ?? '', DUPLICATE_CLIENT_ID: 'vestibule' }
  assert.deepEqual(warningsOf(inProd({ ...oidc, ...duplicate, ...same })), [
    'DUPLICATE_CLIENT_ID is that of company, at the same provider; register each of them separately',
  ])
  const others = [{ DUPLICATE_ISSUER: 'https://id.acme.test/realms/other/' }, { DUPLICATE_CLIENT_ID: 'of-its-own' }]
  for (const other of others) assert.deepEqual(warningsOf(inProd({ ...oidc, ...duplicate, ...same, ...other })), [])
})

test('an OAuth 1.0a provider needs its four URLs and a client', () => {
  const provider = first({ ...oauth1, COMPANY_REQUEST_TOKEN_PARAMS: 'x_auth_access_type=read' })
  assert.equal(provider?.requestTokenUrl, 'https://id.acme.test/initiate')
  assert.equal(provider?.signatureMethod, undefined)
  assert.deepEqual(provider?.requestTokenParams, [['x_auth_access_type', 'read']])
  for (const method of ['HMAC-SHA1', 'HMAC-SHA256', 'PLAINTEXT']) {
    assert.equal(first({ ...oauth1, COMPANY_SIGNATURE_METHOD: method })?.signatureMethod, method)
  }
  assertIssues(issuesInProd, [
    [
      { ...oauth1, COMPANY_SIGNATURE_METHOD: 'hmac' },
      'COMPANY_SIGNATURE_METHOD is "hmac"; it can be HMAC-SHA1, HMAC-SHA256, RSA-SHA1 or PLAINTEXT',
    ],
    [
      { ...oauth1, COMPANY_REQUEST_TOKEN_PARAMS: 'oauth_callback=x' },
      'COMPANY_REQUEST_TOKEN_PARAMS may not set oauth_callback, which the protocol sets itself; remove it',
    ],
  ])
})

test('O1-19 PLAINTEXT over http is refused, also in local', () => {
  const plain = { ...oauth1, COMPANY_SIGNATURE_METHOD: 'PLAINTEXT' }
  const issue = 'COMPANY_SIGNATURE_METHOD is PLAINTEXT, which sends secrets: all URLs must be https://'
  for (const name of ['REQUEST_TOKEN_URL', 'TOKEN_URL', 'USER_URL', 'API_BASE_URL']) {
    assert.deepEqual(issuesInLocal({ ...plain, [`COMPANY_${name}`]: 'HTTP://id.acme.test/x' }), [issue], name)
  }
  inLocal(plain)
})

const inOneLine = 'or write its text into double quotes, with \\n for the ends of lines'

test('O1-20 RSA-SHA1 without a private RSA key, and a private key that no setting needs, are refused', () => {
  const { COMPANY_CLIENT_SECRET: _, ...rest } = oauth1
  const rsa = { ...rest, COMPANY_SIGNATURE_METHOD: 'RSA-SHA1' }
  assert.equal(first({ ...rsa, COMPANY_PRIVATE_KEY: RSA_KEY })?.privateKey, RSA_KEY)
  const unreadable = (shape: string) =>
    `COMPANY_PRIVATE_KEY cannot be used: the private key cannot be read: it must be PEM, private and without a passphrase (${shape}); name its file in COMPANY_PRIVATE_KEY_FILE, ${inOneLine}`
  assertIssues(issuesInProd, [
    [rsa, 'COMPANY_PRIVATE_KEY is missing, and COMPANY_SIGNATURE_METHOD is RSA-SHA1'],
    [{ ...rsa, COMPANY_PRIVATE_KEY: EC_KEY }, 'COMPANY_PRIVATE_KEY cannot be used: the private key is no RSA key'],
    [{ ...rsa, COMPANY_PRIVATE_KEY: RSA_PUBLIC_KEY }, unreadable('it is a PUBLIC KEY')],
    [{ ...rsa, COMPANY_PRIVATE_KEY: 'hunter2!' }, unreadable('it has no -----BEGIN line')],
    [
      { ...oauth1, COMPANY_PRIVATE_KEY: RSA_KEY },
      'COMPANY_PRIVATE_KEY is for RSA-SHA1 of OAuth 1.0a and for Apple; remove it',
    ],
  ])
})

test('O1-20 with RSA-SHA1 the development provider too needs a private key, and nothing else', () => {
  const rsa = { PROVIDERS: 'dev-oauth1', DEV_OAUTH1_SIGNATURE_METHOD: 'RSA-SHA1' }
  assert.deepEqual(issuesInLocal(rsa), [
    'DEV_OAUTH1_PRIVATE_KEY is missing, and DEV_OAUTH1_SIGNATURE_METHOD is RSA-SHA1',
  ])
  inLocal({ ...rsa, DEV_OAUTH1_PRIVATE_KEY: RSA_KEY })
})

const PKCS8 = { type: 'pkcs8', format: 'pem' } as const
const WRITTEN_KEYS: Readonly<Record<string, string>> = {
  'as it is': EC_KEY,
  'with \\n for the ends of lines': EC_KEY.replaceAll('\n', '\\n'),
  'with \\\\n for the ends of lines': EC_KEY.replaceAll('\n', '\\\\n'),
  'with \\r\\n for the ends of lines': EC_KEY.replaceAll('\n', '\\r\\n'),
  'with a backslash at the ends of lines': EC_KEY.replaceAll('\n', '\\\n'),
  'with blanks for the ends of lines': EC_KEY.trim().replaceAll('\n', ' '),
  'with CRLF': EC_KEY.replaceAll('\n', '\r\n'),
  'with a byte order mark': `\u{feff}${EC_KEY}`,
  'in double quotes': `"${EC_KEY}"`,
  'in single quotes, on one line': `'${EC_KEY.replaceAll('\n', '\\n')}'`,
  'as base64': Buffer.from(EC_KEY).toString('base64'),
  'as base64 in lines': Buffer.from(EC_KEY).toString('base64').replace(/.{64}/g, '$&\n'),
}

for (const [how, written] of Object.entries(WRITTEN_KEYS)) {
  test(`B-54: a private key may be written ${how}`, () => {
    const key = first({ ...apple, APPLE_PRIVATE_KEY: written })?.privateKey
    assert.equal(key, EC_KEY)
    const { config, warnings } = inProd(
      { ...apple, APPLE_PRIVATE_KEY: undefined },
      { process: { APPLE_PRIVATE_KEY: written } },
    )
    assert.equal(config.providers[0]?.privateKey, EC_KEY)
    assert.ok(!warnings.some(({ setting }) => setting === 'APPLE_PRIVATE_KEY'))
  })
}

test('B-54: a text that is no private key is described by its kind, and none of it is shown', () => {
  const encrypted = createPrivateKey(EC_KEY).export({ ...PKCS8, cipher: 'aes-256-cbc', passphrase: 'hunter2' })
  const body = EC_KEY.split('\n').slice(1, -2).join('')
  const shapes: Record<string, string> = {
    [RSA_PUBLIC_KEY]: 'it is a PUBLIC KEY',
    [EC_KEY.slice(0, 80)]: 'its -----END line is missing',
    [body]: 'it has no -----BEGIN and -----END lines',
    '/run/secrets/apple.p8': 'it looks like the path of a file',
    [encrypted.toString()]: 'it is encrypted with a pass phrase',
    [EC_KEY.replace('MIG', 'MIH')]: 'it is a private key of another kind, or damaged',
  }
  for (const [key, shape] of Object.entries(shapes)) {
    const [issue, ...more] = issuesInProd({ ...apple, APPLE_PRIVATE_KEY: key })
    assert.deepEqual([issue, more], [wrongKey(shape), []])
    assert.ok(!issue?.includes(body.slice(0, 12)))
  }
})

const wrongKey = (shape: string) =>
  `APPLE_PRIVATE_KEY is no private P-256 key in PEM (${shape}); name the .p8 file in APPLE_PRIVATE_KEY_FILE, ${inOneLine}`

test('a preset that creates its client secret needs the private key and its id, and no client secret', () => {
  assert.deepEqual([first(apple)?.tenant, first(apple)?.keyId], ['A1B2C3D4E5', 'F6G7H8I9J0'])
  const less = (name: string) => ({ ...apple, [name]: '' })
  const team = 'write your team id, ten letters and digits'
  assertIssues(issuesInProd, [
    [less('APPLE_PRIVATE_KEY'), 'APPLE_PRIVATE_KEY is missing; Apple gives a private key in place of a client secret'],
    [less('APPLE_KEY_ID'), 'APPLE_KEY_ID is missing; it is the id of APPLE_PRIVATE_KEY'],
    [less('APPLE_TENANT'), `APPLE_TENANT is missing; ${team}`],
    [{ ...apple, APPLE_TENANT: 'acme' }, `APPLE_TENANT is "acme"; ${team}`],
    [
      { ...apple, APPLE_CLIENT_SECRET: 'b1d11f9b3a7aba766' },
      'APPLE_CLIENT_SECRET is not needed: it is made of APPLE_PRIVATE_KEY; remove it',
    ],
    ...[RSA_KEY, P384_KEY].map((key): [Values, string] => [
      { ...apple, APPLE_PRIVATE_KEY: key },
      wrongKey('it is a private key of another kind, or damaged'),
    ]),
    [{ ...apple, APPLE_PRIVATE_KEY: 'hunter2!' }, wrongKey('it has no -----BEGIN line')],
  ])
})

test('a setting that the protocol does not have is refused', () => {
  const other = (name: string, protocols: string, speaks: string) =>
    `COMPANY_${name} is for ${protocols}, and company uses ${speaks}; remove it`
  assertIssues(issuesInProd, [
    [{ ...company, COMPANY_ISSUER: 'https://id.acme.test' }, other('ISSUER', 'oidc', 'oauth2')],
    [{ ...company, COMPANY_NONCE: 'off' }, other('NONCE', 'oidc', 'oauth2')],
    [{ ...oauth1, COMPANY_MAX_AGE: '1h' }, other('MAX_AGE', 'oidc', 'oauth1')],
    [{ ...oauth1, COMPANY_PKCE: 'off' }, other('PKCE', 'oauth2 and oidc', 'oauth1')],
    [{ ...oauth1, COMPANY_REFRESH_URL: 'https://id.acme.test/r' }, other('REFRESH_URL', 'oauth2 and oidc', 'oauth1')],
    [{ ...oauth1, COMPANY_REFRESH_PARAMS: 'a=b' }, other('REFRESH_PARAMS', 'oauth2 and oidc', 'oauth1')],
    [
      { ...oauth1, COMPANY_REVOCATION_URL: 'https://id.acme.test/r' },
      other('REVOCATION_URL', 'oauth2 and oidc', 'oauth1'),
    ],
    [{ ...company, COMPANY_END_SESSION_URL: 'https://id.acme.test/e' }, other('END_SESSION_URL', 'oidc', 'oauth2')],
    [{ ...oidc, COMPANY_SIGNATURE_METHOD: 'HMAC-SHA1' }, other('SIGNATURE_METHOD', 'oauth1', 'oidc')],
    [
      { ...oauth1, COMPANY_SCOPE: 'read' },
      'COMPANY_SCOPE is for oauth2 and oidc; OAuth 1.0a has no scope, so remove it',
    ],
    [
      { ...oidc, COMPANY_KEY_ID: 'a' },
      'COMPANY_KEY_ID is for providers that use a private key in place of a client secret; remove it',
    ],
    [{ ...oidc, COMPANY_TENANT: 'acme' }, 'COMPANY_TENANT is for presets of providers with tenants; remove it'],
    [
      { ...oidc, COMPANY_BASE_URL: 'https://id.acme.test' },
      'COMPANY_BASE_URL is only for presets of self-hosted providers; remove it',
    ],
    [
      { GITHUB_PRESET: 'github', GITHUB_PROTOCOL: 'oidc' },
      'GITHUB_PROTOCOL is "oidc", but the preset for GitHub uses oauth2; remove it',
    ],
  ])
  const trello = { PROVIDERS: 'trello', TRELLO_CLIENT_ID: 'a', TRELLO_CLIENT_SECRET: 'b1d11f9b3a7aba766' }
  assert.deepEqual(first({ ...trello, TRELLO_SCOPE: 'read account' })?.scope, ['read', 'account'])
})

test('JW-23 an extra parameter whose effect on the ID token would not be checked is refused', () => {
  const asks = (param: string, right: string) =>
    `COMPANY_AUTHORIZE_PARAMS asks for ${param}; write ${right}, so that the response is checked too`
  assertIssues(issuesInProd, [
    [{ ...oidc, COMPANY_AUTHORIZE_PARAMS: 'prompt=login&max_age=0' }, asks('max_age', 'COMPANY_MAX_AGE')],
    [{ ...oidc, COMPANY_AUTHORIZE_PARAMS: 'ACR_values=urn%3Agold' }, asks('ACR_values', 'COMPANY_ACR_VALUES')],
  ])
  inProd({ ...company, COMPANY_AUTHORIZE_PARAMS: 'max_age=0' })
  inProd({ ...oidc, COMPANY_AUTHORIZE_PARAMS: 'prompt=login&max_ages=0' })
})

test('a provider with the name of a preset and another protocol is a custom provider', () => {
  const asGithub = (values: Values) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key.replace('COMPANY', 'GITHUB'), value]))
  for (const values of [oidc, oauth1]) {
    const { preset, protocol } = first({ ...asGithub(values), PROVIDERS: 'github' }) ?? {}
    assert.deepEqual([preset, protocol], [undefined, values.COMPANY_PROTOCOL])
  }
  assert.equal(first({ PROVIDERS: 'github', ...asGithub(client), GITHUB_PROTOCOL: 'oauth2' })?.preset, 'github')
  assertIssues(issuesInProd, [
    [{ GITHUB_PROTOCOL: 'oidc' }, 'GITHUB_ISSUER is missing, and github is a custom provider'],
  ])
  assert.deepEqual(issuesInLocal({ PROVIDERS: 'dev', DEV_PROTOCOL: 'oidc' }), [
    'DEV_PROTOCOL is "oidc", but the preset for Development uses oauth2; remove it',
  ])
})

test('a self-hosted provider needs its base URL, or its issuer', () => {
  const keycloak = { PROVIDERS: 'keycloak', KEYCLOAK_CLIENT_ID: 'a', KEYCLOAK_CLIENT_SECRET: 'b1d11f9b3a7aba766' }
  const missing = 'write the URL of your Keycloak, like https://id.example.org/realms/main'
  assert.deepEqual(issuesInProd(keycloak), [`KEYCLOAK_BASE_URL is missing; ${missing}`])
  assert.equal(first({ ...keycloak, KEYCLOAK_ISSUER: 'https://id.acme.test/realms/a' })?.baseUrl, undefined)
  const base = (url: string) => ({ ...keycloak, KEYCLOAK_BASE_URL: url })
  assert.equal(first(base('https://id.acme.test/realms/a/'))?.baseUrl, 'https://id.acme.test/realms/a')
  assert.deepEqual(issuesInProd(base('https://id.acme.test/?realm=a')), [
    'KEYCLOAK_BASE_URL is "https://id.acme.test/?..."; write it without a query',
  ])
})
