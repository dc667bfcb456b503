import { createHmac, randomBytes } from 'node:crypto'
import OAuth from 'oauth-1.0a'
import { paramsOf } from '../fake-oauth1-signatures.js'
import { type FakeHandler, type FakeProvider, json, type ReceivedRequest } from '../fake-provider.js'
import { demand, type RegisteredClient, strictly } from './code-provider.js'
import { fakePath } from './route-to-fake.js'
import type { SignedScript } from './script.js'

/** What somebody holds who may sign: a temporary token, or a person's. */
interface Held {
  secret: string
  callback: string
  verifier: string
}

/** Puts an OAuth 1.0a provider up at the far side; another library than ours judges every signature. */
export function putUpSignedProvider(far: FakeProvider, script: SignedScript, known: RegisteredClient): void {
  const held = new Map<string, Held>()
  const strict = strictly(known.problems)
  const signed = (handler: (seen: ReceivedRequest, params: Map<string, string>) => FakeHandler): FakeHandler =>
    strict((seen, response) => {
      const params = paramsOf(seen.headers.authorization)
      demandSignature(seen, params, known, held.get(params.get('oauth_token') ?? '')?.secret ?? '')
      return handler(seen, params)(seen, response)
    })

  far.on(
    fakePath(script.requestToken),
    signed((_, params) => {
      const [token, secret] = [`temporary-${randomBytes(9).toString('hex')}`, randomBytes(9).toString('base64')]
      held.set(token, {
        secret,
        callback: params.get('oauth_callback') ?? '',
        verifier: randomBytes(9).toString('hex'),
      })
      return form({ oauth_token: token, oauth_token_secret: secret, oauth_callback_confirmed: 'true' })
    }),
  )
  far.on(fakePath(script.authorize), strict(consent(script, held)))
  far.on(
    fakePath(script.token),
    signed((_, params) => {
      const temporary = held.get(params.get('oauth_token') ?? '')
      demand('the verifier', params.get('oauth_verifier'), temporary?.verifier)
      const token = { oauth_token: `person-${randomBytes(9).toString('hex')}`, oauth_token_secret: 'a+secret&more%' }
      held.set(token.oauth_token, { secret: token.oauth_token_secret, callback: '', verifier: '' })
      return form({ ...token, ...script.grants })
    }),
  )
  for (const url of Object.keys(script.api)) {
    far.on(
      fakePath(url.replace(/^\w+ /, '')),
      signed((seen, params) => {
        demand('a token of a person', params.get('oauth_token')?.startsWith('person-'), true)
        for (const [name, value] of Object.entries(script.apiHeaders ?? {})) demand(name, seen.headers[name], value)
        const response = script.api[`${seen.method} ${urlOf(seen)}`]
        demand(`${urlOf(seen)} in the script`, response !== undefined, true)
        return json(response)
      }),
    )
  }
}

const consent =
  ({ asks }: SignedScript, held: Map<string, Held>): FakeHandler =>
  ({ query }, response) => {
    const { oauth_token: token = '', ...rest } = Object.fromEntries(query)
    demand('what is asked', rest, asks)
    const { callback = '', verifier = '' } = held.get(token) ?? {}
    const back = new URL(callback)
    back.searchParams.set('oauth_token', token)
    back.searchParams.set('oauth_verifier', verifier)
    response.writeHead(302, { Location: back.href }).end()
  }

const urlOf = ({ path, query }: ReceivedRequest) => `${path.slice(1)}${query.size > 0 ? `?${query}` : ''}`

function demandSignature(
  seen: ReceivedRequest,
  params: Map<string, string>,
  { clientId, clientSecret }: RegisteredClient,
  tokenSecret: string,
): void {
  const oauth = new OAuth({
    consumer: { key: clientId, secret: clientSecret },
    signature_method: 'HMAC-SHA1',
    hash_function: (base, key) => createHmac('sha1', key).update(base).digest('base64'),
  })
  const { oauth_signature: signature, realm: _, ...data } = Object.fromEntries(params)
  const request = { method: seen.method, url: urlOf(seen), data: Object.fromEntries(seen.form) }
  demand('the consumer', params.get('oauth_consumer_key'), clientId)
  demand('the signature', signature, oauth.getSignature(request, tokenSecret, data as object as OAuth.Data))
}

const form =
  (fields: Record<string, string>): FakeHandler =>
  (_, response) =>
    void response
      .writeHead(200, { 'Content-Type': 'application/x-www-form-urlencoded' })
      .end(new URLSearchParams(fields).toString())
