import { randomSecret, saveAndEvictOldest } from '../grants.js'
import type { RedirectUri } from '../responses.js'
import type { TestUser } from '../users.js'
import type { OAuth1Fault } from './faults.js'

/** Temporary credentials (RFC 5849, 2.1), from their making to their exchange. */
export interface IssuedTemporaryCredentials {
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
  user: TestUser
  fault: OAuth1Fault | undefined
  verifier: string
}

/** Token credentials (RFC 5849, 2.3). */
export interface IssuedTokenCredentials {
  token: string
  secret: string
  clientId: string
  user: TestUser
  fault: OAuth1Fault | undefined
  /** A request has been signed with it. */
  used: boolean
}

/** Both kinds of credentials, in memory. */
export interface CredentialStore {
  issueTemporary(clientId: string, callback: RedirectUri): IssuedTemporaryCredentials
  /** Undefined for one that is unknown, spent or older than ten minutes. */
  findTemporary(token: string): IssuedTemporaryCredentials | undefined
  issueTokenCredentials(temporary: IssuedTemporaryCredentials, decision: UserDecision): IssuedTokenCredentials
  findTokenCredentials(token: string): IssuedTokenCredentials | undefined
}

const TEMPORARY_TTL_MS = 10 * 60_000

/** @param now milliseconds */
export function createCredentialStore(now: () => number): CredentialStore {
  const temporaries = new Map<string, IssuedTemporaryCredentials>()
  const accesses = new Map<string, IssuedTokenCredentials>()
  const makePair = (kind: string) => ({ token: `dev_${kind}_${randomSecret()}`, secret: randomSecret() })
  return {
    issueTemporary(clientId, callback) {
      const moment = { expires: now() + TEMPORARY_TTL_MS, decision: undefined, spent: false }
      const temporary = { ...makePair('temporary'), clientId, callback, ...moment }
      saveAndEvictOldest(temporaries, temporary.token, temporary)
      return temporary
    },
    findTemporary(token) {
      const temporary = temporaries.get(token)
      return temporary && !temporary.spent && now() < temporary.expires ? temporary : undefined
    },
    issueTokenCredentials({ clientId }, { user, fault }) {
      const access = { ...makePair('access'), clientId, user, fault, used: false }
      saveAndEvictOldest(accesses, access.token, access)
      return access
    },
    findTokenCredentials: token => accesses.get(token),
  }
}
