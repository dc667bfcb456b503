import { RESERVED_TOKEN_PARAMS } from '../http/reserved-params.js'
import type { HttpRequest, HttpResponse, Params, Send } from '../http/types.js'
import { authenticateClient } from './client-auth.js'
import { inStep, type ProtocolStep } from './errors.js'
import { formEncode, mergeParams } from './params.js'
import { redactRequestSecrets } from './redact.js'
import type { OAuthClient } from './types.js'

/**
 * A request to the token endpoint, or to another one with client authentication (RFC 6749, 3.2.1; RFC 7009, 2.1).
 * @param extras never take the place of a parameter of ours, nor of a reserved one
 */
export function clientRequest(client: OAuthClient, url: string, ours: Params, extras: Params = []): HttpRequest {
  const auth = authenticateClient(client)
  const { headers, write } = client.tokenRequestForm === 'json' ? JSON_BODY : FORM_BODY
  return {
    method: 'POST',
    url,
    headers: {
      // Without it, GitHub's response is form-encoded.
      Accept: 'application/json',
      ...client.tokenHeaders,
      ...headers,
      ...auth.headers,
    },
    body: write(mergeParams([...ours, ...auth.params], extras, RESERVED_TOKEN_PARAMS)),
  }
}

const FORM_BODY = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, write: formEncode }
const JSON_BODY = {
  headers: { 'Content-Type': 'application/json' },
  write: (params: Params) => JSON.stringify(Object.fromEntries(params)),
}

/** Sends such a request, once, and reads its response; no error quotes a secret of the request. */
export function sendRequest<T>(
  send: Send,
  client: OAuthClient,
  request: HttpRequest,
  read: (response: HttpResponse, client: OAuthClient) => T,
  step: ProtocolStep,
): Promise<T> {
  return inStep(step, request.url, async () => {
    const response = await send(request)
    try {
      return read(response, client)
    } catch (error) {
      throw redactRequestSecrets(error, response, request, client)
    }
  })
}
