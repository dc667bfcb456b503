import type { Context } from 'koa'
import type { Client } from '../clients.js'
import type { Nonces } from './nonces.js'
import { readSignedParams } from './parameters.js'
import { OAuth1Problem } from './problem.js'
import { findSignatureCheck, type NameAndValue, type SigningSecrets, signatureBase } from './signature.js'

/** A request whose signature is right. */
export interface SignedRequest {
  client: Client
  /** Undefined for a parameter that is absent. */
  get(name: string): string | undefined
}

interface RequestDeps {
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
  { url, clients, nonces }: RequestDeps,
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

  // Last, or a request with a wrong signature could use up the nonces of a client.
  nonces.use(client.clientId, get('oauth_nonce') ?? '', get('oauth_timestamp') ?? '')
  return { client, get }
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
