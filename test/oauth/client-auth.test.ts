import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authenticateClient, isChangedByBasicAuth } from '../../src/oauth/client-auth.js'
import type { OAuthClient } from '../../src/oauth/types.js'
import { aClient } from './samples.js'

test('client_secret_basic is the header of RFC 6749, 2.3.1', () => {
  const client = aClient({ clientId: 's6BhdRkqt3', clientSecret: '7Fjfp0ZBr1KtDRbnfVdmIw' })
  assert.deepEqual(authenticateClient(client), {
    headers: { Authorization: 'Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3' },
    params: [],
  })
})

const sentBy = (client: OAuthClient) =>
  Buffer.from((authenticateClient(client).headers.Authorization ?? '').split(' ')[1] ?? '', 'base64').toString()

// All but letters, digits and `-._*` were encoded until P4: five servers of six do not decode what they are sent.
test('P4 client_secret_basic encodes only what a form decoder would change, and a colon in the id', () => {
  const table: [id: string, secret: string, sent: string][] = [
    ['a:b', 'p% +&é~', 'a%3Ab:p%25%20%2B&%C3%A9~'],
    ['the-client', 'aB3/cD/eF5==~!\'()*&$@;,?#[]<>{}|^`\\":', 'the-client:aB3/cD/eF5==~!\'()*&$@;,?#[]<>{}|^`\\":'],
    ['a@b/c?d=e', 'p:q', 'a@b/c?d=e:p:q'],
    ['%3A', 'a\r\n\u0000\u007fb', '%253A:a%0D%0A%00%7Fb'],
    ['ä🔑', '\ud800', '%C3%A4%F0%9F%94%91:%EF%BF%BD'],
  ]
  for (const [clientId, clientSecret, sent] of table) assert.equal(sentBy(aClient({ clientId, clientSecret })), sent)
})

test('P4 it is known where a server that does not decode reads another id or secret', () => {
  for (const clientSecret of ['a%b', 'a+b', 'a b', 'é', 'a\tb'])
    assert.ok(isChangedByBasicAuth(aClient({ clientSecret })))
  for (const clientId of ['a:b', 'a+b']) assert.ok(isChangedByBasicAuth(aClient({ clientId })))
  assert.ok(!isChangedByBasicAuth(aClient({ clientSecret: 'aB3/cD/eF5==~:' })))
  for (const tokenEndpointAuthMethod of ['client_secret_post', 'none'] as const) {
    assert.ok(!isChangedByBasicAuth(aClient({ clientSecret: 'a+b', tokenEndpointAuthMethod })))
  }
})

test('client_secret_post puts both into the body, and none only the id', () => {
  assert.deepEqual(authenticateClient(aClient({ tokenEndpointAuthMethod: 'client_secret_post' })), {
    headers: {},
    params: [
      ['client_id', 'the-client'],
      ['client_secret', 'the-secret'],
    ],
  })
  assert.deepEqual(authenticateClient(aClient({ tokenEndpointAuthMethod: 'none' })), {
    headers: {},
    params: [['client_id', 'the-client']],
  })
})

test('a method that needs a secret is not used without one', () => {
  for (const tokenEndpointAuthMethod of ['client_secret_basic', 'client_secret_post'] as const) {
    for (const clientSecret of [undefined, '']) {
      assert.throws(
        () => authenticateClient(aClient({ tokenEndpointAuthMethod, clientSecret })),
        /needs a client secret/,
      )
    }
  }
})
