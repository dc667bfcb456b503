import type { HttpResponse } from '../../src/http/types.js'
import type { OAuthClient } from '../../src/oauth/types.js'

export const aClient = (changes: Partial<OAuthClient> = {}): OAuthClient => ({
  clientId: 'the-client',
  clientSecret: 'the-secret',
  tokenEndpointAuthMethod: 'client_secret_basic',
  authorizeUrl: 'https://provider.example/authorize',
  tokenUrl: 'https://provider.example/token',
  userUrl: 'https://api.provider.example/user',
  scope: ['read:user', 'user:email'],
  pkce: true,
  authorizeParams: [],
  tokenParams: [],
  refreshParams: [],
  ...changes,
})

/** A JSON answer; a text is taken as it is. */
export const aResponse = (body: unknown, changes: Partial<HttpResponse> = {}): HttpResponse => ({
  status: 200,
  mediaType: 'application/json',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...changes,
})
