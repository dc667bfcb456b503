import type { Grant } from '../grants.js'
import { keep, randomToken } from '../grants.js'
import type { OidcFault } from './faults.js'

/** What a user allowed a client, in one sign-in here. */
export interface OidcGrant extends Omit<Grant, 'codeChallenge' | 'fault'> {
  fault: OidcFault | undefined
  /** None if the client did without PKCE. */
  codeChallenge: string | undefined
  nonce: string | undefined
  acr: string | undefined
  /** Milliseconds. */
  authTime: number
  /** Names this sign-in in every token of it. */
  sid: string
}

/** A refresh token that works once. */
export interface Refresh {
  grant: OidcGrant
  spend(): void
}

/** What outlives a code: refresh tokens, and which ID token belongs to which sign-in. In memory. */
export interface Sessions {
  issueRefreshToken(grant: OidcGrant): string
  /** Undefined for a token that is unknown, of another client, spent, or of a sign-in that has ended. */
  findRefresh(token: string, clientId: string): Refresh | undefined
  /** Ends the sign-in of a refresh token; tells whose it was, or undefined if it was not this client's. */
  revoke(token: string, clientId: string): OidcGrant | undefined
  /** Whether its tokens are worth nothing any more. */
  hasEnded(sid: string): boolean
  rememberIdToken(idToken: string, grant: OidcGrant): void
  /** The sign-in of an ID token that was really issued here, however long ago. */
  findByIdToken(idToken: string): OidcGrant | undefined
  /** Its tokens are worth nothing from now on. */
  end(sid: string): void
}

export function createSessions(): Sessions {
  const refreshTokens = new Map<string, { grant: OidcGrant; spent: boolean }>()
  const idTokens = new Map<string, OidcGrant>()
  const ended = new Map<string, true>()
  const end = (sid: string) => keep(ended, sid, true)
  return {
    end,
    issueRefreshToken(grant) {
      const token = `dev_refresh_${randomToken()}`
      keep(refreshTokens, token, { grant, spent: false })
      return token
    },
    findRefresh(token, clientId) {
      const issued = refreshTokens.get(token)
      if (issued?.grant.clientId !== clientId) return undefined
      // Two hold copies of it, and nobody knows which of them is the client (RFC 9700, 4.14.2).
      if (issued.spent) end(issued.grant.sid)
      if (ended.has(issued.grant.sid)) return undefined
      return {
        grant: issued.grant,
        spend() {
          issued.spent = true
        },
      }
    },
    revoke(token, clientId) {
      const grant = refreshTokens.get(token)?.grant
      if (grant?.clientId !== clientId) return undefined
      end(grant.sid)
      return grant
    },
    hasEnded: sid => ended.has(sid),
    rememberIdToken: (idToken, grant) => keep(idTokens, idToken, grant),
    findByIdToken: idToken => idTokens.get(idToken),
  }
}
