import { sha256 } from '../../crypto/digest.js'
import type { Sealer } from '../../crypto/keys.js'
import type { IdentityKey } from '../../store/types.js'
import { isOlderThan } from '../age.js'
import { type AttemptCookies, type LinkToken, openAttempt } from './attempt.js'

const LINK_TOKEN_LIFETIME_MS = 10 * 60_000
const CONTEXT = 'join'

interface IssuedLinkToken extends LinkToken {
  /** The attempt that found the account: only the browser that still has it may use the ticket. */
  state: string
  issuedAt: number
}

/** A ticket as a link can carry it, good for ten minutes in one browser. */
export function issueLinkToken(sealer: Sealer, linkToken: LinkToken, state: string, now: number): string {
  return sealer.seal(JSON.stringify({ ...linkToken, state, issuedAt: now } satisfies IssuedLinkToken), CONTEXT)
}

/**
 * Undefined for a ticket that is over, or of another browser: whoever sends somebody a ticket of their own would make
 * them connect what is not theirs.
 */
export function openLinkToken(
  sealer: Sealer,
  sealed: string,
  cookies: AttemptCookies,
  now: number,
): LinkToken | undefined {
  const text = sealer.open(sealed, CONTEXT)
  if (text === undefined) return undefined
  // Only what `issueTicket` wrote opens, so its shape is known.
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

/** An identity, told from all others. */
export const identityHash = ({ provider, issuer, subject }: IdentityKey): string =>
  sha256(JSON.stringify([provider, issuer, subject]))
