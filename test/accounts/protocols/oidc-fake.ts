// A provider that answers by path, with no network in between.

import { createProtocol } from '../../../src/accounts/protocols/create-protocols.js'
import type { Clock, Protocol } from '../../../src/accounts/protocols/protocol.js'
import type { ProviderSettings } from '../../../src/config/types.js'
import type { HttpRequest, HttpResponse, Send } from '../../../src/http/types.js'
import { createProvider } from '../../../src/providers/create-provider.js'
import type { Provider } from '../../../src/providers/provider.js'
import { aResponse } from '../../oauth/samples.js'
import { CLIENT_ID, claims, ISSUER, NOW, newSigner, type Signer } from '../../oauth/signers.js'
import { customSettings } from '../../providers/samples.js'

export type Paths = Record<string, (request: HttpRequest) => unknown>

export interface OidcFake {
  protocol: Protocol
  send: Send
  /** What it was asked, and by which path. */
  sent: HttpRequest[]
  asked(): string[]
  signer: Signer
  idToken(changes?: object, header?: object): string
}

const clock: Clock = { now: () => NOW, monotonic: () => NOW, random: () => 'r'.repeat(43) }

export const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: 'https://op.example/authorize',
  token_endpoint: 'https://op.example/token',
  userinfo_endpoint: 'https://op.example/userinfo',
  jwks_uri: 'https://op.example/jwks',
  revocation_endpoint: 'https://op.example/revoke',
  end_session_endpoint: 'https://op.example/end?own=1',
  id_token_signing_alg_values_supported: ['ES256'],
}

/** An OpenID provider of a custom row. */
export async function startOidc(
  paths: Paths = {},
  changes: Partial<ProviderSettings> = {},
  row: Partial<Provider> = {},
): Promise<OidcFake> {
  const signer = await newSigner('ES256', 'e')
  const settings = customSettings({
    ...{ protocol: 'oidc', issuer: ISSUER, clientId: CLIENT_ID },
    ...{ authorizeUrl: undefined, tokenUrl: undefined, userUrl: undefined },
    ...changes,
  })
  const known: Paths = {
    '/tenant/.well-known/openid-configuration': () => METADATA,
    '/jwks': () => ({ keys: [signer.jwk] }),
    '/userinfo': () => ({ sub: '583231', name: 'Ada' }),
    ...paths,
  }
  return { ...listening(settings, known, row), signer, idToken: idTokens(signer) }
}

const idTokens =
  ({ kid, alg, signRaw }: Signer) =>
  (changes: object = {}, header: object = {}) =>
    signRaw({ alg, kid, ...header }, claims({ nonce: undefined, ...changes }))

/** A provider of these settings. */
export function listening(settings: ProviderSettings, paths: Paths, row: Partial<Provider> = {}) {
  const sent: HttpRequest[] = []
  const provider = { ...createProvider(settings, 'http://127.0.0.1:3001'), ...row } as Provider
  const send: Send = async request => {
    sent.push(request)
    const response = paths[new URL(request.url).pathname]?.(request) ?? aResponse('', { status: 404 })
    return isResponse(response) ? response : aResponse(response)
  }
  return {
    ...{ sent, send, protocol: createProtocol(provider, { ...clock, withSharedSend: work => work(send) }) },
    asked: () => sent.map(({ url }) => new URL(url).pathname),
  }
}

const isResponse = (value: unknown): value is HttpResponse =>
  typeof value === 'object' && value !== null && 'status' in value && 'mediaType' in value
