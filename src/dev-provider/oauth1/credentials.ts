import { randomToken, saveNewest } from '../grants.js'
import type { RedirectUri } from '../redirect.js'
import type { User } from '../users.js'
import type { OAuth1Fault } from './faults.js'

/** Temporary credentials (RFC 5849, 2.1), from their making to their exchange. */
export interface Temporary {
  token: string
  secret: string
  clientId: string
  callback: RedirectUri
  /** Milliseconds. */
  expires: number
  /** Set when the user has decided. */
  decision: UserDecision | undefined
  spent: boolean
}

export interface UserDecision {
  user: User
  fault: OAuth1Fault | undefined
  verifier: string
}

/** Token credentials (RFC 5849, 2.3). */
export interface Access {
  token: string
  secret: string
  clientId: string
  user: User
  fault: OAuth1Fault | undefined
  /** A request has been signed with it. */
  used: boolean
}

/** Both kinds of credentials, in memory. */
export interface CredentialStore {
  issueTemporary(clientId: string, callback: RedirectUri): Temporary
  /** Undefined for one that is unknown, spent or older than ten minutes. */
  findTemporary(token: string): Temporary | undefined
  issueAccess(temporary: Temporary, decision: UserDecision): Access
  findAccess(token: string): Access | undefined
}

const TEMPORARY_TTL_MS = 10 * 60_000

/** @param now milliseconds */
export function createCredentialStore(now: () => number): CredentialStore {
  const temporaries = new Map<string, Temporary>()
  const accesses = new Map<string, Access>()
  const makePair = (kind: string) => ({ token: `dev_${kind}_${randomToken()}`, secret: randomToken() })
  return {
    issueTemporary(clientId, callback) {
      const moment = { expires: now() + TEMPORARY_TTL_MS, decision: undefined, spent: false }
      const temporary = { ...makePair('temporary'), clientId, callback, ...moment }
      saveNewest(temporaries, temporary.token, temporary)
      return temporary
    },
    findTemporary(token) {
      const temporary = temporaries.get(token)
      return temporary && !temporary.spent && now() < temporary.expires ? temporary : undefined
    },
    issueAccess({ clientId }, { user, fault }) {
      const access = { ...makePair('access'), clientId, user, fault, used: false }
      saveNewest(accesses, access.token, access)
      return access
    },
    findAccess: token => accesses.get(token),
  }
}
