import { sha256 } from '../../crypto/digest.js'
import type { Sealer } from '../../crypto/keys.js'
import type { IdentityKey } from '../../store/types.js'
import { isOlderThan } from '../age.js'
import { type LinkToken, openAttempt } from './attempt.js'
import type { AttemptCookies } from './attempt-cookies.js'

const LINK_TOKEN_LIFETIME_MS = 10 * 60_000
const CONTEXT = 'join'

interface IssuedLinkToken extends LinkToken {
  /** The attempt that found the account: only the browser that still has it may use the token. */
  state: string
  issuedAt: number
}

/** Seals a link token for a URL. It is valid for ten minutes, in one browser. */
export function issueLinkToken(sealer: Sealer, linkToken: LinkToken, state: string, now: number): string {
  return sealer.seal(JSON.stringify({ ...linkToken, state, issuedAt: now } satisfies IssuedLinkToken), CONTEXT)
}

/**
 * Undefined for a token that has expired, or of another browser: an attacker who sends a token of their own to a user
 * would make this user link the attacker's identity.
 */
export function openLinkToken(
  sealer: Sealer,
  sealed: string,
  cookies: AttemptCookies,
  now: number,
): LinkToken | undefined {
  const text = sealer.open(sealed, CONTEXT)
  if (text === undefined) return undefined
  // Only what `issueLinkToken` wrote opens, so its shape is known.
  const { state, issuedAt, ...linkToken } = JSON.parse(text) as IssuedLinkToken
  const isOfThisBrowser = hasAttempt(sealer, cookies, state, linkToken.provider)
  return isOfThisBrowser && !isOlderThan(issuedAt, LINK_TOKEN_LIFETIME_MS, now) ? linkToken : undefined
}

function hasAttempt(sealer: Sealer, cookies: AttemptCookies, state: string, provider: string): boolean {
  try {
    openAttempt(sealer, cookies, state, provider)
    return true
  } catch {
    return false
  }
}

/** The same for the same identity, and for no other. */
export const identityHash = ({ provider, issuer, subject }: IdentityKey): string =>
  sha256(JSON.stringify([provider, issuer, subject]))
