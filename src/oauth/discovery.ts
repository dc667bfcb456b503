import { isSignatureAlg, type SignatureAlg } from '../crypto/signature.js'
import { readObject, requireSuccess } from './answer.js'
import { ProtocolError, type ProtocolHint } from './errors.js'
import { isInsideHost } from './host.js'
import { cleanText } from './text.js'
import type { Answer, Json, JsonObject, OutboundRequest } from './types.js'

interface MetadataOptions {
  /** What stands there in place of the issuer, where a provider is known to write a template. */
  announced?: string
  /** The URL that the metadata were read at, where the issuer does not say it; http and our own network go by that one. */
  readAt?: string
}

/** What a provider says of itself. Every URL in it may be called, or opened by a browser. */
export interface Metadata {
  readonly issuer: string
  /** They came from our own network, and so their URLs may be there too. */
  readonly fromInside: boolean
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly jwksUri: string
  readonly userinfoEndpoint: string | undefined
  readonly revocationEndpoint: string | undefined
  readonly endSessionEndpoint: string | undefined
  /** Those of its algorithms that can be verified here. */
  readonly idTokenAlgs: readonly SignatureAlg[]
  /** Its callbacks always carry `iss` (RFC 9207, 3). */
  readonly authorizationResponseIss: boolean
  readonly tokenEndpointAuthMethods: readonly string[]
  /** What `prompt` may be (Initiating User Registration via OpenID Connect 1.0, 4); undefined: it does not say. */
  readonly promptValues: readonly string[] | undefined
}

/**
 * The questions for what an issuer says of itself, in the order to try them: OpenID Connect Discovery, 4, then
 * RFC 8414, 3.1. A slash at the end of the issuer counts for neither.
 * @param issuer an absolute URL without query and fragment
 */
export function discoveryRequests(issuer: string): OutboundRequest[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ].map(metadataRequest)
}

/** The question for the metadata at a URL that is known. */
export const metadataRequest = (url: string): OutboundRequest => ({
  method: 'GET',
  url,
  headers: { Accept: 'application/json' },
  forMetadata: true,
})

/**
 * Reads what an issuer says of itself (OpenID Connect Discovery, 3 and 4.3; RFC 8414, 3.2 and 3.3).
 * @param issuer as configured, compared byte by byte
 * @throws ProtocolError provider_error (with its `status`), provider_malformed
 */
export function readMetadata(answer: Answer, issuer: string, options: MetadataOptions = {}): Metadata {
  requireSuccess(answer)
  const said = readObject(answer)
  requireIssuer(said.issuer, options.announced ?? issuer)
  const endpoint = (name: string) => readEndpoint(said, name, options.readAt ?? issuer)
  const optional = (name: string) => (isUrl(said[name]) ? endpoint(name) : undefined)
  return {
    issuer: options.announced ?? issuer,
    fromInside: answer.fromInside === true,
    authorizationEndpoint: endpoint('authorization_endpoint'),
    tokenEndpoint: endpoint('token_endpoint'),
    jwksUri: endpoint('jwks_uri'),
    userinfoEndpoint: optional('userinfo_endpoint'),
    revocationEndpoint: optional('revocation_endpoint'),
    endSessionEndpoint: optional('end_session_endpoint'),
    // Each default is that of the standard.
    idTokenAlgs: (readList(said, 'id_token_signing_alg_values_supported') ?? ['RS256']).filter(isSignatureAlg),
    authorizationResponseIss: readFlag(said, 'authorization_response_iss_parameter_supported'),
    tokenEndpointAuthMethods: readList(said, 'token_endpoint_auth_methods_supported') ?? ['client_secret_basic'],
    promptValues: readList(said, 'prompt_values_supported'),
  }
}

function requireIssuer(value: unknown, expected: string): void {
  if (value === expected) return
  const found = typeof value === 'string' ? `"${cleanText(value, SHOWN)}"` : 'none'
  throw malformed(`the issuer ${found}, and "${cleanText(expected, SHOWN)}" is configured`, 'issuer_spelling')
}

const SHOWN = 120
const LONGEST_URL = 2048
/** Visible ASCII without the backslash, which the URL parser would mend. */
const URL_TEXT = /^[\x21-\x5b\x5d-\x7e]+$/
/** The URL parser takes `https:op.example` too, which a browser reads in a redirect as a path of ours. */
const TWO_SLASHES = /^https?:\/\/(?!\/)/i

function readEndpoint(said: JsonObject, name: string, readAt: string): string {
  const text = said[name] ?? null
  if (text === null) throw malformed(`no ${name}`)
  if (!isUrl(text)) throw malformed(`a ${name} that is not a URL`)
  const fault = faultOf(new URL(text), new URL(readAt)) ?? faultOfText(text)
  if (fault === undefined) return text
  throw malformed(`a ${name} that ${fault}`)
}

/** What is no URL is, where it is not needed, as good as not there; one that can be read is never left unchecked. */
const isUrl = (value: Json | undefined): value is string =>
  typeof value === 'string' && value.length <= LONGEST_URL && URL_TEXT.test(value) && URL.canParse(value)

function faultOfText(text: string): string | undefined {
  if (!TWO_SLASHES.test(text)) return 'does not have two slashes after its scheme'
  return text.includes('#') ? 'has a fragment' : undefined
}

/** An answer from outside must not lead us to our own network, where only the network itself guards (RFC 9700, 4.4). */
function faultOf(url: URL, readAt: URL): string | undefined {
  const isHttp = url.protocol === 'http:' && readAt.protocol === 'http:'
  if (url.protocol !== 'https:' && !isHttp) return 'is not https'
  if (url.username !== '' || url.password !== '') return 'holds credentials'
  if (isInsideHost(url.hostname) && !isInsideHost(readAt.hostname)) return 'leads into our own network'
  return undefined
}

const LONGEST_LIST = 100
const LONGEST_ENTRY = 100

/** A list of texts, without what is none; a text alone is a list of its words. Anything else counts as absent. */
function readList(said: JsonObject, name: string): string[] | undefined {
  const value = said[name]
  const list = typeof value === 'string' ? value.split(/[ ,]+/) : value
  if (!Array.isArray(list)) return undefined
  return list.filter(isEntry).slice(0, LONGEST_LIST)
}

const isEntry = (entry: Json): entry is string => typeof entry === 'string' && entry.length <= LONGEST_ENTRY

/** Some servers write their settings out as texts. */
function readFlag(said: JsonObject, name: string): boolean {
  const flag = said[name]
  return flag === true || (typeof flag === 'string' && /^true$/i.test(flag))
}

const malformed = (what: string, hint?: ProtocolHint) =>
  new ProtocolError('provider_malformed', `The provider's metadata name ${what}`, { hint })
