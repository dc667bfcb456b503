import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { exportJWK, SignJWT } from 'jose'
import { type FakeHandler, type FakeProvider, json, type ReceivedRequest } from '../fake-provider.js'
import { nextRsaKey } from '../rsa-keys.js'
import { fakePath } from './route-to-fake.js'
import type { CodeScript, OpenIdScript } from './script.js'

/** By what a provider knows us, and where its complaints go. */
export interface RegisteredClient {
  clientId: string
  clientSecret: string
  problems: string[]
}

/** What a code was given for. */
interface Grant {
  redirectUri: string
  challenge: string | null
  nonce: string | null
}

function rsaPair() {
  const privateKey = nextRsaKey()
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

const KEYS = {
  RS256: rsaPair(),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}

/** Puts a provider up at the far side. Whatever is not asked as it wants it is a complaint, and gets no answer. */
export function putUpCodeProvider(far: FakeProvider, script: CodeScript, known: RegisteredClient): void {
  const grants = new Map<string, Grant>()
  const strict = strictly(known.problems)
  far.on(fakePath(script.authorize), strict(consent(script, known, grants)))
  far.on(fakePath(script.token), strict(grantToken(script, known, grants)))
  for (const url of Object.keys(script.api)) far.on(fakePath(url.replace(/^\w+ /, '')), strict(respondUser(script)))
  if (script.openId) putUpOpenId(far, script.openId)
}

class InvalidRequest extends Error {}

/** Holds what is asked against what has to be asked. */
export function demand(what: string, found: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(found, wanted)) return
  throw new InvalidRequest(`${what}: ${JSON.stringify(found)}, and not ${JSON.stringify(wanted)}`)
}

export const strictly =
  (errors: string[]) =>
  (handler: FakeHandler): FakeHandler =>
  async (seen, response) => {
    try {
      await handler(seen, response)
    } catch (error) {
      errors.push(`${seen.path}: ${error instanceof InvalidRequest ? error.message : String(error)}`)
      response.writeHead(400).end()
    }
  }

const consent =
  (script: CodeScript, { clientId }: RegisteredClient, grants: Map<string, Grant>): FakeHandler =>
  ({ query }, response) => {
    const {
      redirect_uri: redirectUri = '',
      state = '',
      nonce = null,
      code_challenge: challenge = null,
      ...rest
    } = Object.fromEntries(query)
    const method: Record<string, string> = script.pkce ? { code_challenge_method: 'S256' } : {}
    const ours = { [script.clientIdParam ?? 'client_id']: clientId, response_type: 'code', ...method }
    demand('what is asked', rest, { ...script.asks, ...ours })
    demand('PKCE', challenge !== null, script.pkce)
    demand('a nonce', nonce !== null, script.openId !== undefined && !script.openId.nonceless)
    const code = randomBytes(12).toString('hex')
    grants.set(code, { redirectUri, challenge, nonce })
    sendBack(script, redirectUri, { ...script.brings, code, state })(response)
  }

/** By a redirect, or by a page that posts. */
export const sendBack =
  ({ replies: responses }: Pick<CodeScript, 'replies'>, redirectUri: string, reply: Record<string, string>) =>
  (response: Parameters<FakeHandler>[1]): void => {
    if (responses === 'form_post') {
      const fields = Object.entries(reply).map(
        ([name, value]) => `<input type="hidden" name="${name}" value="${value.replaceAll('"', '&quot;')}">`,
      )
      const page = `<form method="post" action="${redirectUri}">${fields.join('')}</form>`
      return void response.writeHead(200, { 'Content-Type': 'text/html' }).end(page)
    }
    const back = new URL(redirectUri)
    for (const [name, value] of Object.entries(reply)) back.searchParams.set(name, value)
    response.writeHead(302, { Location: back.href }).end()
  }

const grantToken =
  (script: CodeScript, known: RegisteredClient, grants: Map<string, Grant>): FakeHandler =>
  async (seen, response) => {
    const sent = tokenFields(script, seen)
    const { code = '', code_verifier: verifier, ...rest } = await withoutProof(script, known, seen, sent)
    const grant = grants.get(code)
    if (!grant) return json({ error: 'invalid_grant' }, 400)(seen, response)
    grants.delete(code)
    demand('the token request', rest, { grant_type: 'authorization_code', redirect_uri: grant.redirectUri })
    const challenge = verifier === undefined ? null : createHash('sha256').update(verifier).digest('base64url')
    demand('the verifier', challenge, grant.challenge)
    demandHeaders(seen, { accept: 'application/json', ...script.tokenHeaders })
    const { openId } = script
    const idToken = openId && { id_token: await signIdToken(openId, known.clientId, grant.nonce) }
    await json({ ...script.grants, ...idToken })(seen, response)
  }

function tokenFields(
  { tokenBody }: CodeScript,
  { method, form, body, headers }: ReceivedRequest,
): Record<string, string> {
  demand('the method of the token request', method, 'POST')
  if (tokenBody !== 'json') return Object.fromEntries(form)
  demand('the media type of the token request', headers['content-type'], 'application/json')
  return JSON.parse(body)
}

/** What is left of the token request when the client has proved itself. */
async function withoutProof(
  { proof, clientIdParam = 'client_id', checkSecret: secretCheck }: CodeScript,
  { clientId, clientSecret }: RegisteredClient,
  { headers }: ReceivedRequest,
  sent: Record<string, string>,
): Promise<Record<string, string>> {
  if (proof === 'basic') {
    const [scheme, pair = ''] = (headers.authorization ?? '').split(' ')
    const [id = '', secret = ''] = Buffer.from(pair, 'base64').toString().split(':')
    const [decodedId, decodedSecret] = [id, secret].map(part => decodeURIComponent(part.replaceAll('+', ' ')))
    demand('the proof', [scheme, decodedId, decodedSecret], ['Basic', clientId, clientSecret])
    return sent
  }
  const { [clientIdParam]: id, client_secret: secret = '', ...rest } = sent
  demand('the proof', [headers.authorization, id], [undefined, clientId])
  if (secretCheck) await secretCheck(secret)
  else demand('the client secret', secret, clientSecret)
  return rest
}

function demandHeaders({ headers }: ReceivedRequest, wanted: Record<string, string>): void {
  for (const [name, value] of Object.entries(wanted)) demand(name, headers[name.toLowerCase()], value)
}

const respondUser =
  (script: CodeScript): FakeHandler =>
  (seen, response) => {
    const { method, path, query, headers, body } = seen
    const asked = `${method} ${path.slice(1)}${query.size > 0 ? `?${decodeURIComponent(query.toString())}` : ''}`
    const reply = script.api[asked]
    if (reply === undefined) throw new InvalidRequest(`${asked} is not in the script`)
    demand('the token', headers.authorization, `Bearer ${script.grants.access_token}`)
    demandHeaders(seen, script.apiHeaders ?? {})
    if (method === 'POST') demand('the question', body, script.apiBody)
    return json(reply)(seen, response)
  }

function putUpOpenId(far: FakeProvider, { issuer, metadata, alg = 'RS256' }: OpenIdScript): void {
  far.on(fakePath(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`), json({ issuer, ...metadata }))
  far.on(fakePath(metadata.jwks_uri), async (seen, response) => {
    const key = await exportJWK(KEYS[alg].publicKey)
    return json({ keys: [{ ...key, kid: 'key-1', use: 'sig' }] })(seen, response)
  })
}

function signIdToken(
  { issuer, metadata, claims, alg = 'RS256', nonce = sent => sent ?? undefined }: OpenIdScript,
  clientId: string,
  sent: string | null,
): Promise<string> {
  const echoed = nonce(sent)
  return new SignJWT({
    ...{ iss: typeof metadata.issuer === 'string' ? metadata.issuer : issuer, aud: clientId },
    ...claims,
    ...(echoed !== undefined && { nonce: echoed }),
  })
    .setProtectedHeader({ alg, kid: 'key-1', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(KEYS[alg].privateKey)
}
