import type {
  Identity,
  IdentityFields,
  IdentityKey,
  IdentityMove,
  ListedIdentity,
  ListedSession,
  ListedUser,
  MoveConflict,
  MoveCounts,
  NewSession,
  ProviderSessions,
  SealedRow,
  SealedRowKey,
  SessionWithUser,
  StoredEvent,
  StoredTokens,
  User,
  UserFields,
} from './records.js'

export type * from './records.js'

export interface UserTable {
  create(facts: UserFields, now: number): Promise<User>
  find(id: string): Promise<User | undefined>
  update(id: string, facts: UserFields, now: number): Promise<void>
  /** At most `limit` users by the order of their ids, beginning after an id; '' is before all of them. */
  list(after: string, limit: number): Promise<ListedUser[]>
  findListed(id: string): Promise<ListedUser | undefined>
  /** Those who have this login or this e-mail address, verified or not, at any provider. Of an address, case is nothing. */
  findByLoginOrEmail(loginOrEmail: string, limit: number): Promise<ListedUser[]>
  /** Keeps the time of whoever is disabled already. */
  disable(id: string, now: number): Promise<void>
  enable(id: string, now: number): Promise<void>
  /**
   * Holds a user's row until the transaction ends, so that two acts on one account come one after the other; false where
   * there is none. The first statement of its transaction.
   */
  lock(id: string, now: number): Promise<boolean>
  /** With everything that is theirs: identities, tokens, sessions, roles and events, also those of refused sign-ins. */
  remove(id: string): Promise<void>
}

export interface IdentityTable {
  find(key: IdentityKey): Promise<Identity | undefined>
  load(id: string): Promise<Identity | undefined>
  /** Oldest first. */
  listOfUser(userId: string): Promise<ListedIdentity[]>
  create(userId: string, key: IdentityKey, facts: IdentityFields, now: number): Promise<Identity>
  /** Notes a sign-in: the facts as the provider tells them now, and when. Its tokens are good again. */
  recordSignIn(id: string, facts: IdentityFields, now: number): Promise<void>
  /** The same facts, learnt by a refresh. */
  updateFields(id: string, facts: IdentityFields): Promise<void>
  /** The users who have an identity with this address, verified there. Case is nothing. */
  findUserIdsByVerifiedEmail(email: string): Promise<string[]>
  /** With its tokens, sessions and roles. */
  remove(id: string): Promise<void>
  /** Keeps the time of whichever needs it already. */
  needReconnect(id: string, since: number): Promise<void>
  /**
   * Takes the right to refresh its tokens, unless another holder has it; of two callers one hears true. It counts from
   * the time of the database server, or from `now` where there is none; all leases have to be of one length.
   */
  takeLease(id: string, holder: string, now: number, lengthMs: number): Promise<boolean>
  /** Gives it back, if it is still the holder's. */
  releaseLease(id: string, holder: string): Promise<void>
  /**
   * Counts a refused refresh, unless the last one was counted less than `apartMs` ago, and returns how many there have
   * been since the last success or sign-in, of all instances.
   */
  countRefusal(id: string, now: number, apartMs: number): Promise<number>
  /** After a refresh that succeeded. */
  clearRefusals(id: string): Promise<void>
}

/** What an operator moves: from one user to another, or to another issuer or provider. All of it inside a transaction. */
export interface IdentityMoves {
  /** Identities and events become another user's. Both users are locked by the caller. Returns how many identities. */
  moveToUser(fromUserId: string, toUserId: string): Promise<number>
  /** The issuers of a provider's identities, and how many there are of each. */
  issuersOf(provider: string): Promise<{ issuer: string; identities: number }[]>
  count(move: IdentityMove): Promise<MoveCounts>
  /** At most `limit`, by the order of their subjects. */
  conflicts(move: IdentityMove, limit: number): Promise<MoveConflict[]>
  /** Removes the identities whose new key an identity of the same user has already, with their sessions and tokens. */
  removeDuplicates(move: IdentityMove): Promise<void>
  /**
   * Gives at most `limit` identities that come after a subject their new key ('' is before all); undefined where none is
   * left. Sessions lose the ID token of the old issuer. At another provider sessions, tokens and roles are worth nothing:
   * they are removed, and the identity is marked as to be reconnected.
   */
  moveNextBatch(move: IdentityMove, after: string, limit: number, now: number): Promise<{ last: string } | undefined>
}

/** Where tokens are kept. Somebody may keep them elsewhere: `test/store/token-store-contract.ts` says what must hold. */
export interface TokenStore {
  /** Undefined where there are none, or none that open. */
  load(identityId: string): Promise<StoredTokens | undefined>
  /** In place of those before. */
  save(identityId: string, tokens: StoredTokens, now: number): Promise<void>
  /** Also where there are none. */
  remove(identityId: string): Promise<void>
  /**
   * What was granted with the tokens of these identities, as saved, without opening any; an identity without tokens is
   * not in it. A store that lacks this is asked for the tokens themselves.
   */
  scopesOf?(identityIds: readonly string[]): Promise<ReadonlyMap<string, string | undefined>>
}

/** What an identity may do here; replaced at each sign-in and refresh. */
export interface RoleTable {
  /** In the order of the alphabet. */
  listOfIdentity(identityId: string): Promise<string[]>
  /** In a transaction, or somebody who looks in between sees none. */
  replace(identityId: string, roles: readonly string[]): Promise<void>
}

export interface EventTable {
  insert(event: StoredEvent): Promise<void>
  /** At most `limit`, the latest first. */
  listOfUser(userId: string, limit: number): Promise<StoredEvent[]>
  /** The user agents of at most `limit` sign-ins of theirs, the latest first, each once; null: it did not say. */
  listUserAgents(userId: string, limit: number): Promise<(string | null)[]>
  /** Removes at most `limit` events older than `before`; returns how many. */
  removeOlder(before: number, limit: number): Promise<number>
}

export interface UsedLogoutTokenTable {
  /** Marks a logout token as used; false when it was used before. Atomic. */
  markUsed(tokenHash: string, expiresAt: number): Promise<boolean>
  /** Removes at most `limit` marks of tokens that are over; returns how many. */
  removeExpired(now: number, limit: number): Promise<number>
}

/** What the tokens are sealed under, apart from what they are: those of identities, and the ID tokens of sessions. */
export interface SealedRows {
  /** How many rows there are. */
  count(): Promise<number>
  /** The rows that come after another, a table after the other in the order of their keys. */
  read(after: SealedRowKey | undefined, limit: number): Promise<SealedRow[]>
  /** The same values under the newest key, not yet written; undefined where one does not open. */
  reseal(row: SealedRow): SealedRow['values'] | undefined
  /** Writes them, unless the row was written or removed since it was read (false). */
  replace(row: SealedRow, values: SealedRow['values']): Promise<boolean>
}

export interface SessionTable {
  insert(session: NewSession): Promise<void>
  /** The session with its person; limits are the caller's to judge. */
  find(handleHash: string): Promise<SessionWithUser | undefined>
  /** Writes the document of a session that still exists; an ended session stays ended (false). */
  updateData(handleHash: string, data: string): Promise<boolean>
  touch(handleHash: string, seenAt: number): Promise<void>
  /** The ID token that a session was opened with; undefined where there is none, or none that opens. */
  loadIdToken(handleHash: string): Promise<string | undefined>
  remove(handleHash: string): Promise<void>
  /** Returns how many. */
  removeAllOfUser(userId: string): Promise<number>
  /** Of one user, so that nobody ends another's; returns its identity, or undefined where there is no such session. */
  removeOne(userId: string, id: string): Promise<string | undefined>
  /** All of a user but one; returns the identities they were opened with, each once. */
  removeOthers(userId: string, exceptHandleHash: string): Promise<string[]>
  removeAllOfIdentity(identityId: string): Promise<number>
  /** Returns the user of each. */
  removeOfProvider(sessions: ProviderSessions): Promise<string[]>
  /** Whether an identity has a session that ends after `now` and was seen after `seenAfter`, and not in the future. */
  hasActiveOfIdentity(identityId: string, now: number, seenAfter: number): Promise<boolean>
  /** At most `limit` sessions that end after `now` and were seen after `seenAfter`, not in the future; last seen first. */
  listActiveOfUser(userId: string, now: number, seenAfter: number, limit: number): Promise<ListedSession[]>
  /** Removes at most `limit` sessions past their absolute end or unseen since before `seenBefore`; returns how many. */
  removeExpired(now: number, seenBefore: number, limit: number): Promise<number>
}

export interface UsedAttemptTable {
  /** Marks an attempt as used; false when it was used before. Atomic: of two callers exactly one hears true. */
  markUsed(stateHash: string, now: number): Promise<boolean>
  has(stateHash: string): Promise<boolean>
  /** Removes at most `limit` marks older than `before`; returns how many. */
  removeOlder(before: number, limit: number): Promise<number>
}

/** The tables, as named queries. */
export interface Tables {
  users: UserTable
  identities: IdentityTable
  identityMoves: IdentityMoves
  tokens: TokenStore
  sealedRows: SealedRows
  roles: RoleTable
  sessions: SessionTable
  usedAttempts: UsedAttemptTable
  usedLogoutTokens: UsedLogoutTokenTable
  events: EventTable
}

export interface SchemaState {
  /** `older`: migrations are missing; `newer`: the database knows migrations that this build does not. */
  state: 'current' | 'older' | 'newer'
  missing: readonly string[]
  unknown: readonly string[]
}

export interface Store extends Tables {
  /**
   * Runs work in one transaction and hands it the tables inside it: nothing else may be used until it ends, because
   * SQLite has one connection. Two racing inserts of the same unique row: the loser's work runs again, twice at most.
   */
  transaction<T>(work: (tables: Tables) => Promise<T>): Promise<T>
  /**
   * Moves what was written out of SQLite's log, after many rows at a time: otherwise whoever writes next does it, and
   * waits for the disk. PostgreSQL does so by itself.
   */
  checkpoint(): Promise<void>
  /** Runs the missing migrations; returns their names. */
  migrate(): Promise<string[]>
  schema(): Promise<SchemaState>
  /** Resolves when the database can be written, as much as a sign-in writes. */
  checkWritable(): Promise<void>
  /** Resolves when the database answers. */
  ping(): Promise<void>
  /** Milliseconds since 1970 by the clock of the database server; undefined for SQLite, which has none of its own. */
  serverTime(): Promise<number | undefined>
  /** The latest time that a session, an event or an attempt was written down with; undefined where there are none. */
  latestTime(): Promise<number | undefined>
  close(): Promise<void>
}
