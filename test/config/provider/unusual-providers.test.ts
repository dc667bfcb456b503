// The settings of a provider whose metadata, user endpoint or addresses are not as the standards have them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EnvValues } from '../../../src/config/reader.js'
import { assertIssues, company, inLocal, inProd, issuesInProd, oauth1, oidc, warningsOf } from '../parse-settings.js'

const first = (values: EnvValues) => inProd(values).config.providers[0]

test('B-09 the discovery URL of an OpenID provider is read unchanged, with its query', () => {
  const url = 'https://acme.b2clogin.test/acme/v2.0/.well-known/openid-configuration?p=b2c_1_signin'
  assert.equal(first({ ...oidc, COMPANY_DISCOVERY_URL: url })?.discoveryUrl, url)
  assert.equal(first({ ...oidc, COMPANY_DISCOVERY_URL: '' })?.discoveryUrl, undefined)
  const local = inLocal({ ...oidc, COMPANY_DISCOVERY_URL: 'http://keycloak:8080/metadata' })
  assert.equal(local.config.providers[0]?.discoveryUrl, 'http://keycloak:8080/metadata')
})

test('B-09 an invalid discovery URL is refused, and the issue does not show what may be secret in it', () => {
  const url = (value: string) => ({ ...oidc, COMPANY_DISCOVERY_URL: value })
  const whole = 'write a whole URL, like https://provider.example.org/path'
  assertIssues(issuesInProd, [
    [url('*'), `COMPANY_DISCOVERY_URL is "*"; ${whole}`],
    [url('id.acme.test'), `COMPANY_DISCOVERY_URL is "id.acme.test"; ${whole}`],
    [
      url('/.well-known/openid-configuration'),
      `COMPANY_DISCOVERY_URL is "/.well-known/openid-configuration"; ${whole}`,
    ],
    [url('file:///etc/passwd'), `COMPANY_DISCOVERY_URL is "file:///etc/passwd"; ${whole}`],
    [url('https://a.test/x y'), `COMPANY_DISCOVERY_URL is "https://a.test/x y"; ${whole}`],
    [url('https://a.test/\r\nX: y'), `COMPANY_DISCOVERY_URL is "https://a.test/\u{fffd}\u{fffd}X: y"; ${whole}`],
    [url('https://a.test\\@evil.test'), `COMPANY_DISCOVERY_URL is "https://...@evil.test"; ${whole}`],
    [url('http://id.acme.test/m'), 'COMPANY_DISCOVERY_URL is "http://id.acme.test/m"; prod needs https://'],
    [
      url('https://user:s3cret@id.acme.test/m'),
      'COMPANY_DISCOVERY_URL is "https://...@id.acme.test/m"; write it without user name and password',
    ],
    [
      url('https://id.acme.test/m#x'),
      'COMPANY_DISCOVERY_URL is "https://id.acme.test/m#..."; write it without a fragment',
    ],
    [
      url('https://id.acme.test/m?client_secret=s3cret'),
      'COMPANY_DISCOVERY_URL is "https://id.acme.test/m?..."; its query may not carry client_secret, which the protocol sets itself',
    ],
    [
      { ...company, COMPANY_DISCOVERY_URL: 'https://id.acme.test/m' },
      'COMPANY_DISCOVERY_URL is for oidc, and company uses oauth2; remove it',
    ],
    [
      { ...oauth1, COMPANY_DISCOVERY_URL: 'https://id.acme.test/m' },
      'COMPANY_DISCOVERY_URL is for oidc, and company uses oauth1; remove it',
    ],
    [
      { GITHUB_DISCOVERY_URL: 'https://id.acme.test/m' },
      'GITHUB_DISCOVERY_URL is for oidc, and github uses oauth2; remove it',
    ],
    [
      { ...oidc, COMPANY_DISCOVRY_URL: 'https://id.acme.test/m' },
      'COMPANY_DISCOVRY_URL is not a setting; did you mean COMPANY_DISCOVERY_URL?',
    ],
  ])
})

test('B-09 a discovery URL is refused where all that it would give is set, because it would not be requested', () => {
  const byHand = {
    COMPANY_AUTHORIZE_URL: 'https://id.acme.test/authorize',
    COMPANY_TOKEN_URL: 'https://id.acme.test/token',
    COMPANY_JWKS_URL: 'https://id.acme.test/jwks',
  }
  assert.equal(first({ ...oidc, ...byHand })?.discoveryUrl, undefined)
  const discovery = { COMPANY_DISCOVERY_URL: 'https://id.acme.test/m' }
  assert.deepEqual(issuesInProd({ ...oidc, ...byHand, ...discovery }), [
    'COMPANY_DISCOVERY_URL is not used: with COMPANY_AUTHORIZE_URL, COMPANY_TOKEN_URL and COMPANY_JWKS_URL nothing is discovered; remove it, or one of them',
  ])
  for (const name of Object.keys(byHand)) inProd({ ...oidc, ...byHand, ...discovery, [name]: '' })
})

test('B-09 B-40 a setting that is set twice, by itself and as a file, is refused', () => {
  for (const name of ['COMPANY_DISCOVERY_URL', 'COMPANY_USER_URL', 'COMPANY_EMAIL_TRUSTED']) {
    const twice = { ...oidc, [name]: 'x', [`${name}_FILE`]: '/run/secrets/x' }
    const issues = issuesInProd(twice)
    assert.ok(issues.length === 1 && issues[0]?.includes(name), issues.join())
  }
})

test('B-40 the user endpoint of an OpenID provider can be none, for a custom provider and for a preset', () => {
  assert.equal(first({ ...oidc, COMPANY_USER_URL: 'none' })?.userUrl, null)
  assert.equal(first({ ...oidc, COMPANY_USER_URL: '' })?.userUrl, undefined)
  const keycloak = { KEYCLOAK_BASE_URL: 'https://id.acme.test/realms/a', KEYCLOAK_CLIENT_ID: 'vestibule' }
  const secret = { PROVIDERS: 'keycloak', KEYCLOAK_CLIENT_SECRET: 'b1d11f9b3a7aba766' }
  assert.equal(first({ ...keycloak, ...secret, KEYCLOAK_USER_URL: 'none' })?.userUrl, null)
})

test('B-40 a value similar to none is refused, and so is none where only the user endpoint identifies the user', () => {
  const whole = 'write a whole URL, like https://provider.example.org/path'
  for (const value of ['NONE', 'None', 'off', 'no', 'null', 'false', 'non', '-']) {
    const issue = `COMPANY_USER_URL is "${value}"; did you mean none?`
    assert.deepEqual(issuesInProd({ ...oidc, COMPANY_USER_URL: value }), [issue])
  }
  assertIssues(issuesInProd, [
    [{ ...oidc, COMPANY_USER_URL: 'none,none' }, `COMPANY_USER_URL is "none,none"; ${whole}`],
    [{ ...oidc, COMPANY_USER_URL: '*' }, `COMPANY_USER_URL is "*"; ${whole}`],
    [
      { ...company, COMPANY_USER_URL: 'none' },
      'COMPANY_USER_URL has the value none, which only oidc may use: in oauth2 that URL alone says who the user is; write the URL',
    ],
    [
      { GITHUB_USER_URL: 'none' },
      'GITHUB_USER_URL has the value none, which only oidc may use: in oauth2 that URL alone says who the user is; write the URL',
    ],
    [
      { ...oauth1, COMPANY_USER_URL: 'none' },
      'COMPANY_USER_URL has the value none, which only oidc may use: in oauth1 that URL alone says who the user is; write the URL',
    ],
    [{ ...oidc, COMPANY_USR_URL: 'none' }, 'COMPANY_USR_URL is not a setting; did you mean COMPANY_USER_URL?'],
    [{ ...oidc, COMPANY_JWKS_URL: 'none' }, `COMPANY_JWKS_URL is "none"; ${whole}`],
  ])
})

test('B-11 EMAIL_TRUSTED makes the addresses of its own provider verified only, with a warning', () => {
  const loud =
    'COMPANY_EMAIL_TRUSTED is yes: EVERY E-MAIL ADDRESS THAT company SENDS COUNTS AS VERIFIED, even where it says that the address is not'
  for (const settings of [oidc, company, oauth1]) {
    const trusting = inProd({ ...settings, COMPANY_EMAIL_TRUSTED: 'yes' })
    assert.equal(trusting.config.providers[0]?.emailTrusted, true)
    assert.deepEqual(trustWarnings(trusting), [loud])
    for (const value of ['no', '']) {
      const usual = inProd({ ...settings, COMPANY_EMAIL_TRUSTED: value })
      assert.deepEqual([usual.config.providers[0]?.emailTrusted, trustWarnings(usual)], [false, []])
    }
  }
  const both = inProd({ ...oidc, PROVIDERS: 'github,company', COMPANY_EMAIL_TRUSTED: 'yes' }).config.providers
  assert.deepEqual(
    both.map(({ name, emailTrusted }) => [name, emailTrusted]),
    [
      ['github', false],
      ['company', true],
    ],
  )
  const [github] = inProd({ GITHUB_EMAIL_TRUSTED: 'yes' }).config.providers
  assert.equal(github?.emailTrusted, true)
})

const trustWarnings = (parsed: ReturnType<typeof inProd>) =>
  warningsOf(parsed).filter(each => each.includes('EMAIL_TRUSTED'))

test('B-11 EMAIL_TRUSTED is yes or no, and every other value is refused', () => {
  for (const value of ['YES', 'Yes', 'y', 'true', 'on', '1', '*', 'yes,no', 'domain:acme.test']) {
    assert.deepEqual(issuesInProd({ ...oidc, COMPANY_EMAIL_TRUSTED: value }), [
      `COMPANY_EMAIL_TRUSTED is "${value}"; it can be yes or no`,
    ])
  }
  assertIssues(issuesInProd, [
    [
      { ...oidc, COMPANY_EMAIL_TRUSTD: 'yes' },
      'COMPANY_EMAIL_TRUSTD is not a setting; did you mean COMPANY_EMAIL_TRUSTED?',
    ],
    [{ EMAIL_TRUSTED: 'yes' }, 'EMAIL_TRUSTED is not a setting; did you mean GITHUB_EMAIL_TRUSTED?'],
  ])
})
