import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proveClient } from '../../src/oauth/client-auth.js'
import { aClient } from './samples.js'

test('client_secret_basic is the header of RFC 6749, 2.3.1', () => {
  const client = aClient({ clientId: 's6BhdRkqt3', clientSecret: '7Fjfp0ZBr1KtDRbnfVdmIw' })
  assert.deepEqual(proveClient(client), {
    headers: { Authorization: 'Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3' },
    params: [],
  })
})

test('client_secret_basic form-encodes both halves first', () => {
  const { headers } = proveClient(aClient({ clientId: 'a:b', clientSecret: 'p% +&é~' }))
  const [, encoded = ''] = (headers.Authorization ?? '').split(' ')
  assert.equal(Buffer.from(encoded, 'base64').toString(), 'a%3Ab:p%25+%2B%26%C3%A9%7E')
})

test('client_secret_post puts both into the body, and none only the id', () => {
  assert.deepEqual(proveClient(aClient({ tokenEndpointAuthMethod: 'client_secret_post' })), {
    headers: {},
    params: [
      ['client_id', 'the-client'],
      ['client_secret', 'the-secret'],
    ],
  })
  assert.deepEqual(proveClient(aClient({ tokenEndpointAuthMethod: 'none' })), {
    headers: {},
    params: [['client_id', 'the-client']],
  })
})

test('a method that needs a secret is not used without one', () => {
  for (const tokenEndpointAuthMethod of ['client_secret_basic', 'client_secret_post'] as const) {
    for (const clientSecret of [undefined, '']) {
      assert.throws(() => proveClient(aClient({ tokenEndpointAuthMethod, clientSecret })), /needs a client secret/)
    }
  }
})
