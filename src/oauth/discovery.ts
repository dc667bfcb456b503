import { isSignatureAlg, type SignatureAlg } from '../crypto/signature.js'
import { isPrivateHost } from '../http/private-host.js'
import type { HttpRequest, HttpResponse } from '../http/types.js'
import { ProtocolError, type ProtocolHint } from './errors.js'
import { readObject, requireSuccess } from './response.js'
import { cleanText } from './text.js'
import type { Json, JsonObject } from './types.js'

interface MetadataOptions {
  /** The value of `issuer` in the metadata of a provider that is known to write a template there. */
  discoveryIssuer?: string
  /**
   * The URL of the metadata, if the issuer does not determine it. It decides whether http and private addresses are
   * allowed.
   */
  readAt?: string
}

/** The metadata of a provider. Every URL in it may be called, or opened by a browser. */
export interface Metadata {
  readonly issuer: string
  /** The metadata came from a private network, so their URLs may lead there too. */
  readonly fromPrivateNetwork: boolean
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly jwksUri: string
  readonly userinfoEndpoint: string | undefined
  readonly revocationEndpoint: string | undefined
  readonly endSessionEndpoint: string | undefined
  /** The provider's algorithms that can be verified here. */
  readonly idTokenAlgs: readonly SignatureAlg[]
  /** Its callbacks always carry `iss` (RFC 9207, 3). */
  readonly authorizationResponseIss: boolean
  readonly tokenEndpointAuthMethods: readonly string[]
  /**
   * The values of `prompt` (Initiating User Registration via OpenID Connect 1.0, 4); undefined if the metadata do not
   * say.
   */
  readonly promptValues: readonly string[] | undefined
}

/**
 * The requests for the metadata of an issuer, in the order to try them: OpenID Connect Discovery, 4, then
 * RFC 8414, 3.1. Both ignore a slash at the end of the issuer.
 * @param issuer an absolute URL without query and fragment
 */
export function discoveryRequests(issuer: string): HttpRequest[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ].map(metadataRequest)
}

/** The request for the metadata at a known URL. */
export const metadataRequest = (url: string): HttpRequest => ({
  method: 'GET',
  url,
  headers: { Accept: 'application/json' },
  forMetadata: true,
})

/**
 * Reads the metadata of an issuer (OpenID Connect Discovery, 3 and 4.3; RFC 8414, 3.2 and 3.3).
 * @param issuer as configured, compared byte by byte
 * @throws ProtocolError provider_error (with its `status`), provider_malformed
 */
export function readMetadata(response: HttpResponse, issuer: string, options: MetadataOptions = {}): Metadata {
  requireSuccess(response)
  const metadata = readObject(response)
  requireIssuer(metadata.issuer, options.discoveryIssuer ?? issuer)
  const endpoint = (name: string) => readEndpoint(metadata, name, options.readAt ?? issuer)
  const optional = (name: string) => (isUrl(metadata[name]) ? endpoint(name) : undefined)
  return {
    issuer: options.discoveryIssuer ?? issuer,
    fromPrivateNetwork: response.fromPrivateNetwork === true,
    authorizationEndpoint: endpoint('authorization_endpoint'),
    tokenEndpoint: endpoint('token_endpoint'),
    jwksUri: endpoint('jwks_uri'),
    userinfoEndpoint: optional('userinfo_endpoint'),
    revocationEndpoint: optional('revocation_endpoint'),
    endSessionEndpoint: optional('end_session_endpoint'),
    // The defaults are those of the standards.
    idTokenAlgs: (readList(metadata, 'id_token_signing_alg_values_supported') ?? ['RS256']).filter(isSignatureAlg),
    authorizationResponseIss: readFlag(metadata, 'authorization_response_iss_parameter_supported'),
    tokenEndpointAuthMethods: readList(metadata, 'token_endpoint_auth_methods_supported') ?? ['client_secret_basic'],
    promptValues: readList(metadata, 'prompt_values_supported'),
  }
}

function requireIssuer(value: unknown, expected: string): void {
  if (value === expected) return
  const found = typeof value === 'string' ? `"${cleanText(value, MAX_SHOWN_LENGTH)}"` : 'none'
  throw invalidMetadata(
    `the issuer ${found}, and "${cleanText(expected, MAX_SHOWN_LENGTH)}" is configured`,
    'issuer_spelling',
  )
}

const MAX_SHOWN_LENGTH = 120
const MAX_URL_LENGTH = 2048
/** Visible ASCII without the backslash, which the URL parser would replace by a slash. */
const URL_TEXT = /^[\x21-\x5b\x5d-\x7e]+$/
/** The URL parser also accepts `https:op.example`, which a browser reads in a redirect as a path of this app. */
const TWO_SLASHES = /^https?:\/\/(?!\/)/i

function readEndpoint(metadata: JsonObject, name: string, readAt: string): string {
  const text = metadata[name] ?? null
  if (text === null) throw invalidMetadata(`no ${name}`)
  if (!isUrl(text)) throw invalidMetadata(`a ${name} that is not a URL`)
  const problem = problemOf(new URL(text), new URL(readAt)) ?? problemOfText(text)
  if (problem === undefined) return text
  throw invalidMetadata(`a ${name} that ${problem}`)
}

/** An optional endpoint that is not a URL counts as absent; one that is a URL is always checked. */
const isUrl = (value: Json | undefined): value is string =>
  typeof value === 'string' && value.length <= MAX_URL_LENGTH && URL_TEXT.test(value) && URL.canParse(value)

function problemOfText(text: string): string | undefined {
  if (!TWO_SLASHES.test(text)) return 'does not have two slashes after its scheme'
  return text.includes('#') ? 'has a fragment' : undefined
}

/**
 * Metadata from the internet must not lead to a private network, whose servers often have no other protection (RFC
 * 9700, 4.4).
 */
function problemOf(url: URL, readAt: URL): string | undefined {
  const isHttp = url.protocol === 'http:' && readAt.protocol === 'http:'
  if (url.protocol !== 'https:' && !isHttp) return 'is not https'
  if (url.username !== '' || url.password !== '') return 'holds credentials'
  if (isPrivateHost(url.hostname) && !isPrivateHost(readAt.hostname)) return 'leads into our own network'
  return undefined
}

const MAX_LIST_LENGTH = 100
const MAX_ENTRY_LENGTH = 100

/**
 * A list of texts; entries of other types are left out, and a single text is split at spaces and commas. Anything else
 * counts as absent.
 */
function readList(metadata: JsonObject, name: string): string[] | undefined {
  const value = metadata[name]
  const list = typeof value === 'string' ? value.split(/[ ,]+/) : value
  if (!Array.isArray(list)) return undefined
  return list.filter(isEntry).slice(0, MAX_LIST_LENGTH)
}

const isEntry = (entry: Json): entry is string => typeof entry === 'string' && entry.length <= MAX_ENTRY_LENGTH

/** Some servers send booleans as texts. */
function readFlag(metadata: JsonObject, name: string): boolean {
  const flag = metadata[name]
  return flag === true || (typeof flag === 'string' && /^true$/i.test(flag))
}

const invalidMetadata = (what: string, hint?: ProtocolHint) =>
  new ProtocolError('provider_malformed', `The provider's metadata name ${what}`, { hint })
