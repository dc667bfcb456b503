import { readRsaPrivateKey } from '../../crypto/rsa-sha1.js'
import { importPrivateKey } from '../../crypto/signature.js'
import { isExampleSecret } from '../app/secret-keys.js'
import type { SettingsReader } from '../reader.js'
import { settingOf } from '../settings.js'
import type { ClientAuthMethod, PresetInfo, ProtocolName, ProviderSettings, SignatureMethod } from '../types.js'
import { readChoice, readOneLine } from '../value-readers.js'
import { describeWrongKey, restorePem } from './private-key.js'

const SIGNATURE_METHODS = ['HMAC-SHA1', 'HMAC-SHA256', 'RSA-SHA1', 'PLAINTEXT'] as const

const OR_ON_ONE_LINE = 'or write its text into double quotes, with \\n for the ends of lines'

type CredentialSettings = Pick<
  ProviderSettings,
  'clientId' | 'clientSecret' | 'privateKey' | 'keyId' | 'signatureMethod'
>

/** What decides which credentials a provider needs. */
export interface CredentialOptions {
  protocol: ProtocolName
  info: PresetInfo | undefined
  method: ClientAuthMethod | undefined
}

/** Client id, client secret and private key, as the protocol and the preset require them. */
export function readCredentials(reader: SettingsReader, name: string, options: CredentialOptions): CredentialSettings {
  const signatureMethod = readChoice(reader, settingOf(name, 'SIGNATURE_METHOD'), SIGNATURE_METHODS)
  return {
    clientId: readOneLine(reader, settingOf(name, 'CLIENT_ID')),
    clientSecret: readClientSecret(reader, name, options),
    privateKey: readPrivateKey(reader, name, options, signatureMethod),
    keyId: readOneLine(reader, settingOf(name, 'KEY_ID')),
    signatureMethod,
  }
}

function readClientSecret(
  reader: SettingsReader,
  name: string,
  { method, info }: CredentialOptions,
): string | undefined {
  const setting = settingOf(name, 'CLIENT_SECRET')
  const secret = readOneLine(reader, setting)
  if (secret === undefined) return undefined
  if (info?.createsClientSecret) {
    return reader.addIssue(setting, `is not needed: it is made of ${settingOf(name, 'PRIVATE_KEY')}; take it out`)
  }
  if (method === 'none') {
    reader.addIssue(
      setting,
      `is set, but ${settingOf(name, 'TOKEN_ENDPOINT_AUTH_METHOD')} is none; take one of them out`,
    )
  } else if (!reader.local && isExampleSecret(secret)) {
    reader.addIssue(setting, `is an example; write the secret that you were given for ${name}`)
  }
  return secret
}

function readPrivateKey(
  reader: SettingsReader,
  name: string,
  { protocol, info }: CredentialOptions,
  signatureMethod: SignatureMethod | undefined,
): string | undefined {
  const setting = settingOf(name, 'PRIVATE_KEY')
  const value = reader.value(setting)
  if (value === undefined) return undefined
  const pem = restorePem(value)
  const problem = info?.createsClientSecret
    ? problemOfSigningKey(setting, pem)
    : protocol === 'oauth1' && signatureMethod === 'RSA-SHA1'
      ? problemOfRsaKey(setting, pem)
      : `is for RSA-SHA1 of OAuth 1.0a and for Apple; take it out`
  return problem === undefined ? pem : reader.addIssue(setting, problem)
}

function problemOfSigningKey(setting: string, pem: string): string | undefined {
  if (importPrivateKey(pem)?.algs.includes('ES256')) return undefined
  return `is no private P-256 key in PEM (${describeWrongKey(pem)}); name the .p8 file in ${setting}_FILE, ${OR_ON_ONE_LINE}`
}

function problemOfRsaKey(setting: string, pem: string): string | undefined {
  try {
    readRsaPrivateKey(pem)
    return undefined
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const problem = `cannot be used: ${why.charAt(0).toLowerCase()}${why.slice(1)}`
    if (!why.includes('cannot be read')) return problem
    return `${problem} (${describeWrongKey(pem)}); name its file in ${setting}_FILE, ${OR_ON_ONE_LINE}`
  }
}

/** Reports missing credentials. */
export function checkMissingCredentials(
  reader: SettingsReader,
  settings: ProviderSettings,
  info: PresetInfo | undefined,
): void {
  const { name, protocol, signatureMethod } = settings
  const why = `, and ${name} is one of PROVIDERS`
  const requireSetting = (suffix: 'CLIENT_ID' | 'CLIENT_SECRET' | 'PRIVATE_KEY' | 'KEY_ID', reason: string) => {
    if (reader.value(settingOf(name, suffix)) === undefined) reader.missing(settingOf(name, suffix), reason)
  }
  // We register ourselves with the development provider, but it cannot make our private key.
  const isDevProvider = info?.development === true
  if (!isDevProvider) requireSetting('CLIENT_ID', why)
  if (info?.createsClientSecret) {
    requireSetting('PRIVATE_KEY', `; ${info.label} gives a private key in place of a client secret`)
    requireSetting('KEY_ID', `; it is the id of ${settingOf(name, 'PRIVATE_KEY')}`)
  } else if (protocol === 'oauth1' && signatureMethod === 'RSA-SHA1') {
    requireSetting('PRIVATE_KEY', `, and ${settingOf(name, 'SIGNATURE_METHOD')} is RSA-SHA1`)
  } else if (!isDevProvider && settings.tokenEndpointAuthMethod !== 'none') {
    requireSetting('CLIENT_SECRET', why)
  }
}
