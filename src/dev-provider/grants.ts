import { randomBytes } from 'node:crypto'
import type { Fault } from './faults.js'
import type { Person } from './people.js'
import type { RedirectUri } from './redirect.js'

/** What a person allowed a client, and what is to go wrong with it. */
export interface Grant {
  clientId: string
  redirectUri: RedirectUri
  codeChallenge: string
  scope: readonly string[]
  person: Person
  fault: Fault | undefined
}

/** A grant whose code has just been spent. */
export interface SpentGrant extends Grant {
  issueToken(): string
}

/** What may be wrong with a code from its first moment on. */
export type CodeFlaw = 'expired' | 'spent'

/** Codes and tokens, in memory: they end with the process. */
export interface Grants {
  issueCode(grant: Grant, flaw?: CodeFlaw): string
  /** Undefined for a code that is unknown, expired, of another client or spent before; the last revokes its token. */
  spendCode(code: string, clientId: string): SpentGrant | undefined
  findByToken(token: string): Grant | undefined
}

const CODE_LIVES = 60_000
const KEPT = 1_000

/** @param now milliseconds */
export function createGrants(now: () => number): Grants {
  // Spent codes stay until newer ones push them out, so that a replay is recognised.
  const codes = new Map<string, { grant: Grant; expires: number; spent: boolean; token: string }>()
  const tokens = new Map<string, Grant>()
  return {
    issueCode(grant, flaw) {
      const code = randomToken()
      const expires = now() + (flaw === 'expired' ? 0 : CODE_LIVES)
      keep(codes, code, { grant, expires, spent: flaw === 'spent', token: `dev_${randomToken()}` })
      return code
    },
    spendCode(code, clientId) {
      const issued = codes.get(code)
      if (issued?.grant.clientId !== clientId) return undefined
      // Somebody else holds a copy of this code, perhaps of the token too (RFC 6749, 4.1.2).
      if (issued.spent) tokens.delete(issued.token)
      if (issued.spent || now() >= issued.expires) return undefined
      issued.spent = true
      return {
        ...issued.grant,
        issueToken() {
          keep(tokens, issued.token, issued.grant)
          return issued.token
        },
      }
    },
    findByToken: token => tokens.get(token),
  }
}

const randomToken = () => randomBytes(32).toString('base64url')

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value)
  if (map.size <= KEPT) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
