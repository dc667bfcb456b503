import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpRequest } from '../../../src/http/types.js'
import { signatureBaseString } from '../../../src/oauth/oauth1/base-string.js'
import { signatureOf } from '../../../src/oauth/oauth1/sign.js'
import { customSettings, someSettings } from '../../providers/samples.js'
import { listening, startOidc } from './oidc-fake.js'

const TOKENS = { accessToken: 'the-token', tokenSecret: 'the-token-secret' }
const request = (changes: Partial<HttpRequest> = {}): HttpRequest => ({
  ...{ method: 'GET', url: 'https://api.acme.example/v1/things?a=1', headers: {} },
  ...changes,
})
const oauth1Settings = () =>
  customSettings({ protocol: 'oauth1', requestTokenUrl: 'https://acme.example/request', apiBaseUrl: undefined })

test('every protocol says where its API starts', async () => {
  assert.equal(listening(someSettings(), {}).protocol.apiBaseUrl, 'https://api.github.com/')
  assert.equal(listening(oauth1Settings(), {}).protocol.apiBaseUrl, 'https://acme.example/api/v1/')
  assert.equal((await startOidc()).protocol.apiBaseUrl, 'https://op.example/tenant/')
})

test('a bearer token stands in the header, in place of any other proof, and nowhere else', () => {
  const { protocol } = listening(customSettings(), {})
  for (const name of ['Authorization', 'authorization', 'AUTHORIZATION']) {
    const signed = protocol.authorizeApiRequest(request({ headers: { [name]: 'Basic evil', 'X-A': '1' } }), TOKENS)
    assert.deepEqual(signed, request({ headers: { 'X-A': '1', Authorization: 'Bearer the-token' } }))
  }
})

test('the headers of the row are there unless the request has its own, however spelt', () => {
  const row = { apiHeaders: { 'X-Version': '1', 'User-Agent': 'ours' } }
  const { protocol } = listening(customSettings(), {}, row)
  const { headers } = protocol.authorizeApiRequest(request({ headers: { 'x-version': '2' } }), TOKENS)
  assert.deepEqual(headers, { 'User-Agent': 'ours', 'x-version': '2', Authorization: 'Bearer the-token' })
})

test('a row changes requests before they are signed, and sees no token', () => {
  const seen: HttpRequest[] = []
  const beforeApiRequest = (one: HttpRequest): HttpRequest => {
    seen.push(one)
    return { ...one, url: `${one.url}&b=2` }
  }
  for (const settings of [customSettings(), oauth1Settings()]) {
    const { protocol } = listening(settings, {}, { beforeApiRequest })
    const signed = protocol.authorizeApiRequest(request({ headers: { Authorization: 'the-token' } }), TOKENS)
    assert.match(signed.url, /&b=2$/)
    assert.match(signed.headers.Authorization ?? '', /the-token/)
  }
  assert.ok(!JSON.stringify(seen).includes('the-token'))
})

test('what a row changes counts for its own questions too', async () => {
  const beforeApiRequest = (one: HttpRequest) => ({ ...one, headers: { ...one.headers, 'X-B': '2' } })
  const paths = { '/api/v1/me': () => ({ id: 1, name: 'Ada' }) }
  for (const settings of [customSettings(), oauth1Settings()]) {
    const readGroups = async () => ['acme/staff']
    const far = listening(settings, paths, { beforeApiRequest, readGroups })
    const reported = await far.protocol.loadUserInfo(far.send, TOKENS, NOTHING_KNOWN)
    assert.deepEqual(
      [reported?.profile.name, reported?.groups, far.sent[0]?.headers['X-B']],
      ['Ada', ['acme/staff'], '2'],
    )
  }
})

const NOTHING_KNOWN = { previous: { claims: {}, sources: undefined } }

test('where nothing tells groups there are none', async () => {
  const far = listening(customSettings(), { '/api/v1/me': () => ({ id: 1 }) })
  assert.deepEqual((await far.protocol.loadUserInfo(far.send, TOKENS, NOTHING_KNOWN))?.groups, [])
})

/** The signature that the request's own header asks for, over the parts that are given. */
function expectedSignature(signed: HttpRequest, parts: HttpRequest): string {
  const fields = [...(signed.headers.Authorization ?? '').matchAll(/(oauth_\w+)="([^"]*)"/g)]
  const params = fields.map(([, name = '', value = '']) => [name, decodeURIComponent(value)] as const)
  const client = { clientId: 'the-client', clientSecret: 'the-secret', signatureMethod: 'HMAC-SHA1' as const }
  return signatureOf(client, TOKENS.tokenSecret, signatureBaseString(parts, params))
}
const signatureIn = ({ headers }: HttpRequest) =>
  decodeURIComponent(/oauth_signature="([^"]*)"/.exec(headers.Authorization ?? '')?.[1] ?? '')

test('OAuth 1.0a signs the method, the query and a form, and no JSON', () => {
  const { protocol } = listening(oauth1Settings(), {})
  const form = request({
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: 'status=Hello+there',
  })
  const json = request({ method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{"status":"a=b"}' })
  for (const one of [request(), form, json]) {
    const signed = protocol.authorizeApiRequest(one, TOKENS)
    assert.equal(signatureIn(signed), expectedSignature(signed, one))
    assert.equal(signed.body, one.body)
    const others = [{ method: 'DELETE' as const }, { url: one.url.replace('a=1', 'a=2') }]
    for (const other of others) assert.notEqual(signatureIn(signed), expectedSignature(signed, { ...one, ...other }))
  }
  const [signedForm, signedJson] = [form, json].map(one => protocol.authorizeApiRequest(one, TOKENS))
  assert.ok(signedForm && signedJson)
  assert.notEqual(signatureIn(signedForm), expectedSignature(signedForm, { ...form, body: 'status=Other' }))
  assert.equal(signatureIn(signedJson), expectedSignature(signedJson, { ...json, body: 'anything' }))
})
