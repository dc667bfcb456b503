import { randomBytes } from 'node:crypto'
import type { CodeFlaw, OAuth2Fault } from './oauth2/faults.js'
import type { RedirectUri } from './responses.js'
import type { TestUser } from './users.js'

/** What a user allowed a client, and the fault that was chosen. */
export interface Grant {
  clientId: string
  redirectUri: RedirectUri
  codeChallenge: string
  scope: readonly string[]
  user: TestUser
  fault: OAuth2Fault | undefined
}

/** A grant whose code has just been spent. */
export type SpentGrant<Of = Grant> = Of & { issueToken(): string }

/** Codes and tokens, in memory: they end with the process. */
export interface Grants<Of = Grant> {
  issueCode(grant: Of, flaw?: CodeFlaw): string
  /** Undefined for a code that is unknown, expired, of another client or spent before; the last revokes its token. */
  spendCode(code: string, clientId: string): SpentGrant<Of> | undefined
  /** Issues one more token for a grant. */
  issueToken(grant: Of): string
  findByToken(token: string): Of | undefined
  /** Revokes the token. Returns its grant, or undefined if it was not this client's. */
  revokeToken(token: string, clientId: string): Of | undefined
}

interface GrantOptions<Of> {
  /** Milliseconds; without it tokens never expire. */
  tokenTtlMs?: (grant: Of) => number
  /** Called with a grant whose code was spent twice. */
  onReplay?: (grant: Of) => void
  /** Whether what the grant belongs to has ended, and its tokens with it. */
  hasEnded?: (grant: Of) => boolean
}

const CODE_TTL_MS = 60_000
const MAX_ENTRIES = 1_000

/** @param now milliseconds */
export function createGrants<Of extends { clientId: string } = Grant>(
  now: () => number,
  { tokenTtlMs = () => Number.POSITIVE_INFINITY, onReplay = () => {}, hasEnded = () => false }: GrantOptions<Of> = {},
): Grants<Of> {
  // Spent codes stay until newer ones push them out, so that a replay is recognised.
  const codes = new Map<string, { grant: Of; expires: number; spent: boolean; token: string }>()
  const tokens = new Map<string, { grant: Of; expires: number }>()
  const saveToken = (token: string, grant: Of) => {
    saveAndEvictOldest(tokens, token, { grant, expires: now() + tokenTtlMs(grant) })
    return token
  }
  return {
    issueCode(grant, flaw) {
      const code = randomSecret()
      const expires = now() + (flaw === 'expired' ? 0 : CODE_TTL_MS)
      saveAndEvictOldest(codes, code, { grant, expires, spent: flaw === 'spent', token: newToken() })
      return code
    },
    spendCode(code, clientId) {
      const issued = codes.get(code)
      if (issued?.grant.clientId !== clientId) return undefined
      if (issued.spent) {
        // An attacker may have a copy of this code, perhaps of the token too (RFC 6749, 4.1.2).
        tokens.delete(issued.token)
        onReplay(issued.grant)
      }
      if (issued.spent || now() >= issued.expires) return undefined
      issued.spent = true
      return { ...issued.grant, issueToken: () => saveToken(issued.token, issued.grant) }
    },
    issueToken: grant => saveToken(newToken(), grant),
    findByToken(token) {
      const issued = tokens.get(token)
      return issued && now() < issued.expires && !hasEnded(issued.grant) ? issued.grant : undefined
    },
    revokeToken(token, clientId) {
      const grant = tokens.get(token)?.grant
      if (grant?.clientId !== clientId) return undefined
      tokens.delete(token)
      return grant
    },
  }
}

const newToken = () => `dev_${randomSecret()}`

/** 32 random bytes in base64url. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')

/** Remembers the newest thousand. */
export function saveAndEvictOldest<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value)
  if (map.size <= MAX_ENTRIES) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
