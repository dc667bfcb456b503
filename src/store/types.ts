import type {
  Event,
  Identity,
  IdentityFacts,
  IdentityKey,
  ListedIdentity,
  ListedSession,
  ListedUser,
  NewSession,
  ProviderSessions,
  SealedPlace,
  SealedRow,
  SessionWithPerson,
  StoredTokens,
  User,
  UserFacts,
} from './rows.js'

export type * from './rows.js'

export interface Users {
  create(facts: UserFacts, now: number): Promise<User>
  find(id: string): Promise<User | undefined>
  update(id: string, facts: UserFacts, now: number): Promise<void>
  /** At most `limit` users by the order of their ids, beginning after an id; '' is before all of them. */
  list(after: string, limit: number): Promise<ListedUser[]>
  findListed(id: string): Promise<ListedUser | undefined>
  /** Those who have this login or this e-mail address, verified or not, at any provider. Of an address, case is nothing. */
  findByName(loginOrEmail: string, limit: number): Promise<ListedUser[]>
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

export interface Identities {
  find(key: IdentityKey): Promise<Identity | undefined>
  load(id: string): Promise<Identity | undefined>
  /** Oldest first. */
  ofUser(userId: string): Promise<ListedIdentity[]>
  create(userId: string, key: IdentityKey, facts: IdentityFacts, now: number): Promise<Identity>
  /** Notes a sign-in: the facts as the provider tells them now, and when. Its tokens are good again. */
  update(id: string, facts: IdentityFacts, now: number): Promise<void>
  /** The same facts, learnt by a refresh. */
  updateFacts(id: string, facts: IdentityFacts): Promise<void>
  /** The users who have an identity with this address, verified there. Case is nothing. */
  usersWithVerifiedEmail(email: string): Promise<string[]>
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
export interface Roles {
  /** In the order of the alphabet. */
  ofIdentity(identityId: string): Promise<string[]>
  /** In a transaction, or somebody who looks in between sees none. */
  replace(identityId: string, roles: readonly string[]): Promise<void>
}

export interface Events {
  insert(event: Event): Promise<void>
  /** At most `limit`, the latest first. */
  ofUser(userId: string, limit: number): Promise<Event[]>
  /** The user agents of at most `limit` sign-ins of theirs, the latest first, each once; null: it did not say. */
  userAgentsOf(userId: string, limit: number): Promise<(string | null)[]>
  /** Removes at most `limit` events older than `before`; returns how many. */
  removeOlder(before: number, limit: number): Promise<number>
}

export interface UsedLogoutTokens {
  /** Marks a logout token as used; false when it was used before. Atomic. */
  use(tokenHash: string, expiresAt: number): Promise<boolean>
  /** Removes at most `limit` marks of tokens that are over; returns how many. */
  removeExpired(now: number, limit: number): Promise<number>
}

/** What the tokens are sealed under, apart from what they are: those of identities, and the ID tokens of sessions. */
export interface TokenSeals {
  /** How many rows there are. */
  count(): Promise<number>
  /** The rows that come after another, a table after the other in the order of their keys. */
  read(after: SealedPlace | undefined, limit: number): Promise<SealedRow[]>
  /** The same values under the newest key, not yet written; undefined where one does not open. */
  sealAnew(row: SealedRow): SealedRow['values'] | undefined
  /** Writes them, unless the row was written or removed since it was read (false). */
  replace(row: SealedRow, values: SealedRow['values']): Promise<boolean>
}

export interface Sessions {
  insert(session: NewSession): Promise<void>
  /** The session with its person; limits are the caller's to judge. */
  find(handleHash: string): Promise<SessionWithPerson | undefined>
  /** Writes the document of a session that still exists; an ended session stays ended (false). */
  updateData(handleHash: string, data: string): Promise<boolean>
  touch(handleHash: string, seenAt: number): Promise<void>
  /** The ID token that a session was opened with; undefined where there is none, or none that opens. */
  idTokenOf(handleHash: string): Promise<string | undefined>
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
  anyOfIdentity(identityId: string, now: number, seenAfter: number): Promise<boolean>
  /** At most `limit` sessions that end after `now` and were seen after `seenAfter`, not in the future; last seen first. */
  liveOfUser(userId: string, now: number, seenAfter: number, limit: number): Promise<ListedSession[]>
  /** Removes at most `limit` sessions past their absolute end or unseen since before `seenBefore`; returns how many. */
  removeExpired(now: number, seenBefore: number, limit: number): Promise<number>
}

export interface UsedAttempts {
  /** Marks an attempt as used; false when it was used before. Atomic: of two callers exactly one hears true. */
  use(stateHash: string, now: number): Promise<boolean>
  has(stateHash: string): Promise<boolean>
  /** Removes at most `limit` marks older than `before`; returns how many. */
  removeOlder(before: number, limit: number): Promise<number>
}

/** The tables, as named queries. */
export interface Tables {
  users: Users
  identities: Identities
  tokens: TokenStore
  tokenSeals: TokenSeals
  roles: Roles
  sessions: Sessions
  usedAttempts: UsedAttempts
  usedLogoutTokens: UsedLogoutTokens
  events: Events
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
   * SQLite has one connection. Two racing inserts of the same unique row: the loser's work runs once more.
   */
  transaction<T>(work: (tables: Tables) => Promise<T>): Promise<T>
  /**
   * Moves what was written out of SQLite's log, after many rows at a time: otherwise whoever writes next does it, and
   * waits for the disk. PostgreSQL does so by itself.
   */
  settle(): Promise<void>
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
