// The far side of OpenID Connect: what the conformance suite's provider does, and whatever a test wants it to do.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { newSigner, type Signer } from '../oauth/signers.js'
import type { Settings } from './app.js'
import { type FakeProvider, type FarHandler, json, startFakeProvider } from './fake-provider.js'
import { faultsOfExchange, faultsOfQuestion, faultsOfUserinfo, provesItself } from './op-complaints.js'

export const DISCOVERY = '/.well-known/openid-configuration'

/** The person at the keyboard. */
export const ADA_AT_OP = {
  sub: '248289761001',
  name: 'Ada Lovelace',
  preferred_username: 'ada',
  email: 'ada@example.org',
  email_verified: true,
}

/** How answers differ from good ones; a member that is undefined is left out of them. */
export interface Bend {
  metadata?: object
  /** In place of the set of keys. */
  jwks?: unknown
  /** The parameters that the browser brings back. */
  back?: Record<string, string | undefined>
  header?: object
  claims?: object
  signer?: Signer
  /** Makes the ID token in another way altogether. */
  idToken?: (claims: Claims) => unknown
  token?: object
  user?: object
  ignoresPkce?: boolean
}

export type Claims = Record<string, unknown>

export interface Op extends FakeProvider {
  issuer: string
  keys: OpKeys
  /** What is wrong with the requests so far, as the conformance suite judges them. */
  complaints: readonly string[]
  bend(bend: Bend): void
  /** Who is at the keyboard from now on. */
  knows(person: Claims & { sub: string }): void
  /** Takes other keys of other names, which nobody was told of. */
  rotate(): Promise<void>
}

export interface OpKeys {
  rsa: Signer
  otherRsa: Signer
  ec: Signer
  otherEc: Signer
  ed: Signer
}

/** @param path of the issuer, behind the origin */
export async function startOp({ now = Date.now, path = '' }: { now?: () => number; path?: string } = {}): Promise<Op> {
  const far = await startFakeProvider()
  const issuer = far.origin + path
  let keys = await makeKeys()
  let bend: Bend = {}
  let person: Claims = ADA_AT_OP
  const questions = new Map<string, URLSearchParams>()
  const complaints: string[] = []
  const complain = (faults: readonly string[]) => complaints.push(...faults)

  const consent: FarHandler = ({ query }, response) => {
    complain(faultsOfQuestion(query))
    const code = randomBytes(12).toString('hex')
    questions.set(code, query)
    answerTo(query, changed({ code, state: query.get('state') ?? '' }, bend.back), response)
  }

  async function idToken(nonce: string | null, clientId: string | null, accessToken: string): Promise<unknown> {
    const iat = Math.floor(now() / 1000)
    const said = { iss: issuer, aud: clientId, sub: person.sub, iat, exp: iat + 3600, ...(nonce && { nonce }) }
    const claims = changed({ ...said, at_hash: atHash(accessToken) }, bend.claims)
    if (bend.idToken) return bend.idToken(claims)
    return (bend.signer ?? keys.rsa).sign(claims, bend.header)
  }

  const spend: FarHandler = async (seen, response) => {
    const code = seen.form.get('code') ?? ''
    const question = questions.get(code)
    questions.delete(code)
    complain(faultsOfExchange(seen, question))
    if (!question || (!bend.ignoresPkce && !provesItself(seen, question))) {
      return json({ error: 'invalid_grant' }, 400)(seen, response)
    }
    const accessToken = `token-of-${code}`
    const id_token = await idToken(question.get('nonce'), question.get('client_id'), accessToken)
    const good = { access_token: accessToken, token_type: 'Bearer', expires_in: 3600, id_token }
    return json(changed(good, bend.token))(seen, response)
  }

  const tellUser: FarHandler = (seen, response) => {
    complain(faultsOfUserinfo(seen))
    return json(changed(person, bend.user))(seen, response)
  }

  function open(): void {
    far.on(path + DISCOVERY, (seen, response) => json(changed(metadataOf(issuer), bend.metadata))(seen, response))
    far.on('/jwks', (seen, response) => json(bend.jwks ?? { keys: publishedBy(keys) })(seen, response))
    far.on('/authorize', consent)
    far.on('/token', spend)
    far.on('/userinfo', tellUser)
  }
  open()

  return {
    ...{ ...far, issuer, complaints },
    get keys() {
      return keys
    },
    bend(more) {
      bend = { ...bend, ...more }
    },
    knows(other) {
      person = other
    },
    async rotate() {
      keys = await makeKeys()
    },
    reset() {
      far.reset()
      complaints.length = 0
      bend = {}
      person = ADA_AT_OP
      open()
    },
    settings: (name = 'op') => settingsFor(name, issuer),
  }
}

/** An object with some members changed, and without those that are undefined. */
function changed(good: object, changes: object = {}): Claims {
  return Object.fromEntries(Object.entries({ ...good, ...changes }).filter(([, value]) => value !== undefined))
}

/** Five to sign with, each of a new name. */
async function makeKeys(): Promise<OpKeys> {
  const name = () => randomBytes(6).toString('hex')
  const [rsa, otherRsa, ec, otherEc, ed] = await Promise.all([
    newSigner('RS256', name()),
    newSigner('RS256', name()),
    newSigner('ES256', name()),
    newSigner('ES256', name()),
    newSigner('EdDSA', name()),
  ])
  return { rsa, otherRsa, ec, otherEc, ed }
}

/** The conformance suite's set: two RSA, two EC and one of each odd kind to sign with, and two to encrypt with. */
export const publishedBy = ({ rsa, otherRsa, ec, otherEc, ed }: OpKeys): Claims[] => [
  ...[rsa, otherRsa, ec, otherEc].map(({ jwk }) => jwk),
  ...[ODD_CURVE, ed.jwk, FOR_SECRETS.rsa, FOR_SECRETS.ec],
]

const exportOptions = { publicKeyEncoding: { format: 'jwk' }, privateKeyEncoding: { format: 'jwk' } } as const
const ecKey = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve, ...exportOptions }).publicKey as object
const rsaKey = () => generateKeyPairSync('rsa', { modulusLength: 2048, ...exportOptions }).publicKey as object

const ODD_CURVE = { ...ecKey('secp256k1'), kid: 'odd curve', use: 'sig', alg: 'ES256K' }
const FOR_SECRETS = {
  rsa: { ...rsaKey(), kid: 'for secrets', use: 'enc', alg: 'RSA-OAEP' },
  ec: { ...ecKey('P-256'), kid: 'for secrets too', use: 'enc', alg: 'ECDH-ES' },
}

function metadataOf(issuer: string) {
  const { origin } = new URL(issuer)
  return {
    issuer,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    userinfo_endpoint: `${origin}/userinfo`,
    jwks_uri: `${origin}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    a_member_of_tomorrow: { of: 'no meaning' },
  }
}

export const atHash = (accessToken: string): string =>
  createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')

/** By the browser's address, or by a form on a page (OAuth 2.0 Form Post Response Mode). */
function answerTo(query: URLSearchParams, answer: Claims, response: ServerResponse): void {
  const back = new URL(query.get('redirect_uri') ?? '')
  if (query.get('response_mode') !== 'form_post') {
    for (const [name, value] of Object.entries(answer)) back.searchParams.append(name, String(value))
    return void response.writeHead(303, { Location: back.href }).end()
  }
  const escaped = (value: unknown) => String(value).replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  const inputs = Object.entries(answer).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`,
  )
  response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><title>One moment</title>
    <form method="post" action="${escaped(back)}">${inputs.join('')}</form><script>document.forms[0].submit()</script>`)
}

function settingsFor(name: string, issuer: string): Settings {
  const prefix = name.toUpperCase().replaceAll('-', '_')
  return {
    PROVIDERS: name,
    DEFAULT_PROVIDER: name,
    [`${prefix}_PROTOCOL`]: 'oidc',
    [`${prefix}_ISSUER`]: issuer,
    [`${prefix}_CLIENT_ID`]: `client-at-${name}`,
    [`${prefix}_CLIENT_SECRET`]: `secret-at-${name}`,
  }
}
