import assert from 'node:assert/strict'
import { createHmac, createPublicKey, createSign } from 'node:crypto'
import type { TestContext } from 'node:test'
import OAuth from 'oauth-1.0a'
import type { DevProviderOptions } from '../../../src/dev-provider/app.js'
import type { Client } from '../../../src/dev-provider/clients.js'
import { nextRsaKey } from '../../support/rsa-keys.js'
import { APP, type Changes, encode, hiddenFields, openProvider } from '../setup.js'

export const OAUTH1_CALLBACK = `${APP}/oauth/dev-oauth1/callback`
export const OAUTH1_LOGIN = `${APP}/login/dev-oauth1`

const privateKey = nextRsaKey()
const pair = { privateKey, publicKey: createPublicKey(privateKey) }

export const CONSUMER = {
  protocol: 'oauth1',
  clientId: 'vestibule',
  clientSecret: 'p&ss=w%rd é',
  name: 'Vestibule',
  loginUrl: OAUTH1_LOGIN,
  redirectUris: [OAUTH1_CALLBACK, `${OAUTH1_CALLBACK}?a=1%202`],
} satisfies Client
export const RSA_CONSUMER = {
  ...CONSUMER,
  clientId: 'with-a-key',
  clientSecret: undefined,
  publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
} satisfies Client

export interface Token {
  key: string
  secret: string
}

/** A request, and how it is signed where not as usual. */
export interface Ask {
  method?: string
  token?: Token | undefined
  /** Of the form or, for a GET, of the query; signed. */
  fields?: Record<string, string>
  client?: Client
  signatureMethod?: string
  /** Changes what is sent after it was signed; undefined takes away. */
  tamper?: Changes
  /** Replaces a parameter before it is signed. */
  set?: Partial<Record<'oauth_nonce' | 'oauth_version', string>> & { oauth_timestamp?: number }
}

const hmac = (algorithm: string) => (base: string, key: string) =>
  createHmac(algorithm, key).update(base).digest('base64')

const SIGNERS: Record<string, OAuth.HashFunction> = {
  'HMAC-SHA1': hmac('sha1'),
  'HMAC-SHA256': hmac('sha256'),
  'RSA-SHA1': base => createSign('sha1').update(base).sign(pair.privateKey, 'base64'),
  PLAINTEXT: (_, key) => key,
}

/** The OAuth 1.0a server, and a client whose requests are signed by a library we did not write. */
export async function setUpOAuth1(t: TestContext, options: Partial<DevProviderOptions> = {}) {
  const provider = await openProvider(t, { clients: [CONSUMER, RSA_CONSUMER], ...options })
  const { base, clock, open, post } = provider

  const ask = (path: string, asked: Ask = {}) => {
    const { method = 'POST', token, fields = {}, client = CONSUMER, tamper: spoil = {} } = asked
    const { signatureMethod = 'HMAC-SHA1', set = {} } = asked
    const oauth = new OAuth({
      consumer: { key: client.clientId, secret: client.clientSecret ?? '' },
      signature_method: signatureMethod,
      hash_function: SIGNERS[signatureMethod] ?? hmac('sha1'),
    })
    oauth.getTimeStamp = () => set.oauth_timestamp ?? Math.floor(clock.now / 1000)
    if (set.oauth_nonce) oauth.getNonce = () => set.oauth_nonce ?? ''
    const url = base + path
    const signed = { ...oauth.authorize({ url, method, data: { ...fields } }, token) }
    const sent = Object.entries({ ...signed, ...spoil }).filter(
      ([name]) => name.startsWith('oauth_') && !(name in fields),
    )
    const header = sent.flatMap(([name, value]) => (value === undefined ? [] : `${name}="${encodeRfc3986(value)}"`))
    const query = method === 'GET' && Object.keys(fields).length > 0 ? `?${encode(fields)}` : ''
    return open(path + query, {
      method,
      headers: {
        authorization: `OAuth realm="A, B", ${header.join(', ')}`,
        accept: 'application/json',
        ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(method === 'POST' && { body: encode(fields) }),
    })
  }
  const begin = (asked: Ask = {}) =>
    ask('/oauth1/request_token', { fields: { oauth_callback: OAUTH1_CALLBACK }, ...asked })
  const temporary = async (asked: Ask = {}) => tokenOf(await begin(asked))
  /** Opens the page and sends its form as it stands, with the choice. */
  const choose = async ({ key }: Token, choice: Changes = { person: 'ada' }) => {
    const page = await open(`/oauth1/authorize?${encode({ oauth_token: key })}`)
    const html = await page.text()
    assert.equal(page.status, 200, html)
    return post('/oauth1/authorize', { ...hiddenFields(html), ...choice })
  }
  const verifierFor = async (token: Token, choice?: Changes) => {
    const response = await choose(token, choice)
    return new URL(response.headers.get('location') ?? '').searchParams.get('oauth_verifier') ?? ''
  }
  const exchange = (token: Token, oauth_verifier: string, asked: Ask = {}) =>
    ask('/oauth1/access_token', { token, fields: { oauth_verifier }, ...asked })
  /** The whole way up to a token, or to the answer that brings none. */
  const walk = async (choice: Changes = { person: 'ada' }, asked: Ask = {}) => {
    const token = await temporary(asked)
    const verifier = await verifierFor(token, choice)
    return exchange(token, verifier, { ...asked, fields: { oauth_verifier: verifier } })
  }
  const user = (token: Token, asked: Ask = {}) => ask('/oauth1/user', { method: 'GET', token, ...asked })

  return { ...provider, ask, begin, temporary, choose, verifierFor, exchange, walk, user }
}

/** The fields of a form that was answered with this status. */
export async function formOf(response: Response, status = 200): Promise<Record<string, string>> {
  const body = await response.text()
  assert.equal(response.status, status, body)
  assert.match(response.headers.get('content-type') ?? '', /^application\/x-www-form-urlencoded/)
  return Object.fromEntries(new URLSearchParams(body))
}

export async function tokenOf(response: Response): Promise<Token> {
  const { oauth_token = '', oauth_token_secret = '' } = await formOf(response)
  assert.ok(oauth_token && oauth_token_secret)
  return { key: oauth_token, secret: oauth_token_secret }
}

const encodeRfc3986 = (value: string | number) =>
  encodeURIComponent(value).replace(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
