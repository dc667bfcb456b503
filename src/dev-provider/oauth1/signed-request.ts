import type { Context, Middleware } from 'koa'
import type { Client } from '../clients.js'
import { respondProblem } from '../fault-injection.js'
import { readFormText } from '../params.js'
import type { Fields } from '../responses.js'
import { findSignatureCheck, type NameAndValue, type SigningSecrets, signatureBase } from './signature.js'

const TIMESTAMP_WINDOW_SECONDS = 5 * 60
const FORM = 'application/x-www-form-urlencoded'

/** A problem of a signed request, named as in the Problem Reporting extension. */
export class OAuth1Problem extends Error {
  override readonly name = 'OAuth1Problem'
  constructor(
    readonly problem: string,
    readonly more: Fields = {},
  ) {
    super(problem)
  }
}

/** Runs the handler, and sends the problem if it throws one. */
export const handleSigned =
  (handle: (ctx: Context) => Promise<void>): Middleware =>
  async ctx => {
    try {
      await handle(ctx)
    } catch (error) {
      if (!(error instanceof OAuth1Problem)) throw error
      await respondProblem(error.problem, error.more)({ ctx, respond: () => {}, pause: async () => {} })
    }
  }

/** A request with a valid signature. */
export interface SignedRequest {
  client: Client
  /** Undefined for a parameter that is absent. */
  get(name: string): string | undefined
}

export interface SignedRequestDeps {
  /** Our own address, which the signature covers; never what the Host header says. */
  url: string
  clients: readonly Client[]
  nonces: Nonces
}

const REQUIRED_PARAMS = [
  'oauth_consumer_key',
  'oauth_signature_method',
  'oauth_signature',
  'oauth_timestamp',
  'oauth_nonce',
] as const

/**
 * Checks which client sent a request, and that it was not sent before (RFC 5849, 3.2).
 * @param secretOf the secret of a token of this client; undefined if there is no such token
 * @throws OAuth1Problem for everything that is wrong
 */
export async function readSignedRequest(
  ctx: Context,
  { url, clients, nonces }: SignedRequestDeps,
  secretOf: (token: string | undefined, clientId: string) => string | undefined,
): Promise<SignedRequest> {
  const pairs = await readSignedParams(ctx)
  const get = (name: string) => pairs.find(([found]) => found === name)?.[1] || undefined
  requireOAuthParams(pairs, get)

  const client = clients.find(({ clientId }) => clientId === get('oauth_consumer_key'))
  if (!client) throw new OAuth1Problem('consumer_key_unknown')
  const { clientSecret, publicKey } = client
  const check = findSignatureCheck(get('oauth_signature_method') ?? '', { clientSecret, publicKey })
  if (!check) throw new OAuth1Problem('signature_method_rejected')
  nonces.requireTimestamp(get('oauth_timestamp') ?? '')

  const tokenSecret = secretOf(get('oauth_token'), client.clientId)
  if (tokenSecret === undefined) throw new OAuth1Problem('token_rejected')
  const secrets: SigningSecrets = { clientSecret, publicKey, tokenSecret }
  const covered = pairs.filter(([name]) => name !== 'oauth_signature')
  const base = signatureBase({ method: ctx.method, url: url + ctx.path, pairs: covered })
  if (!check(base, get('oauth_signature') ?? '', secrets)) throw new OAuth1Problem('signature_invalid')

  // Last, because otherwise a request with a wrong signature could use up the nonces of a client.
  nonces.use(client.clientId, get('oauth_nonce') ?? '', get('oauth_timestamp') ?? '')
  return { client, get }
}

/**
 * Every parameter that a signature covers, and the signature: from the header, the query and the form (RFC 5849,
 * 3.4.1.3.1). The realm is not one of them.
 * @throws OAuth1Problem for a header that cannot be read
 */
async function readSignedParams(ctx: Context): Promise<NameAndValue[]> {
  const form = ctx.is(FORM) ? await readFormText(ctx) : ''
  return [
    ...readHeaderParams(ctx.get('authorization')),
    ...new URLSearchParams(ctx.querystring),
    ...new URLSearchParams(form),
  ]
}

function readHeaderParams(header: string): NameAndValue[] {
  const [, list] = /^oauth\s+(.*)$/is.exec(header) ?? []
  if (list === undefined) return []
  const pairs: NameAndValue[] = []
  const next = /\s*([^\s=",]+)="([^"]*)"\s*(?:,|$)/y
  while (next.lastIndex < list.length) {
    const [, name, value] = next.exec(list) ?? []
    if (name === undefined || value === undefined) throw new OAuth1Problem('parameter_rejected')
    if (name.toLowerCase() !== 'realm') pairs.push([percentDecode(name), percentDecode(value)])
  }
  return pairs
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new OAuth1Problem('parameter_rejected')
  }
}

function requireOAuthParams(pairs: readonly NameAndValue[], get: (name: string) => string | undefined): void {
  const names = pairs.map(([name]) => name).filter(name => name.startsWith('oauth_'))
  const repeated = names.filter((name, at) => names.indexOf(name) !== at)
  if (repeated.length > 0)
    throw new OAuth1Problem('parameter_rejected', { oauth_parameters_rejected: repeated.join('&') })
  const absent = REQUIRED_PARAMS.filter(name => get(name) === undefined)
  if (absent.length > 0) throw new OAuth1Problem('parameter_absent', { oauth_parameters_absent: absent.join('&') })
  const version = get('oauth_version') ?? '1.0'
  if (version !== '1.0') throw new OAuth1Problem('version_rejected', { oauth_acceptable_versions: '1.0-1.0' })
}

/** Refuses a signed request that is sent twice (RFC 5849, 3.3). */
export interface Nonces {
  /** @throws OAuth1Problem for a time that is not within five minutes of ours */
  requireTimestamp(timestamp: string): void
  /** @throws OAuth1Problem for a nonce that this client has used before */
  use(clientId: string, nonce: string, timestamp: string): void
}

/** @param now milliseconds */
export function createNonces(now: () => number): Nonces {
  // By client and nonce: when the entry may be deleted, because the timestamp is refused from then on.
  const used = new Map<string, number>()
  const deleteOld = (present: number) => {
    for (const [key, until] of used) if (until < present) used.delete(key)
  }
  return {
    requireTimestamp(timestamp) {
      const present = Math.floor(now() / 1000)
      const [earliest, latest] = [present - TIMESTAMP_WINDOW_SECONDS, present + TIMESTAMP_WINDOW_SECONDS]
      const sent = /^[1-9]\d{0,14}$/.test(timestamp) ? Number(timestamp) : 0
      if (sent >= earliest && sent <= latest) return
      throw new OAuth1Problem('timestamp_refused', { oauth_acceptable_timestamps: `${earliest}-${latest}` })
    },
    use(clientId, nonce, timestamp) {
      deleteOld(Math.floor(now() / 1000))
      const key = JSON.stringify([clientId, nonce])
      if (used.has(key)) throw new OAuth1Problem('nonce_used')
      used.set(key, Number(timestamp) + TIMESTAMP_WINDOW_SECONDS)
    },
  }
}
