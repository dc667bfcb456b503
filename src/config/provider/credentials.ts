import { readRsaPrivateKey } from '../../crypto/rsa-sha1.js'
import { importPrivateKey } from '../../crypto/signature.js'
import { type ClientAuthMethod, SIGNATURE_METHODS, type SignatureMethod } from '../../http/protocol-options.js'
import { isExampleSecret } from '../app/secret-keys.js'
import type { SettingsReader } from '../reader.js'
import { settingOf } from '../settings.js'
import type { PresetInfo, ProtocolName, ProviderSettings } from '../types.js'
import { readChoice, readOneLine } from '../value-readers.js'

const PEM = /-----BEGIN ([A-Z0-9 ]{1,40})-----([\s\S]*?)-----END \1-----/
const PRIVATE_PEM = /-----BEGIN ([A-Z0-9 ]{0,30}PRIVATE KEY)-----([\s\S]*?)-----END \1-----/
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/
const OR_ON_ONE_LINE = 'or write its text into double quotes, with \\n for the ends of lines'

type CredentialSettings = Pick<
  ProviderSettings,
  'clientId' | 'clientSecret' | 'privateKey' | 'keyId' | 'signatureMethod'
>

/** What decides which credentials a provider needs. */
interface CredentialOptions {
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
    return reader.addIssue(setting, `is not needed: it is made of ${settingOf(name, 'PRIVATE_KEY')}; remove it`)
  }
  if (method === 'none') {
    reader.addIssue(
      setting,
      `is set, but ${settingOf(name, 'TOKEN_ENDPOINT_AUTH_METHOD')}=none says that the client has no secret; remove one of them`,
    )
  } else if (!reader.local && isExampleSecret(secret)) {
    reader.addIssue(setting, `is an example; write the secret that the provider of ${name} gave you`)
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
      : `is for RSA-SHA1 of OAuth 1.0a and for Apple; remove it`
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

/**
 * Restores the PEM text of a key that was written in quotes, on one line with `\n` or `\\n` or spaces for the ends
 * of lines, or as base64 of the whole file. Any other text is returned unchanged.
 */
function restorePem(value: string): string {
  const unquoted = removeQuotes(value.replace(/^\u{feff}/u, '').trim())
  const lines = unquoted
    .replace(/\\+n/g, '\n')
    .replace(/\\+r/g, '')
    .replace(/\\+(?=\n)/g, '')
  const text = PEM.test(lines) ? lines : (decodeBase64Pem(unquoted) ?? lines)
  // A file can have other blocks beside the key, such as the parameters of its curve.
  const [, label, body] = PRIVATE_PEM.exec(text) ?? []
  return label !== undefined && body !== undefined && BASE64.test(body)
    ? formatPem(label, body.replace(/\s/g, ''))
    : text
}

const removeQuotes = (text: string): string => /^(["'`])([\s\S]*)\1$/.exec(text)?.[2] ?? text

function decodeBase64Pem(text: string): string | undefined {
  if (!BASE64.test(text)) return undefined
  const decoded = Buffer.from(text, 'base64').toString('latin1')
  return PEM.test(decoded) ? decoded : undefined
}

const formatPem = (label: string, body: string): string =>
  [`-----BEGIN ${label}-----`, ...(body.match(/.{1,64}/g) ?? []), `-----END ${label}-----`, ''].join('\n')

/** Describes a text that is not the required key: its kind, but none of its content. */
function describeWrongKey(text: string): string {
  const [, label] = PEM.exec(text) ?? []
  if (label?.includes('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(text)) return 'it is encrypted with a pass phrase'
  if (label !== undefined && !label.endsWith('PRIVATE KEY')) return `it is a ${label}`
  if (label !== undefined) return 'it is a private key of another kind, or damaged'
  if (text.includes('-----BEGIN ')) return 'its -----END line is missing'
  if (/^[./~][\w./@-]+$|\.(p8|pem|key)$/.test(text.trim())) return 'it looks like the path of a file'
  if (BASE64.test(text)) return 'it has no -----BEGIN and -----END lines'
  return 'it has no -----BEGIN line'
}

/**
 * Warns when two providers are the same client of the same server: only the callback path then distinguishes their
 * responses.
 */
export function warnDuplicateClients(reader: SettingsReader, providers: readonly ProviderSettings[]): void {
  const owners = new Map<string, string>()
  for (const settings of providers) {
    const { name, clientId } = settings
    if (clientId === undefined) continue
    const client = JSON.stringify([...serverOf(settings), clientId])
    const owner = owners.get(client)
    if (owner) {
      reader.warn(
        settingOf(name, 'CLIENT_ID'),
        `is that of ${owner}, at the same provider; register each of them separately`,
      )
    }
    owners.set(client, owner ?? name)
  }
}

const serverOf = ({ preset, issuer, authorizeUrl, baseUrl, tenant }: ProviderSettings) =>
  issuer !== undefined ? [issuer] : authorizeUrl !== undefined ? [authorizeUrl] : [preset, baseUrl, tenant]
