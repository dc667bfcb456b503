// A certified OpenID provider that we did not write, in the process of the test: the package oidc-provider.
import { generateKeyPairSync, type JsonWebKey, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { AccountClaims, AdapterPayload, ClientMetadata, Configuration, default as Provider } from 'oidc-provider'
import { nextRsaKey } from './rsa-keys.js'

export interface CertifiedProvider {
  issuer: string
  /** Registers a client, as an operator does on the pages of a provider. */
  register(client: ClientMetadata & { client_id: string }): void
  /** Starts anew with other keys, as after a rotation; everybody stays signed in there. */
  rotateKeys(): void
  /** How often the keys were fetched. */
  keyFetches(): number
  /** Apps that were told behind the browser's back that somebody signed out, with what went wrong, oldest first. */
  notifiedClients: readonly { clientId: string; sid: string; error: unknown }[]
  /** Which kinds of tokens were taken back, oldest first. */
  revoked: readonly ('access token' | 'refresh token')[]
  /** How clients proved themselves for each token that was granted, oldest first. */
  proofs: readonly string[]
  /** What it says of a person from now on, beside what it said before; a member that is undefined is left out. */
  says(person: string, claims: Partial<AccountClaims>): void
  stop(): Promise<void>
}

interface Options {
  /** ID tokens have all claims of the scope, and not the subject alone. */
  claimsInIdToken?: true
  /** It knows `prompt=select_account`, which others of its kind answer with an error. */
  choosesAccounts?: true
  /** How long access tokens live, by the clock on the wall. */
  accessTokenSeconds?: number
}

/**
 * A provider at a free port; whoever comes to its page is asked who they are, and whether they want to. A client that
 * registers `grant_types` with `refresh_token` gets refresh tokens, which rotate; one with a `backchannel_logout_uri` is
 * told of sign-outs.
 */
export async function startCertifiedProvider({
  accessTokenSeconds = 600,
  claimsInIdToken,
  choosesAccounts,
}: Options = {}): Promise<CertifiedProvider> {
  const people: People = structuredClone(PEOPLE)
  const memory = new Memory()
  const proofs: string[] = []
  const reported: { clientId: string; sid: string; error: unknown }[] = []
  const revoked: ('access token' | 'refresh token')[] = []
  let keyFetches = 0
  let reply: RequestHandler = () => undefined
  const server = createServer((request, response) => {
    if (request.url === '/jwks') keyFetches++
    reply(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { default: Certified, interactionPolicy } = await loadQuietly()
  const policy = interactionPolicy.base()
  if (choosesAccounts) policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0)
  const startAnew = () => {
    const provider = new Certified(issuer, {
      ...configuration(memory, people, accessTokenSeconds),
      interactions: { policy, url: (_context, { uid }) => `/interaction/${uid}` },
      conformIdTokenClaims: !claimsInIdToken,
    })
    // It takes either proof, whatever is registered; with neither it would have granted nothing.
    provider.on('grant.success', ({ headers }) => {
      proofs.push(headers.authorization?.startsWith('Basic ') ? 'client_secret_basic' : 'client_secret_post')
    })
    provider.on('backchannel.success', (_, { clientId }, __, sid) => reported.push({ clientId, sid, error: undefined }))
    provider.on('backchannel.error', (_, error, { clientId }, __, sid) => reported.push({ clientId, sid, error }))
    provider.on('access_token.destroyed', () => revoked.push('access token'))
    provider.on('refresh_token.destroyed', () => revoked.push('refresh token'))
    reply = handlerOf(provider)
  }
  startAnew()

  return {
    ...{ issuer, proofs, notifiedClients: reported, revoked },
    register: client => memory.put(`Client:${client.client_id}`, client),
    rotateKeys: startAnew,
    keyFetches: () => keyFetches,
    says(person, claims) {
      people[person] = Object.assign(people[person] ?? { sub: person }, claims)
    },
    async stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void

/** On Node 20 it works, and says that it is not made for it. That alone is kept out of the test's output. */
async function loadQuietly(): Promise<typeof import('oidc-provider')> {
  const { warn } = console
  console.warn = (...message: unknown[]) => {
    if (!String(message[0]).includes('Unsupported runtime')) warn(...message)
  }
  try {
    return await import('oidc-provider')
  } finally {
    console.warn = warn
  }
}

/** By their subject. */
const PEOPLE: Readonly<Record<string, AccountClaims>> = {
  ada: {
    ...{ sub: 'ada', name: 'Ada Lovelace', preferred_username: 'ada', picture: 'https://p.example/ada.png' },
    ...{ email: 'ada@example.org', email_verified: true },
  },
  grace: {
    ...{ sub: 'grace', name: 'Grace Hopper', preferred_username: 'grace', picture: 'https://p.example/grace.png' },
    ...{ email: 'grace@example.org', email_verified: true },
  },
}

const cookieKey = randomBytes(32).toString('hex')

type People = Record<string, AccountClaims>

function configuration(memory: Memory, people: People, accessTokenSeconds: number): Configuration {
  return {
    adapter: name => memory.shelf(name),
    cookies: { keys: [cookieKey] },
    jwks: { keys: newKeys() },
    pkce: { required: () => true },
    responseTypes: ['code'],
    claims: {
      profile: ['name', 'preferred_username', 'picture'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    findAccount(_context, accountId) {
      const person = people[accountId]
      return person && { accountId, claims: async () => person }
    },
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: askToSignOut },
      backchannelLogout: { enabled: true },
    },
    // Its own takes no address of this machine for that of an app.
    fetch: (url, { method = 'GET', headers = {}, body = null, signal = null } = {}) =>
      fetch(url, { method, headers, body, signal, redirect: 'manual' }),
    ttl: {
      ...{ AccessToken: accessTokenSeconds, RefreshToken: 86_400, AuthorizationCode: 60, IdToken: 600 },
      ...{ Grant: 86_400, Interaction: 600, Session: 86_400 },
    },
  }
}

/** The page of signing out; its form is `form`, and yes is a button of it. */
function askToSignOut(context: { body: unknown }, form: string): void {
  context.body = form.replace('</form>', '<button name="logout" value="yes">Sign out</button></form>')
}

/** One key of each kind. */
function newKeys(): (JsonWebKey & { kty: string })[] {
  const pairs = [
    { privateKey: nextRsaKey() },
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('ed25519'),
  ]
  return pairs.map(({ privateKey }) => {
    const { kty = '', ...key } = privateKey.export({ format: 'jwk' })
    return { ...key, kty, kid: randomUUID(), use: 'sig' }
  })
}

function handlerOf(provider: Provider): RequestHandler {
  const rest = provider.callback()
  return (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void rest(request, response)
    const page = request.method === 'POST' ? decide(provider, request, response) : ask(response)
    page.catch(error => response.writeHead(500).end(String(error)))
  }
}

/** Its only page: who are you, and do you want to? */
async function ask(response: ServerResponse): Promise<void> {
  const people = Object.keys(PEOPLE).map(name => `<button name="person" value="${name}">${name}</button>`)
  const buttons = `${people.join('')}<button name="deny" value="yes">No</button>`
  response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<form method="post">${buttons}</form>`)
}

async function decide(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params, prompt } = await provider.interactionDetails(request, response)
  const form = new URLSearchParams(await text(request))
  const accountId = form.get('person')
  if (accountId === null) {
    const refusal = { error: 'access_denied', error_description: 'Not today' }
    return provider.interactionFinished(request, response, refusal)
  }
  const grant = new provider.Grant({ accountId, clientId: String(params.client_id) })
  grant.addOIDCScope(String(params.scope))
  const consent = { grantId: await grant.save() }
  const chosen = prompt.name === 'select_account' && { select_account: {} }
  await provider.interactionFinished(request, response, { login: { accountId }, consent, ...chosen })
}

/** What outlives a new start: clients, sessions, codes, tokens. */
class Memory {
  readonly #payloads = new Map<string, AdapterPayload>()

  put(key: string, payload: AdapterPayload): void {
    this.#payloads.set(key, payload)
  }

  /** The place of one kind of thing, as oidc-provider asks for it. */
  shelf(name: string) {
    const saved = this.#payloads
    const find = async (id: string) => saved.get(`${name}:${id}`)
    const findBy = async (field: 'uid' | 'userCode', value: string) =>
      [...saved].find(([key, payload]) => key.startsWith(`${name}:`) && payload[field] === value)?.[1]
    return {
      find,
      findByUid: (uid: string) => findBy('uid', uid),
      findByUserCode: (code: string) => findBy('userCode', code),
      upsert: async (id: string, payload: AdapterPayload) => void saved.set(`${name}:${id}`, payload),
      destroy: async (id: string) => void saved.delete(`${name}:${id}`),
      async consume(id: string) {
        Object.assign((await find(id)) ?? {}, { consumed: Math.floor(Date.now() / 1000) })
      },
      async revokeByGrantId(grantId: string) {
        // Of its own kind alone: an interaction under way has the id of a grant too, and outlives it.
        for (const [key, payload] of saved)
          if (key.startsWith(`${name}:`) && payload.grantId === grantId) saved.delete(key)
      },
    }
  }
}
