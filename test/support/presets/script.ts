import type { JsonObject } from '../../../src/oauth/types.js'
import type { Settings } from '../app.js'
import type { FakeHandler } from '../fake-provider.js'

/** How one provider behaves, in its own shapes, at its own addresses. It is as strict as the real one is known to be. */
export type Script = CodeScript | SignedScript

interface AnyScript {
  /** What an operator has to say beside the client's id and secret; names without the provider's prefix. */
  settings?: Settings
  /** Where people are sent. */
  authorize: string
  /** Exactly what is asked for there, beside what differs each time and what the protocol itself says. */
  asks: Record<string, string>
  /** Where the token is. */
  token: string
  /** What the API answers, by method and whole URL. */
  api: Record<string, unknown>
  /** Headers without which the API answers nothing. */
  apiHeaders?: Record<string, string>
  refusals?: readonly Refusal[]
}

/** OAuth 2.0, or OpenID Connect where it has metadata. */
export interface CodeScript extends AnyScript {
  /** What its callbacks carry beside code and state. */
  brings?: Record<string, string>
  /** By a redirect, unless it posts its answers from a page of its own. */
  replies?: 'form_post'
  pkce: boolean
  proof: 'basic' | 'form'
  /** Judges the client secret, where it is not the one of the settings. */
  checkSecret?: (secret: string) => Promise<unknown>
  clientIdParam?: string
  tokenBody?: 'json'
  tokenHeaders?: Record<string, string>
  /** The token answer, which an OpenID provider puts the ID token into. */
  grants: JsonObject & { access_token: string }
  /** What a POST to the API has to say. */
  apiBody?: string
  openId?: OpenIdScript
}

export interface OpenIdScript {
  /** Where discovery begins; a slash at its end counts for nothing. */
  issuer: string
  metadata: JsonObject & { jwks_uri: string }
  /** Of the ID token; `iss`, unless it stands here, is the issuer of the metadata. */
  claims: JsonObject
  alg?: 'RS256' | 'ES256'
  /** It never comes back, so that nobody sends one. */
  nonceless?: true
  /** What becomes of the nonce that was sent, or not sent; without it, it comes back. */
  nonce?: (sent: string | null) => string | undefined
}

/** OAuth 1.0a. */
export interface SignedScript extends AnyScript {
  requestToken: string
  /** What the token answer says beside the token. */
  grants: Record<string, string>
}

/** One way of saying no, and what the visitor is told then. */
export interface Refusal {
  what: string
  /** The path to answer in another way; or what the callback carries in place of a code. */
  at: string | Record<string, string>
  response?: FakeHandler
  code: string
  /** Of the provider's own words, what the page quotes. */
  providerMessage?: string
}

export const isSigned = (script: Script): script is SignedScript => 'requestToken' in script
