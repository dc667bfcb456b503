/** What may stand for a `?` in a statement. */
export type SqlValues = readonly (string | number | boolean | null)[]

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

/** What a provider tells about a person, as far as it is written to their row. */
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
  /** The provider's answer, as JSON. */
  rawProfile: string
  /** Which of its claims an ID token brought, and which the user endpoint, as JSON; null where that is not known. */
  claimSources: string | null
  /** What the provider says they belong to, at their last sign-in or refresh. */
  groups: readonly string[]
  /** Since when the provider takes its tokens no more; null while it does. */
  reconnectSince: number | null
  createdAt: number
  lastSignInAt: number
}

/** A user as the operator's lists show them. */
export interface ListedUser extends User {
  /** In the order of the alphabet. */
  providers: readonly string[]
  /** At whichever provider was used last. */
  lastSignInAt: number | null
}

export type IdentityKey = Pick<Identity, 'provider' | 'issuer' | 'subject'>
export type IdentityFields = Pick<Identity, 'login' | 'email' | 'emailVerified' | 'rawProfile' | 'groups'> &
  Partial<Pick<Identity, 'claimSources'>>
export type ListedIdentity = Omit<Identity, 'rawProfile' | 'claimSources'>

/** The tokens of an identity. In the table each token is sealed and bound to its row. */
export interface StoredTokens {
  accessToken: string
  /** OAuth 1.0a's, with which requests are signed. */
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

/** The sealed values of a row, and the key that they cannot do without: of several the oldest. */
export interface SealedRow extends SealedRowKey {
  /** In the order of the table's sealed columns. */
  values: readonly (string | null)[]
  keyId: string
  /** Where that key stands in `SECRET_KEYS`; `unknown`: it is not there. */
  key: 'newest' | 'older' | 'unknown'
}

/** A row of `sessions`: the handle itself is never stored, only its SHA-256. */
export interface StoredSession {
  handleHash: string
  /** What lists and forms call it; it opens nothing. */
  id: string
  userId: string
  identityId: string
  /** The koa-session document, as JSON. */
  data: string
  /** The provider's own session (`sid`), where it names it. */
  providerSid: string | null
  userAgent: string | null
  address: string | null
  createdAt: number
  seenAt: number
  expiresAt: number
}

/** In the table the ID token is sealed and bound to its row. */
export interface NewSession extends StoredSession {
  /** With which the provider is asked to end its own session. */
  idToken: string | undefined
}

/** A session with its person, read in one query. */
export interface SessionWithUser {
  session: StoredSession
  /** Of the identity that it was opened with. */
  roles: readonly string[]
  user: User
  identity: Pick<Identity, 'id' | 'provider' | 'subject'>
}

/** A session as lists show it: where it is, and nothing that opens it. */
export interface ListedSession extends Omit<StoredSession, 'handleHash' | 'data' | 'providerSid'> {
  provider: string
}

/**
 * Sessions of a provider, as it names them when it ends them. At least one of the two is there. With both it is the one
 * session, or all of the subject's of which nobody knows what the provider calls them.
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
  /** Of a refusal its error code; of an end who ended it; of a merge or move what was moved. */
  code: string | null
  /** Null where nobody is known. */
  userId: string | null
  provider: string | null
  address: string | null
  userAgent: string | null
  /** Of a refused sign-in: who the provider says it was. */
  subject: string | null
  login: string | null
  /** The operator's system user, where a command did it. */
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

/** The identities of one issuer of one provider, and the key that they get. An OAuth 2.0 provider has no issuer: ''. */
export interface IdentityMove {
  from: ProviderIssuer
  to: ProviderIssuer
}

export type ProviderIssuer = Pick<Identity, 'provider' | 'issuer'>

/** What a move meets in the tables. */
export interface MoveCounts {
  identities: number
  /** Of these, those whose new key is taken by an identity of the same user. */
  duplicates: number
  /** Of these, those whose new key is taken by an identity of another user. */
  conflicts: number
  sessions: number
  /** Identities that have tokens. */
  withTokens: number
}

/** A person with two users: one has the identity that is to be moved, the other one has its new key. */
export interface MoveConflict {
  subject: string
  login: string | null
  userId: string
  /** The user of the identity that has the key already. */
  takenByUserId: string
}
