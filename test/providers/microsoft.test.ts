import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expectedIssuer, storedIssuer } from '../../src/accounts/protocols/oidc-id-token.js'
import type { JsonObject } from '../../src/oauth/types.js'
import { createProvider } from '../../src/providers/create-provider.js'
import type { OidcProvider } from '../../src/providers/provider.js'
import { microsoftProfile, microsoftTenant } from '../../src/providers/quirks/microsoft.js'
import { someSettings } from './samples.js'

const OURS = '3338040d-6c67-4c5b-b112-36a304b66dad'
const THEIRS = 'aaaabbbb-0000-cccc-1111-dddd2222eeee'
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'

function microsoft(tenant?: string): OidcProvider {
  const provider = createProvider(
    someSettings({ name: 'microsoft', preset: 'microsoft', protocol: 'oidc', tenant }),
    'http://127.0.0.1:3001',
  )
  assert.ok(provider.protocol === 'oidc')
  return provider
}

const issuerAt = (tid: string) => `https://login.microsoftonline.com/${tid}/v2.0`
const person: JsonObject = {
  tid: OURS,
  oid: '00000000-0000-0000-66f3-3332eca7ea81',
  sub: 'x',
  email: 'ada@acme.example',
}

test('the door is the tenant, and a list of them has the narrowest door that lets all of them in', () => {
  const table: [tenant: string | undefined, authority: string, announced: string | undefined][] = [
    [undefined, 'common', issuerAt('{tenantid}')],
    ['common', 'common', issuerAt('{tenantid}')],
    ['organizations', 'organizations', issuerAt('{tenantid}')],
    ['consumers', 'consumers', issuerAt(CONSUMERS)],
    [OURS, OURS, undefined],
    [`${OURS}, ${THEIRS}`, 'organizations', issuerAt('{tenantid}')],
    [`${OURS},${CONSUMERS}`, 'common', issuerAt('{tenantid}')],
  ]
  for (const [tenant, authority, announced] of table) {
    const provider = microsoft(tenant)
    assert.deepEqual([provider.issuer, provider.discoveryIssuer], [issuerAt(authority), announced], tenant)
  }
})

test('MX-15 CVE-2016-7191 an ID token is of the tenant that it names, and that has to be one we take', () => {
  const table: [tenant: string, ours: boolean, theirs: boolean, consumers: boolean][] = [
    ['common', true, true, true],
    ['organizations', true, true, false],
    ['consumers', false, false, true],
    [OURS, true, false, false],
    [OURS.toUpperCase(), true, false, false],
    [`${OURS},${CONSUMERS}`, true, false, true],
  ]
  for (const [tenant, ...taken] of table) {
    const expected = expectedIssuer(microsoft(tenant))
    for (const [index, tid] of [OURS, THEIRS, CONSUMERS].entries()) {
      assert.equal(expected({ tid, iss: issuerAt(tid) }), taken[index] ? issuerAt(tid) : undefined, `${tenant} ${tid}`)
    }
  }
})

test('MX-15 JW-18 the issuer is never taken from iss itself, and a tid that is no id has none', () => {
  const expected = expectedIssuer(microsoft('common'))
  assert.equal(expected({ tid: OURS, iss: issuerAt(THEIRS) }), issuerAt(OURS))
  for (const tid of [undefined, null, '', 'common', '{tenantid}', `${OURS}/../${THEIRS}`, [OURS], 7]) {
    assert.equal(expected({ ...(tid !== undefined && { tid }), iss: issuerAt(OURS) }), undefined, JSON.stringify(tid))
  }
})

test('a person is tenant and object id together, whatever the case, and never sub or an address', () => {
  const { subject } = microsoftProfile({ ...person, tid: OURS.toUpperCase() })
  assert.equal(subject, `${OURS}/00000000-0000-0000-66f3-3332eca7ea81`)
  for (const missing of ['tid', 'oid']) {
    for (const value of ['', 'ada@acme.example', 1, null, {}]) {
      assert.throws(() => microsoftProfile({ ...person, [missing]: value }), { code: 'provider_malformed' })
    }
  }
})

test('ID-01 an address is verified only where Microsoft proved it: what the tenant wrote there proves nothing', () => {
  const verified = (claims: JsonObject) => microsoftProfile({ ...person, ...claims }).emailVerified
  for (const claims of [{ xms_edov: true }, { xms_edov: 1 }, { xms_edov: '1' }, { xms_edov: 'true' }]) {
    assert.equal(verified(claims), true, JSON.stringify(claims))
  }
  assert.equal(verified({ verified_primary_email: ['Ada@Acme.example'] }), true)
  assert.equal(verified({ verified_secondary_email: ['old@acme.example', 'ada@acme.example'] }), true)
  const nothing: JsonObject[] = [
    {},
    { email_verified: true },
    { xms_edov: false },
    { xms_edov: '0' },
    { xms_edov: 'yes' },
    { verified_primary_email: [] },
    { verified_primary_email: 'ada@acme.example' },
    { verified_primary_email: ['boss@acme.example'] },
    { xms_edov: true, email: 'not an address' },
  ]
  for (const claims of nothing) assert.equal(verified(claims), false, JSON.stringify(claims))
})

test('a tenant is an id, several, or a kind of account; a domain is not', () => {
  for (const value of ['common', 'organizations', 'consumers', OURS, `${OURS}, ${THEIRS}`]) {
    assert.ok(microsoftTenant.isValid(value), value)
  }
  for (const value of ['acme.example', 'acme.onmicrosoft.com', '', `${OURS},`, `common,${OURS}`, '{tenantid}']) {
    assert.ok(!microsoftTenant.isValid(value), value)
  }
})

test('JW-18 the other spelling of Google is one issuer with its own, and no other spelling is', () => {
  const google = createProvider(
    someSettings({ name: 'google', preset: 'google', protocol: 'oidc' }),
    'http://127.0.0.1',
  )
  assert.ok(google.protocol === 'oidc')
  const expected = expectedIssuer(google)
  assert.equal(expected({ iss: 'https://accounts.google.com' }), 'https://accounts.google.com')
  assert.equal(expected({ iss: 'accounts.google.com' }), 'accounts.google.com')
  for (const iss of ['http://accounts.google.com', 'https://accounts.google.com/', 'google.com', '']) {
    assert.equal(expected({ iss }), 'https://accounts.google.com')
  }
  assert.equal(storedIssuer(google, 'accounts.google.com'), 'https://accounts.google.com')
})
