/** The values for the `?` of a statement. */
export type SqlValues = readonly (string | number | boolean | null)[]

/**
 * How far in the future a stored time may lie: instances that share one database, or one set of keys, have clocks that
 * differ, and one that is half a minute ahead must not sign users out of the others. ID tokens get the same tolerance.
 */
export const CLOCK_TOLERANCE_MS = 30_000

/** The latest time that another instance may have stored by now. */
export const latestTime = (now: number): number => now + CLOCK_TOLERANCE_MS

/** Times are milliseconds since 1970 everywhere in the store. */
export interface User {
  id: string
  name: string | null
  login: string | null
  email: string | null
  emailVerified: boolean
  picture: string | null
  disabledAt: number | null
  createdAt: number
  updatedAt: number
}

/** What a provider says about a user, as far as the user's row holds it. */
export type UserFields = Pick<User, 'name' | 'login' | 'email' | 'emailVerified' | 'picture'>

/** One account at one provider. `(provider, issuer, subject)` is unique, compared byte by byte; no issuer is ''. */
export interface Identity {
  id: string
  userId: string
  provider: string
  issuer: string
  subject: string
  login: string | null
  email: string | null
  emailVerified: boolean
  /** The provider's response, as JSON. */
  rawProfile: string
  /** Which of its claims came in an ID token, and which from the userinfo endpoint, as JSON; null if that is not known. */
  claimSources: string | null
  /** The groups that the provider named at the last sign-in or refresh. */
  groups: readonly string[]
  /** Since when the provider no longer accepts the tokens; null while it does. */
  reconnectSince: number | null
  createdAt: number
  lastSignInAt: number
}

/** A user as the operator's lists show them. */
export interface ListedUser extends User {
  /** In alphabetical order. */
  providers: readonly string[]
  /** At any of the providers. */
  lastSignInAt: number | null
}

export type IdentityKey = Pick<Identity, 'provider' | 'issuer' | 'subject'>
export type IdentityFields = Pick<Identity, 'login' | 'email' | 'emailVerified' | 'rawProfile' | 'groups'> &
  Partial<Pick<Identity, 'claimSources'>>
export type ListedIdentity = Omit<Identity, 'rawProfile' | 'claimSources'>

/** The tokens of an identity. In the table each token is sealed and bound to its row. */
export interface StoredTokens {
  accessToken: string
  /** OAuth 1.0a only: requests are signed with it. */
  tokenSecret?: string | undefined
  refreshToken: string | undefined
  tokenType: string
  /** As granted, space-separated. */
  scope: string | undefined
  expiresAt: number | undefined
  refreshExpiresAt: number | undefined
}

/** A row that holds sealed values: tokens of an identity, or the ID token of a session. */
export interface SealedRowKey {
  table: 'provider_tokens' | 'sessions'
  /** Its primary key. */
  row: string
}

/** The sealed values of a row, and the key that they need; the oldest one if they need several. */
export interface SealedRow extends SealedRowKey {
  /** In the order of the table's sealed columns. */
  values: readonly (string | null)[]
  keyId: string
  /** The position of that key in `SECRET_KEYS`; `unknown`: it is not there. */
  key: 'newest' | 'older' | 'unknown'
}

/** A row of `sessions`. The handle itself is never stored, only its SHA-256. */
export interface StoredSession {
  handleHash: string
  /** Names the session in lists and forms. It does not open the session. */
  id: string
  userId: string
  identityId: string
  /** The koa-session document, as JSON. */
  data: string
  /** The provider's own session (`sid`), if the provider names it. */
  providerSid: string | null
  userAgent: string | null
  address: string | null
  createdAt: number
  seenAt: number
  expiresAt: number
}

/** In the table the ID token is sealed and bound to its row. */
export interface NewSession extends StoredSession {
  /** The hint for the provider to end its own session. */
  idToken: string | undefined
}

/** A session with its user, read in one query. */
export interface SessionWithUser {
  session: StoredSession
  /** Of the identity that the session was opened with. */
  roles: readonly string[]
  user: User
  identity: Pick<Identity, 'id' | 'provider' | 'subject'>
}

/** A session as lists show it: which browser and address use it, and nothing that opens it. */
export interface ListedSession extends Omit<StoredSession, 'handleHash' | 'data' | 'providerSid'> {
  provider: string
}

/**
 * The sessions that a provider ends, as it names them: by `subject`, by `sid`, or by both; one of them is always there.
 * Both together mean the one session, and all sessions of the subject whose `sid` is not known.
 */
export interface ProviderSessions {
  provider: string
  issuer: string
  subject: string | undefined
  sid: string | undefined
}

/** What happened, to whom, when and where. */
export interface StoredEvent {
  at: number
  kind: EventKind
  /** The error code of a refusal; who ended a session; what a merge or a move has moved. */
  code: string | null
  /** Null if the user is not known. */
  userId: string | null
  provider: string | null
  address: string | null
  userAgent: string | null
  /** Of a refused sign-in: the subject that the provider named. */
  subject: string | null
  login: string | null
  /** The operator's system user, if a command did it. */
  actor: string | null
}

export type EventKind =
  | 'signed-in'
  | 'sign-in-refused'
  | 'connected'
  | 'disconnected'
  | 'refresh-failed'
  | 'session-ended'
  | 'signed-out'
  | 'account-deleted'
  | 'account-disabled'
  | 'account-enabled'
  | 'accounts-merged'
  | 'identities-moved'

/** The identities of one issuer of one provider, and their new key. The issuer of an OAuth 2.0 provider is ''. */
export interface IdentityMove {
  from: ProviderIssuer
  to: ProviderIssuer
}

export type ProviderIssuer = Pick<Identity, 'provider' | 'issuer'>

/** How many rows a move concerns. */
export interface MoveCounts {
  identities: number
  /** The identities whose new key belongs to an identity of the same user already. */
  duplicates: number
  /** The identities whose new key belongs to an identity of another user already. */
  conflicts: number
  sessions: number
  /** Identities that have tokens. */
  withTokens: number
}

/** One person with two users: one has the identity to be moved, the other one has its new key. */
export interface MoveConflict {
  subject: string
  login: string | null
  userId: string
  /** The user of the identity that has the new key already. */
  takenByUserId: string
}
