import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertIssues, inLocal, inProd, issuesInProd } from '../parse-settings.js'

test('B-43 COOKIE_PREFIX is the first word of the names of cookies; where it is not set, the bound port decides', () => {
  assert.equal(inProd({ COOKIE_PREFIX: 'intranet-login' }).config.cookiePrefix, 'intranet-login')
  assert.equal(inProd({ COOKIE_PREFIX: 'A1' }).config.cookiePrefix, 'A1')
  for (const unset of [{}, { COOKIE_PREFIX: '' }]) {
    assert.equal(inProd(unset).config.cookiePrefix, undefined)
    assert.equal(inLocal(unset).config.cookiePrefix, undefined)
  }
})

test('B-43 COOKIE_PREFIX that is no word, or that means another cookie, is an issue', () => {
  const wanted = 'write a letter, then at most 39 letters, digits and hyphens, like intranet-login'
  assertIssues(issuesInProd, [
    ...['*', '1st', '-x', 'a b', 'a;b', 'a=b', 'a_b', 'ä', '__Host-x', '__secure-x', 'a'.repeat(41), 'a,b'].map(
      value => [{ COOKIE_PREFIX: value }, `COOKIE_PREFIX is "${value}"; ${wanted}`] as const,
    ),
    [{ COOKIE_PREFIX: 'a\r\nSet-Cookie: x' }, `COOKIE_PREFIX is "a\u{fffd}\u{fffd}Set-Cookie: x"; ${wanted}`],
    [
      { COOKIE_PREFIX: 'dev-provider' },
      'COOKIE_PREFIX is "dev-provider", as the development provider\'s own; write another one',
    ],
    [{ COOKIE_PREFX: 'x' }, 'COOKIE_PREFX is not a setting; did you mean COOKIE_PREFIX?'],
  ])
})

test('B-44 HSTS is for this host only, unless the setting names subdomains or off', () => {
  assert.equal(inProd({}).config.hsts, 'host')
  assert.equal(inProd({ HSTS: '' }).config.hsts, 'host')
  for (const value of ['host', 'subdomains', 'off'] as const) assert.equal(inProd({ HSTS: value }).config.hsts, value)
  assertIssues(
    issuesInProd,
    ['on', 'OFF', 'no', '*', 'max-age=0', 'host,subdomains'].map(
      value => [{ HSTS: value }, `HSTS is "${value}"; it can be host, subdomains or off`] as const,
    ),
  )
})
