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
  create(fields: UserFields, now: number): Promise<User>
  find(id: string): Promise<User | undefined>
  update(id: string, fields: UserFields, now: number): Promise<void>
  /** At most `limit` users in the order of their ids, beginning after an id; '' comes before all of them. */
  list(after: string, limit: number): Promise<ListedUser[]>
  findListed(id: string): Promise<ListedUser | undefined>
  /**
   * The users who have this login or this e-mail address, verified or not, at any provider. Addresses are compared
   * without regard to case.
   */
  findByLoginOrEmail(loginOrEmail: string, limit: number): Promise<ListedUser[]>
  /** A user who is disabled already keeps the earlier time. */
  disable(id: string, now: number): Promise<void>
  enable(id: string, now: number): Promise<void>
  /**
   * Locks a user's row until the transaction ends, so that two changes of one account run one after the other; false if
   * there is no such user. It must be the first statement of its transaction.
   */
  lock(id: string, now: number): Promise<boolean>
  /** Removes the user with all identities, tokens, sessions, roles and events, also the events of refused sign-ins. */
  remove(id: string): Promise<void>
}

export interface IdentityTable {
  find(key: IdentityKey): Promise<Identity | undefined>
  load(id: string): Promise<Identity | undefined>
  /** Oldest first. */
  listOfUser(userId: string): Promise<ListedIdentity[]>
  create(userId: string, key: IdentityKey, fields: IdentityFields, now: number): Promise<Identity>
  /** Writes what the provider says now and the time of the sign-in. The identity no longer has to be reconnected. */
  recordSignIn(id: string, fields: IdentityFields, now: number): Promise<void>
  /** Writes what the provider said after a refresh. */
  updateFields(id: string, fields: IdentityFields): Promise<void>
  /** The users who have an identity whose provider has verified this address. Case does not matter. */
  findUserIdsByVerifiedEmail(email: string): Promise<string[]>
  /** Removes the identity with its tokens, sessions and roles. */
  remove(id: string): Promise<void>
  /** An identity that has to be reconnected already keeps the earlier time. */
  setReconnectNeeded(id: string, since: number): Promise<void>
  /**
   * Takes the right to refresh the tokens of an identity, unless another holder has it; of two callers one gets true.
   * The lease counts from the time of the database server, or from `now` if the database has no server. All leases must
   * have the same length.
   */
  takeLease(id: string, holder: string, now: number, lengthMs: number): Promise<boolean>
  /** Gives the lease back, if it still belongs to the holder. */
  releaseLease(id: string, holder: string): Promise<void>
  /**
   * Counts a refused refresh, unless the last one was counted less than `apartMs` ago. Returns how many refreshes were
   * refused since the last success or sign-in, in all instances together.
   */
  countRefusal(id: string, now: number, apartMs: number): Promise<number>
  /** To be called after a refresh that succeeded. */
  clearRefusals(id: string): Promise<void>
}

/** What an operator moves: from one user to another, or to another issuer or provider. All of it in a transaction. */
export interface IdentityMoves {
  /** Moves identities and events to another user. The caller has locked both users. Returns how many identities moved. */
  moveToUser(fromUserId: string, toUserId: string): Promise<number>
  /** The issuers of a provider's identities, and how many identities each of them has. */
  listIssuers(provider: string): Promise<{ issuer: string; identities: number }[]>
  count(move: IdentityMove): Promise<MoveCounts>
  /** At most `limit`, in the order of their subjects. */
  listConflicts(move: IdentityMove, limit: number): Promise<MoveConflict[]>
  /** Removes, with sessions and tokens, each identity whose new key another identity of the same user has already. */
  removeDuplicates(move: IdentityMove): Promise<void>
  /**
   * Gives their new key to at most `limit` identities that come after a subject ('' comes before all of them); undefined
   * if none is left. Sessions lose the ID token of the old issuer. Sessions, tokens and roles are worth nothing at
   * another provider: they are removed, and the identity has to be reconnected.
   */
  moveNextBatch(move: IdentityMove, after: string, limit: number, now: number): Promise<{ last: string } | undefined>
}

/**
 * Where the providers' tokens are stored. An app can bring a store of its own: `test/store/token-store-contract.ts`
 * holds the rules for it.
 */
export interface TokenStore {
  /** Undefined if there are no tokens, or if they cannot be opened. */
  load(identityId: string): Promise<StoredTokens | undefined>
  /** Replaces the tokens that were saved before. */
  save(identityId: string, tokens: StoredTokens, now: number): Promise<void>
  /** Does nothing if there are no tokens. */
  remove(identityId: string): Promise<void>
  /**
   * The scopes that were granted with the tokens of these identities, as they were saved, without opening a token; an
   * identity without tokens is left out. A store that lacks this method has to load the tokens instead.
   */
  scopesOf?(identityIds: readonly string[]): Promise<ReadonlyMap<string, string | undefined>>
}

/** The roles that an identity gives its user; they are replaced at each sign-in and refresh. */
export interface RoleTable {
  /** In alphabetical order. */
  listOfIdentity(identityId: string): Promise<string[]>
  /** Must run in a transaction: a request that reads in between would see no roles. */
  replace(identityId: string, roles: readonly string[]): Promise<void>
}

export interface EventTable {
  insert(event: StoredEvent): Promise<void>
  /** At most `limit`, the latest first. */
  listOfUser(userId: string, limit: number): Promise<StoredEvent[]>
  /** The different user agents of a user's last `limit` sign-ins, the latest first; null: the browser sent none. */
  listUserAgents(userId: string, limit: number): Promise<(string | null)[]>
  /** Removes at most `limit` events older than `before`; returns how many. */
  removeOlder(before: number, limit: number): Promise<number>
}

export interface UsedLogoutTokenTable {
  /** Marks a logout token as used; false if it was used before. Atomic. */
  markUsed(tokenHash: string, expiresAt: number): Promise<boolean>
  /** Removes at most `limit` rows of tokens that have expired; returns how many. */
  removeExpired(now: number, limit: number): Promise<number>
}

/** All rows that hold sealed tokens, for a rotation of keys: the tokens of identities, and the ID tokens of sessions. */
export interface SealedRows {
  /** How many rows there are. */
  count(): Promise<number>
  /** The rows that come after another one: table by table, in the order of the tables' primary keys. */
  read(after: SealedRowKey | undefined, limit: number): Promise<SealedRow[]>
  /** The same values sealed under the newest key, not written yet; undefined if one of them does not open. */
  reseal(row: SealedRow): SealedRow['values'] | undefined
  /** Writes the values, unless the row was written or removed since it was read (false). */
  replace(row: SealedRow, values: SealedRow['values']): Promise<boolean>
}

export interface SessionTable {
  insert(session: NewSession): Promise<void>
  /** The session with its user; the caller checks the limits on its age. */
  find(handleHash: string): Promise<SessionWithUser | undefined>
  /** Writes the document of a session that still exists; false if it has ended. A write never brings a session back. */
  updateData(handleHash: string, data: string): Promise<boolean>
  touch(handleHash: string, seenAt: number): Promise<void>
  /** The ID token that a session was opened with; undefined if the session has no ID token, or if its seal cannot be opened. */
  loadIdToken(handleHash: string): Promise<string | undefined>
  remove(handleHash: string): Promise<void>
  /** Returns how many. */
  removeAllOfUser(userId: string): Promise<number>
  /**
   * Removes one session of this user, so that no user can end the session of another. Returns its identity, or
   * undefined if there is no such session.
   */
  removeOne(userId: string, id: string): Promise<string | undefined>
  /** Removes all sessions of a user but one; returns the identities that they were opened with, each once. */
  removeOthers(userId: string, exceptHandleHash: string): Promise<string[]>
  removeAllOfIdentity(identityId: string): Promise<number>
  /** Returns the user of each. */
  removeOfProvider(sessions: ProviderSessions): Promise<string[]>
  /** Whether an identity has a session that ends after `now` and was seen after `seenAfter`, and not in the future. */
  hasActiveOfIdentity(identityId: string, now: number, seenAfter: number): Promise<boolean>
  /** At most `limit` sessions that end after `now` and were seen after `seenAfter`, not in the future; last seen first. */
  listActiveOfUser(userId: string, now: number, seenAfter: number, limit: number): Promise<ListedSession[]>
  /** Removes at most `limit` sessions past their absolute end or not seen since `seenBefore`; returns how many. */
  removeExpired(now: number, seenBefore: number, limit: number): Promise<number>
}

export interface UsedAttemptTable {
  /** Marks a sign-in attempt as used; false if it was used before. Atomic: of two callers exactly one gets true. */
  markUsed(stateHash: string, now: number): Promise<boolean>
  has(stateHash: string): Promise<boolean>
  /** Removes at most `limit` rows older than `before`; returns how many. */
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
  /** `older`: the database lacks migrations; `newer`: the database has migrations that this build does not know. */
  state: 'current' | 'older' | 'newer'
  missing: readonly string[]
  unknown: readonly string[]
}

export interface Store extends Tables {
  /**
   * Runs work in one transaction and gives it the tables inside it. Until it ends, work may use nothing else, because
   * SQLite has one connection. If two transactions insert the same unique row, the work of the loser runs again, twice
   * at most.
   */
  transaction<T>(work: (tables: Tables) => Promise<T>): Promise<T>
  /**
   * Moves what was written out of SQLite's log (WAL), to be called after many rows: otherwise the next writer has to do
   * it, and waits for the disk. PostgreSQL does it by itself.
   */
  checkpoint(): Promise<void>
  /** Runs the missing migrations; returns their names. */
  migrate(): Promise<string[]>
  schema(): Promise<SchemaState>
  /** Resolves if the database accepts as many writes as a sign-in needs. */
  checkWritable(): Promise<void>
  /** Resolves if the database responds. */
  ping(): Promise<void>
  /** Milliseconds since 1970 by the clock of the database server; undefined for SQLite, which has no server. */
  serverTime(): Promise<number | undefined>
  /** The latest time of a stored session, event or attempt; undefined if nothing is stored. */
  latestTime(): Promise<number | undefined>
  close(): Promise<void>
}
