import { createPublicKey } from 'node:crypto'
import { readRsaPrivateKey } from '../../../src/crypto/rsa-sha1.js'
import type { HttpResponse } from '../../../src/http/types.js'
import type { OAuth1Client } from '../../../src/oauth/oauth1/flow.js'
import { nextRsaKey } from '../../support/rsa-keys.js'

export const anOAuth1Client = (changes: Partial<OAuth1Client> = {}): OAuth1Client => ({
  clientId: 'the-consumer',
  clientSecret: 'the-consumer-secret',
  signatureMethod: 'HMAC-SHA1',
  requestTokenUrl: 'https://provider.example/oauth/request_token',
  authorizeUrl: 'https://provider.example/oauth/authorize',
  tokenUrl: 'https://provider.example/oauth/access_token',
  authorizeParams: [],
  requestTokenParams: [],
  ...changes,
})

export const aTimestampAndNonce = { now: 1_318_622_958_000, nonce: 'a-nonce' }

/** A form answer; fields become one, a text is taken as it is. */
export const aForm = (body: string | Record<string, string>, changes: Partial<HttpResponse> = {}): HttpResponse => ({
  status: 200,
  mediaType: 'application/x-www-form-urlencoded',
  body: typeof body === 'string' ? body : new URLSearchParams(body).toString(),
  ...changes,
})

const key = nextRsaKey()
const privatePem = key.export({ type: 'pkcs8', format: 'pem' }).toString()

export const rsaKeys = {
  privatePem,
  privateKey: readRsaPrivateKey(privatePem),
  publicPem: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
}

/** The parameters of an Authorization header, decoded. */
export const headerParams = (header = ''): Record<string, string> =>
  Object.fromEntries(
    [...header.replace(/^OAuth /, '').matchAll(/([^=, ]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [
      decodeURIComponent(name),
      decodeURIComponent(value),
    ]),
  )
