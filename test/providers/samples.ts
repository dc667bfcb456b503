import type { ProviderSettings } from '../../src/config/types.js'
import { ProtocolError } from '../../src/oauth/errors.js'
import type { ApiGet, Preset } from '../../src/providers/provider.js'

export const someSettings = (changes: Partial<ProviderSettings> = {}): ProviderSettings => ({
  name: 'github',
  preset: 'github',
  protocol: 'oauth2',
  clientId: 'the-client',
  clientSecret: 'the-secret',
  privateKey: undefined,
  keyId: undefined,
  callbackPath: '/oauth/github/callback',
  issuer: undefined,
  discoveryUrl: undefined,
  authorizeUrl: undefined,
  tokenUrl: undefined,
  refreshUrl: undefined,
  userUrl: undefined,
  revocationUrl: undefined,
  endSessionUrl: undefined,
  jwksUrl: undefined,
  requestTokenUrl: undefined,
  apiBaseUrl: undefined,
  baseUrl: undefined,
  tenant: undefined,
  scope: undefined,
  authorizeParams: [],
  tokenParams: [],
  refreshParams: [],
  requestTokenParams: [],
  tokenEndpointAuthMethod: undefined,
  signatureMethod: undefined,
  pkce: undefined,
  nonce: undefined,
  responseMode: undefined,
  maxAge: undefined,
  acrValues: undefined,
  idTokenAlgs: undefined,
  audiences: undefined,
  label: undefined,
  emailTrusted: false,
  fields: {},
  groupsFields: undefined,
  groupsWanted: false,
  ...changes,
})

/** A provider that is not in the catalog. */
export const customSettings = (changes: Partial<ProviderSettings> = {}): ProviderSettings =>
  someSettings({
    name: 'acme',
    preset: undefined,
    authorizeUrl: 'https://acme.example/authorize',
    tokenUrl: 'https://acme.example/token',
    userUrl: 'https://acme.example/api/v1/me?full=yes',
    ...changes,
  })

/** An API that answers one path. */
export const anApi =
  (path: string, response: unknown): ApiGet =>
  async asked => {
    if (asked.split('?')[0] === path) return response
    throw new ProtocolError('provider_error', 'No such path', { status: 500 })
  }

/** An API that refuses everything with one status. */
export const refusing =
  (status: number): ApiGet =>
  async () => {
    throw new ProtocolError('provider_error', `The provider answered with status ${status}`, { status })
  }

/** An API that answers some paths, and knows no other. */
export const apiOf =
  (responses: Readonly<Record<string, unknown>> = {}): ApiGet =>
  async asked => {
    const path = asked.split('?')[0] ?? ''
    if (Object.hasOwn(responses, path)) return responses[path]
    throw new ProtocolError('provider_error', `Nobody expected ${asked}`, { status: 500 })
  }

/** The settings of a provider that is its preset's namesake, with what the preset cannot do without. */
export const settingsFor = (name: string, preset: Preset): ProviderSettings =>
  someSettings({
    ...{ name, preset: name, protocol: preset.protocol, callbackPath: `/oauth/${name}/callback` },
    baseUrl: typeof preset.baseUrl === 'object' ? preset.baseUrl.example : undefined,
    ...('createClientSecret' in preset && {
      clientSecret: undefined,
      tenant: 'A1B2C3D4E5',
      keyId: 'F6G7H8I9J0',
      privateKey: 'a key',
    }),
  })
