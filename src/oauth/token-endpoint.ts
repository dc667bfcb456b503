import { proveClient } from './client-auth.js'
import { withoutEcho } from './echo.js'
import { inStep, type ProtocolStep } from './errors.js'
import { formEncode, RESERVED_TOKEN_PARAMS, withExtras } from './params.js'
import type { Answer, OAuthClient, OutboundRequest, Pairs, Send } from './types.js'

/**
 * A question at the token endpoint, or at another one that wants to know its client (RFC 6749, 3.2.1; RFC 7009, 2.1).
 * @param extras never take the place of a parameter of ours, nor of a reserved one
 */
export function clientRequest(client: OAuthClient, url: string, ours: Pairs, extras: Pairs = []): OutboundRequest {
  const proof = proveClient(client)
  const { headers, write } = client.tokenRequestForm === 'json' ? JSON_TEXT : FORM
  return {
    method: 'POST',
    url,
    headers: {
      // Without it GitHub answers form-encoded.
      Accept: 'application/json',
      ...client.tokenHeaders,
      ...headers,
      ...proof.headers,
    },
    body: write(withExtras([...ours, ...proof.params], extras, RESERVED_TOKEN_PARAMS)),
  }
}

const FORM = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, write: formEncode }
const JSON_TEXT = {
  headers: { 'Content-Type': 'application/json' },
  write: (pairs: Pairs) => JSON.stringify(Object.fromEntries(pairs)),
}

/** Sends such a question, once, and reads its answer; what refuses it never quotes the question. */
export function ask<T>(
  send: Send,
  client: OAuthClient,
  request: OutboundRequest,
  read: (answer: Answer, client: OAuthClient) => T,
  step: ProtocolStep,
): Promise<T> {
  return inStep(step, request.url, async () => {
    const answer = await send(request)
    try {
      return read(answer, client)
    } catch (error) {
      throw withoutEcho(error, answer, request, client)
    }
  })
}
