import { sha256 } from '../crypto/digest.js'
import type { Sealer } from '../crypto/keys.js'
import type { IdentityKey } from '../store/types.js'
import { isOver } from '../time/age.js'
import { type BroughtAttempts, openAttempt, type Ticket } from './attempt.js'

const LIFE = 10 * 60_000
const CONTEXT = 'join'

interface Issued extends Ticket {
  /** The attempt that found the account: only the browser that still has it may use the ticket. */
  state: string
  issuedAt: number
}

/** A ticket as a link can carry it, good for ten minutes in one browser. */
export function issueTicket(sealer: Sealer, ticket: Ticket, state: string, now: number): string {
  return sealer.seal(JSON.stringify({ ...ticket, state, issuedAt: now } satisfies Issued), CONTEXT)
}

/**
 * Undefined for a ticket that is over, or of another browser: whoever sends somebody a ticket of their own would make
 * them connect what is not theirs.
 */
export function openTicket(sealer: Sealer, sealed: string, brought: BroughtAttempts, now: number): Ticket | undefined {
  const text = sealer.open(sealed, CONTEXT)
  if (text === undefined) return undefined
  // Only what `issueTicket` wrote opens, so its shape is known.
  const { state, issuedAt, ...ticket } = JSON.parse(text) as Issued
  const isOfThisBrowser = has(sealer, brought, state, ticket.provider)
  return isOfThisBrowser && !isOver(issuedAt, LIFE, now) ? ticket : undefined
}

function has(sealer: Sealer, brought: BroughtAttempts, state: string, provider: string): boolean {
  try {
    openAttempt(sealer, brought, state, provider)
    return true
  } catch {
    return false
  }
}

/** An identity, told from all others. */
export const identityMark = ({ provider, issuer, subject }: IdentityKey): string =>
  sha256(JSON.stringify([provider, issuer, subject]))
