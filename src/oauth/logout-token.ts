import type { SignatureAlg } from '../crypto/signature.js'
import { isObject } from './answer.js'
import { ProtocolError } from './errors.js'
import type { Jwks } from './jwks.js'
import { type JwtHeader, readJwt, type UnverifiedJwt } from './jwt.js'
import {
  type ExpectedIssuer,
  invalid,
  LONGEST_LIFE,
  logoutEventIn,
  readIssuer,
  readTime,
  requireAudience,
  requireSignature,
  requireTimes,
  TOLERANCE,
  type TrustedAudiences,
  UnknownKey,
} from './signed-token.js'
import { isUsableName } from './text.js'
import type { Json, JsonObject } from './types.js'
import { isSubject } from './userinfo.js'

/** What a logout token has to say, and to whom. */
export interface ExpectedLogoutToken {
  issuer: ExpectedIssuer
  clientId: string
  /** Whom it may be for besides us. */
  audiences?: TrustedAudiences | undefined
  /** The provider is known to type its logout tokens; without it they may be typed like any JWT, or not at all. */
  typeRequired: boolean
  /** Milliseconds. */
  now: number
}

/** What a logout token says. */
interface LogoutClaims {
  readonly issuer: string
  /** At least one of the two is there: all sessions of a person, or one of them. */
  readonly subject: string | undefined
  readonly sid: string | undefined
  /** What the issuer calls the token, the same for no other one of its tokens. */
  readonly id: string
  /** Milliseconds: from then on it is refused anyway. */
  readonly expiresAt: number
  readonly claims: JsonObject
}

declare const state: unique symbol

/** A logout token that is worth a look at its signature. Only `readLogoutToken` makes one. */
export interface UnverifiedLogoutToken extends LogoutClaims {
  readonly jwt: UnverifiedJwt
  readonly [state]: 'unverified'
}

/** The provider's word that sessions are over. Only `verifyLogoutToken` makes one. */
export interface VerifiedLogoutToken extends LogoutClaims {
  readonly [state]: 'verified'
}

/** Characters. There is little to say in one, and anybody can post one. */
const LONGEST = 16_384

/**
 * Reads a logout token and judges everything but its signature (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6),
 * which costs more than all the rest, and needs the provider's keys.
 * @throws ProtocolError request_malformed; no message quotes the token
 */
export function readLogoutToken(token: string, expected: ExpectedLogoutToken): UnverifiedLogoutToken {
  return asRequest(() => {
    if (token.length > LONGEST) throw invalid(`is longer than ${LONGEST} characters`)
    const jwt = readJwt(token)
    requireType(jwt.header, expected.typeRequired)
    return { ...readClaims(jwt.claims, expected), jwt } as UnverifiedLogoutToken
  })
}

/**
 * Verifies the signature of a logout token by the rules for ID tokens (OpenID Connect Back-Channel Logout 1.0, 2.6).
 * @param algs those of the provider's ID tokens
 * @throws UnknownKey where the provider's keys should be fetched once more
 * @throws ProtocolError request_malformed
 */
export function verifyLogoutToken(
  { jwt, ...told }: UnverifiedLogoutToken,
  jwks: Jwks,
  algs: readonly SignatureAlg[],
): VerifiedLogoutToken {
  asRequest(() => requireSignature(jwt, jwks, algs))
  return told as LogoutClaims as VerifiedLogoutToken
}

/** A type that says what it is; or one that says nothing, as of providers older than the rule. */
function requireType({ typ }: JwtHeader, isRequired: boolean): void {
  if (typ !== undefined && /^(?:application\/)?logout\+jwt$/i.test(typ)) return
  if (isRequired || (typ !== undefined && !/^(?:application\/)?jwt$/i.test(typ))) {
    throw invalid('is not typed as a logout token')
  }
}

function readClaims(claims: JsonObject, { issuer, clientId, audiences, now }: ExpectedLogoutToken): LogoutClaims {
  const { jti, sub, sid } = claims
  const told = { issuer: readIssuer(claims, issuer), claims }
  requireAudience(claims, clientId, audiences)
  const exp = readEnd(claims)
  requireTimes({ ...claims, exp }, now / 1000)
  if (!isObject(logoutEventIn(claims))) throw invalid('is not about a logout')
  // Of an ID token's kind, and therefore of no use (2.4).
  if (Object.hasOwn(claims, 'nonce')) throw invalid('has a nonce, as only ID tokens have')
  if (!isUsableName(jti)) throw invalid('has no usable jti')
  if (sub === undefined && sid === undefined) throw invalid('names neither a person nor a session')
  const expiresAt = (Math.min(exp, readTime(claims.iat, 'iat') + LONGEST_LIFE) + TOLERANCE) * 1000
  return { ...told, subject: readSub(sub), sid: readSid(sid), id: jti, expiresAt }
}

/** The life that 2.4 recommends. */
const LIFE_WITHOUT_EXP_SECONDS = 120

/**
 * The drafts before the final text had no `exp`, and Glewlwyd, Ory Hydra, LemonLDAP::NG and others send none. Its `iat`
 * bounds such a token, and its `jti` is remembered for as long as it is taken.
 */
const readEnd = ({ exp, iat }: JsonObject): number =>
  exp === undefined ? readTime(iat, 'iat') + LIFE_WITHOUT_EXP_SECONDS : readTime(exp, 'exp')

function readSub(sub: Json | undefined): string | undefined {
  if (sub === undefined || isSubject(sub)) return sub
  throw invalid('has an unusable sub')
}

function readSid(sid: Json | undefined): string | undefined {
  if (sid === undefined || isUsableName(sid)) return sid
  throw invalid('has an unusable sid')
}

/** Nobody but the sender of the request brought the token, so that the fault is the request's. */
function asRequest<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const Fault = error instanceof UnknownKey ? UnknownKey : ProtocolError
    throw new Fault('request_malformed', error.message)
  }
}
