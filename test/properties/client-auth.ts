import assert from 'node:assert/strict'
import fc from 'fast-check'
import { authenticateClient, isChangedByBasicAuth } from '../../src/oauth/client-auth.js'
import { aClient } from '../oauth/samples.js'
import { nasty } from './inputs.js'
import { property } from './property.js'

const text = fc
  .oneof(nasty('aB3+cD/eF5==', '%41', ':'), fc.string({ unit: 'binary' }), fc.base64String())
  .filter(each => each !== '' && !/\p{Cs}/u.test(each))

/** As a server decodes one value of a form: a plus is a blank. */
const byForm = (sent: string) => new URLSearchParams(`x=${sent.replaceAll('&', '%26')}`).get('x')

/** Whatever a provider calls us, and whatever it gives us for a secret. */
export const basicAuthentication = property(
  'client_secret_basic means the same to a form decoder and a percent decoder, and mostly also to none',
  fc.tuple(text, text),
  ([clientId, clientSecret]) => {
    const client = aClient({ clientId, clientSecret })
    const sent = Buffer.from(
      authenticateClient(client).headers.Authorization?.slice('Basic '.length) ?? '',
      'base64',
    ).toString()
    assert.match(sent, /^[\x21-\x7e]+$/)
    const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(sent) ?? []
    for (const decode of [byForm, decodeURIComponent]) {
      assert.deepEqual([decode(id), decode(secret)], [clientId, clientSecret])
    }
    assert.equal(id !== clientId || secret !== clientSecret, isChangedByBasicAuth(client))
    const isPlain = /^[\x21-\x7e]+$/.test(clientId + clientSecret) && !/[%+]/.test(clientId + clientSecret)
    if (isPlain && !clientId.includes(':')) assert.ok(!isChangedByBasicAuth(client))
  },
)
