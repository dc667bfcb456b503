import type { Grant } from '../grants.js'
import { randomSecret, saveAndEvictOldest } from '../grants.js'
import type { OidcFault } from './faults.js'

/** What a user allowed a client, in one sign-in here. */
export interface OidcGrant extends Omit<Grant, 'codeChallenge' | 'fault'> {
  fault: OidcFault | undefined
  /** Undefined if the client did not use PKCE. */
  codeChallenge: string | undefined
  nonce: string | undefined
  acr: string | undefined
  /** Milliseconds. */
  authTime: number
  /** Names this sign-in in every token of it. */
  sid: string
}

/** A refresh token that works once. */
export interface RefreshToken {
  grant: OidcGrant
  spend(): void
}

/** What lasts longer than a code: refresh tokens, and which ID token belongs to which sign-in. In memory. */
export interface OidcSessions {
  issueRefreshToken(grant: OidcGrant): string
  /** Undefined for a token that is unknown, of another client, spent, or of a sign-in that has ended. */
  findRefreshToken(token: string, clientId: string): RefreshToken | undefined
  /** Ends the sign-in of a refresh token. Returns its grant, or undefined if it was not this client's. */
  revoke(token: string, clientId: string): OidcGrant | undefined
  /** Whether the tokens of the sign-in are no longer valid. */
  hasEnded(sid: string): boolean
  rememberIdToken(idToken: string, grant: OidcGrant): void
  /** The sign-in of an ID token that was issued here, no matter how long ago. */
  findByIdToken(idToken: string): OidcGrant | undefined
  /** Ends the sign-in: its tokens are no longer valid. */
  end(sid: string): void
}

export function createOidcSessions(): OidcSessions {
  const refreshTokens = new Map<string, { grant: OidcGrant; spent: boolean }>()
  const idTokens = new Map<string, OidcGrant>()
  const ended = new Map<string, true>()
  const end = (sid: string) => saveAndEvictOldest(ended, sid, true)
  return {
    end,
    issueRefreshToken(grant) {
      const token = `dev_refresh_${randomSecret()}`
      saveAndEvictOldest(refreshTokens, token, { grant, spent: false })
      return token
    },
    findRefreshToken(token, clientId) {
      const issued = refreshTokens.get(token)
      if (issued?.grant.clientId !== clientId) return undefined
      // Two parties have copies of it, and we cannot know which of them is the client (RFC 9700, 4.14.2).
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
    rememberIdToken: (idToken, grant) => saveAndEvictOldest(idTokens, idToken, grant),
    findByIdToken: idToken => idTokens.get(idToken),
  }
}
