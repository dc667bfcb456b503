// What the conformance suite's provider has against a request of ours, in words.
import { createHash } from 'node:crypto'
import type { ReceivedRequest } from './fake-provider.js'

export function problemsOfAuthorization(query: URLSearchParams): string[] {
  const once = (name: string) => (query.getAll(name).length === 1 ? query.get(name) : null)
  const faults: Record<string, boolean> = {
    'response_type is not code': once('response_type') !== 'code',
    'client_id is missing': !once('client_id'),
    'scope lacks openid': !once('scope')?.split(' ').includes('openid'),
    'redirect_uri is missing, or has a fragment':
      !URL.canParse(once('redirect_uri') ?? '') || String(query).includes('%23'),
    'the nonce is not 1 to 43 plain characters': !/^[\w.~-]{1,43}$/.test(query.get('nonce') ?? ''),
    'the challenge is none of S256':
      once('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(once('code_challenge') ?? ''),
    'max_age=0 goes with prompt=none': query.get('max_age') === '0' && query.get('prompt') === 'none',
  }
  return Object.keys(faults).filter(fault => faults[fault])
}

export function problemsOfExchange(seen: ReceivedRequest, request: URLSearchParams | undefined): string[] {
  const { form } = seen
  const clientId = request?.get('client_id') ?? ''
  const faults: Record<string, boolean> = {
    'grant_type is not authorization_code': form.get('grant_type') !== 'authorization_code',
    'the code was never given': !request,
    'redirect_uri is another': form.get('redirect_uri') !== request?.get('redirect_uri'),
    'client_id is another': form.has('client_id') && form.get('client_id') !== clientId,
  }
  return [...Object.keys(faults).filter(fault => faults[fault]), ...problemsOfClientAuth(seen, clientId)]
}

/** How a client shows who it is at the token endpoint. */
export function problemsOfClientAuth({ form, headers }: ReceivedRequest, clientId: string): string[] {
  const secret = `secret-at-${clientId.replace(/^client-at-/, '')}`
  const basic = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`
  const isProven = headers.authorization === basic && !form.has('client_secret')
  return isProven ? [] : ['the client does not prove itself by HTTP Basic']
}

/** PKCE (RFC 7636, 4.6). */
export const isAuthenticated = ({ form }: ReceivedRequest, request: URLSearchParams): boolean =>
  createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url') === request.get('code_challenge')

export function problemsOfUserinfo({ query, form, headers }: ReceivedRequest): string[] {
  const faults: Record<string, boolean> = {
    'the token is not in the header': !/^Bearer token-of-[\da-f]{24}$/.test(headers.authorization ?? ''),
    'the token is in the query or the body too': query.has('access_token') || form.has('access_token'),
  }
  return Object.keys(faults).filter(fault => faults[fault])
}
