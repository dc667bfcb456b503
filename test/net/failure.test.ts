import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { reasonOf } from '../../src/net/errors.js'
import { createHttpClient } from '../../src/net/http-client.js'
import { type certificate, startTlsFront } from '../support/certificates.js'

/** What a call says that fails at a certificate; nothing here knows the CA of the tests. */
async function failure(t: TestContext, name: Parameters<typeof certificate>[0], host: string): Promise<string> {
  const front = await startTlsFront(name, 9)
  t.after(() => front.stop())
  const lookup = async () => [{ address: '127.0.0.1', family: 4 }]
  const outbound = createHttpClient({ allowHttp: false, lookup })
  t.after(() => outbound.close())
  const url = `https://${host}:${front.port}/token`
  const { send } = outbound.takeSlot('acme')
  const error = await send({ method: 'GET', url, headers: {} }).catch((thrown: Error) => thrown)
  assert.ok(error instanceof Error)
  return error.message.replace(`GET ${url} failed: `, '')
}

test('B-38 a certificate of a CA that is not known here leads to NODE_EXTRA_CA_CERTS', async t => {
  const message = await failure(t, 'op', 'op.example')
  assert.equal(
    message,
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE (the CA of the certificate is not known here, or the server leaves out the certificates in between; if the provider, or a proxy in between, has a CA of your own, name its file in NODE_EXTRA_CA_CERTS)',
  )
})

const failed = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error('secret'), { code }) })

test('B-38 every way that a certificate is not trusted leads to the setting that mends it', () => {
  for (const code of [
    ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT'],
    ...['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ]) {
    assert.match(reasonOf(failed(code)), new RegExp(`^${code} \\(.*NODE_EXTRA_CA_CERTS\\)$`))
  }
})

test('B-38 a certificate that is over, too new or for another host says so', () => {
  assert.match(
    reasonOf(failed('CERT_HAS_EXPIRED')),
    /^CERT_HAS_EXPIRED \(the certificate of the server has expired, or/,
  )
  assert.match(reasonOf(failed('CERT_NOT_YET_VALID')), /^CERT_NOT_YET_VALID \(.* is not valid yet, or the clock/)
  assert.match(
    reasonOf(failed('ERR_TLS_CERT_ALTNAME_INVALID')),
    /^ERR_TLS_CERT_ALTNAME_INVALID \(.* another host name\)/,
  )
})

test('B-38 of any other failure the code alone is told, and never the message', () => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'constructor', '__proto__'])
    assert.equal(reasonOf(failed(code)), code)
  assert.equal(reasonOf(new TypeError('secret')), 'the connection broke')
})
