import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import OAuth from 'oauth-1.0a'
import type { HttpRequest } from '../../src/http/types.js'
import { signatureBaseString } from '../../src/oauth/oauth1/base-string.js'
import { signRequest } from '../../src/oauth/oauth1/sign.js'
import { aTimestampAndNonce, headerParams } from '../oauth/oauth1/samples.js'
import { nasty } from './inputs.js'
import { property } from './property.js'

/** The package throws on lone surrogates. */
const text = (...pieces: string[]) => nasty(...pieces).map(made => made.replace(/\p{Cs}/gu, '\ufffd'))

const pairs = fc.array(
  // The package keeps parameters in an object, by name; the header's own are its business.
  fc.tuple(
    text('a', 'A', 'a b', '~', 'ä', '𝄞').filter(name => !/^(__proto__|oauth_.*)$/.test(name)),
    text("!*'()", '~', '☃'),
  ),
  { maxLength: 8 },
)

const inputs = fc.record({
  query: pairs,
  form: pairs,
  consumer: fc.record({ key: text('key'), secret: text('&', '%', 'ä') }),
  token: fc.record({ key: text('token'), secret: text('&', '=', '☃') }),
})

const URL_ = 'https://provider.example:8443/a%20b'

/** Whatever an API is asked with. */
export const oauth1Signature = property(
  'our base string, signature and header are those of another implementation, whatever the parameters',
  inputs,
  ({ query, form, consumer, token }) => {
    const request: HttpRequest = {
      method: 'POST',
      url: query.length > 0 ? `${URL_}?${new URLSearchParams(query)}` : URL_,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: new URLSearchParams(form).toString(),
    }
    const client = { clientId: consumer.key, clientSecret: consumer.secret, signatureMethod: 'HMAC-SHA1' } as const
    const signed = signRequest(client, { token: token.key, tokenSecret: token.secret }, request, aTimestampAndNonce)
    const { oauth_signature: signature, ...params } = headerParams(signed.headers.Authorization)

    const theirs = theirOwn(consumer)
    const asked = { method: 'POST', url: URL_, data: byName([...query, ...form]) }
    // Their types want a number of seconds; it is text on the wire.
    const data = () => ({ ...params }) as object as OAuth.Data
    assert.equal(signatureBaseString(request, Object.entries(params)), theirs.getBaseString(asked, data()))
    assert.equal(signature, theirs.getSignature(asked, token.secret, data()))
    const header = theirs.toHeader({ ...data(), oauth_signature: signature ?? '' }).Authorization
    assert.deepEqual(headerParams(header), { ...params, oauth_signature: signature })
  },
)

const theirOwn = (consumer: OAuth.Consumer): OAuth =>
  new OAuth({
    consumer,
    signature_method: 'HMAC-SHA1',
    hash_function: (base, key) => createHmac('sha1', key).update(base).digest('base64'),
  })

function byName(all: readonly (readonly [string, string])[]): Record<string, string[]> {
  const named = new Map<string, string[]>()
  for (const [name, value] of all) named.set(name, [...(named.get(name) ?? []), value])
  return Object.fromEntries(named)
}
