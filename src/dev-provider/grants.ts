import { randomBytes } from 'node:crypto'
import type { Fault } from './faults.js'
import type { RedirectUri } from './redirect.js'
import type { User } from './users.js'

/** What a user allowed a client, and the fault that was chosen. */
export interface Grant {
  clientId: string
  redirectUri: RedirectUri
  codeChallenge: string
  scope: readonly string[]
  user: User
  fault: Fault | undefined
}

/** A grant whose code has just been spent. */
export type SpentGrant<Of = Grant> = Of & { issueToken(): string }

/** What may be wrong with a code from its first moment on. */
export type CodeFlaw = 'expired' | 'spent'

/** Codes and tokens, in memory: they end with the process. */
export interface Grants<Of = Grant> {
  issueCode(grant: Of, flaw?: CodeFlaw): string
  /** Undefined for a code that is unknown, expired, of another client or spent before; the last revokes its token. */
  spendCode(code: string, clientId: string): SpentGrant<Of> | undefined
  /** One more token, of a grant that has been made before. */
  issueToken(grant: Of): string
  findByToken(token: string): Of | undefined
  /** The token is worth nothing any more; tells whose it was, or undefined if it was not this client's. */
  revokeToken(token: string, clientId: string): Of | undefined
}

interface Rules<Of> {
  /** Milliseconds; for ever, unless told otherwise. */
  tokenLives?: (grant: Of) => number
  /** Told of the grant whose code somebody spent twice. */
  onReplay?: (grant: Of) => void
  /** Whether what the grant belongs to has ended, and its tokens with it. */
  isOver?: (grant: Of) => boolean
}

const CODE_LIVES = 60_000
const KEPT = 1_000

/** @param now milliseconds */
export function createGrants<Of extends { clientId: string } = Grant>(
  now: () => number,
  { tokenLives = () => Number.POSITIVE_INFINITY, onReplay = () => {}, isOver = () => false }: Rules<Of> = {},
): Grants<Of> {
  // Spent codes stay until newer ones push them out, so that a replay is recognised.
  const codes = new Map<string, { grant: Of; expires: number; spent: boolean; token: string }>()
  const tokens = new Map<string, { grant: Of; expires: number }>()
  const keepToken = (token: string, grant: Of) => {
    keep(tokens, token, { grant, expires: now() + tokenLives(grant) })
    return token
  }
  return {
    issueCode(grant, flaw) {
      const code = randomToken()
      const expires = now() + (flaw === 'expired' ? 0 : CODE_LIVES)
      keep(codes, code, { grant, expires, spent: flaw === 'spent', token: newToken() })
      return code
    },
    spendCode(code, clientId) {
      const issued = codes.get(code)
      if (issued?.grant.clientId !== clientId) return undefined
      if (issued.spent) {
        // Somebody else holds a copy of this code, perhaps of the token too (RFC 6749, 4.1.2).
        tokens.delete(issued.token)
        onReplay(issued.grant)
      }
      if (issued.spent || now() >= issued.expires) return undefined
      issued.spent = true
      return { ...issued.grant, issueToken: () => keepToken(issued.token, issued.grant) }
    },
    issueToken: grant => keepToken(newToken(), grant),
    findByToken(token) {
      const issued = tokens.get(token)
      return issued && now() < issued.expires && !isOver(issued.grant) ? issued.grant : undefined
    },
    revokeToken(token, clientId) {
      const grant = tokens.get(token)?.grant
      if (grant?.clientId !== clientId) return undefined
      tokens.delete(token)
      return grant
    },
  }
}

const newToken = () => `dev_${randomToken()}`

/** 32 random bytes in base64url. */
export const randomToken = (): string => randomBytes(32).toString('base64url')

/** Remembers the newest thousand. */
export function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value)
  if (map.size <= KEPT) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
