import type { AccountLinking } from '../../config/types.js'
import type { Profile } from '../../providers/provider.js'
import type {
  Identity,
  IdentityFields,
  IdentityKey,
  StoredTokens,
  Tables,
  User,
  UserFields,
} from '../../store/types.js'
import { withTrustedEmail } from '../access.js'
import { AccountError } from '../errors.js'
import type { ExternalIdentity, UserInfo } from '../protocols/protocol.js'
import { redactObject, tokenRedactor } from './redact-tokens.js'
import { sourcesAsJson } from './stored-claims.js'

/** What a provider handed over at the end of a sign-in. */
export interface ProviderIdentity extends ExternalIdentity {
  /** The provider's name. */
  provider: string
}

export interface ResolvedUser {
  userId: string
  identityId: string
  /** How they came to this account. */
  kind: 'back' | 'new' | 'joined'
}

export const identityKey = ({ provider, issuer, profile }: ProviderIdentity): IdentityKey => ({
  provider,
  issuer,
  subject: profile.subject,
})

/**
 * Finds the account of an identity, or makes one: user, identity and tokens together or not at all. An identity is
 * (provider, issuer, subject) and nothing else: an equal login joins nobody to anybody, and an equal address only where
 * both sides have verified it and ACCOUNT_LINKING says so.
 * @throws AccountExists where the person has to sign in to an account that is there
 */
export async function findOrCreateUser(
  tables: Tables,
  identity: ProviderIdentity,
  linking: AccountLinking,
  now: number,
): Promise<ResolvedUser> {
  const known = await updateReturningUser(tables, identity, now)
  if (known) return known
  const userIds = await findUsersByVerifiedEmail(tables, identity.profile, linking)
  // On PostgreSQL the same identity may have signed in for the first time between the two queries.
  const justCreated = userIds.length > 0 ? await updateReturningUser(tables, identity, now) : undefined
  if (justCreated) return justCreated
  const existing = await chooseUserToLink(tables, userIds, linking)
  const userId = existing ?? (await tables.users.create(withTrustedEmail(identity), now)).id
  const identityId = await addIdentity(tables, userId, identity, now)
  return { userId, identityId, kind: existing ? 'joined' : 'new' }
}

async function updateReturningUser(
  tables: Tables,
  identity: ProviderIdentity,
  now: number,
): Promise<ResolvedUser | undefined> {
  const known = await tables.identities.find(identityKey(identity))
  if (!known) return undefined
  const user = await tables.users.find(known.userId)
  // On PostgreSQL the account may be deleted, or merged into another one, between the two queries.
  if (!user) return updateReturningUser(tables, identity, now)
  await updateIdentity(tables, known, identity, now, requireEnabled(user))
  return { userId: known.userId, identityId: known.id, kind: 'back' }
}

/** There are accounts whose owners have verified the address that a new identity has verified too. */
export class AccountExistsError extends Error {
  override readonly name = 'AccountExists'
  constructor(readonly userIds: readonly string[]) {
    super('An account has verified the same address')
  }
}

async function findUsersByVerifiedEmail(
  tables: Tables,
  { email, emailVerified }: Profile,
  linking: AccountLinking,
): Promise<string[]> {
  if (linking === 'never' || email === null || !emailVerified) return []
  return tables.identities.findUserIdsByVerifiedEmail(email)
}

/** Undefined where the identity is joined to no account. */
async function chooseUserToLink(
  tables: Tables,
  userIds: readonly string[],
  linking: AccountLinking,
): Promise<string | undefined> {
  const [userId, ...others] = userIds
  if (userId === undefined) return undefined
  // Of several accounts only the person knows which one is meant.
  if (linking === 'ask' || others.length > 0) throw new AccountExistsError(userIds)
  const user = await tables.users.find(userId)
  if (user?.disabledAt !== null) throw new AccountExistsError(userIds)
  return userId
}

/** One more identity of an account, with its tokens; returns its id. */
export async function addIdentity(
  tables: Tables,
  userId: string,
  identity: ProviderIdentity,
  now: number,
): Promise<string> {
  const { id } = await tables.identities.create(userId, identityKey(identity), toIdentityFacts(identity), now)
  await tables.tokens.save(id, toStoredTokens(identity.tokens, undefined, now), now)
  return id
}

/** A sign-in, or a new connection, of an identity that is known. */
export async function updateIdentity(
  tables: Tables,
  known: Identity,
  identity: ProviderIdentity,
  now: number,
  user?: User,
): Promise<void> {
  await updateUserFrom(tables, known, identity, now, user)
  await tables.identities.recordSignIn(known.id, toIdentityFacts(identity), now)
  // Some providers hand out a refresh token at the first consent only. One that was refused has had its time.
  const reusesRefreshToken = identity.tokens.refreshToken === undefined && known.reconnectSince === null
  const previous = reusesRefreshToken ? await tables.tokens.load(known.id) : undefined
  // A scope that is not told is the one that was asked for just now (RFC 6749, 5.1), and not that of an earlier sign-in.
  await tables.tokens.save(
    known.id,
    toStoredTokens(identity.tokens, previous && { ...previous, scope: undefined }, now),
    now,
  )
}

/**
 * An account is called what its oldest identity is called, or each sign-in would give it another name and login.
 * @param known the user, where the caller has it already
 * @returns whether the user has another name, login or address by it
 */
export async function updateUserFrom(
  tables: Tables,
  { id, userId }: Pick<Identity, 'id' | 'userId'>,
  userInfo: UserInfo,
  now: number,
  known?: User,
): Promise<boolean> {
  const [oldest] = await tables.identities.listOfUser(userId)
  const user = oldest?.id === id ? (known ?? (await tables.users.find(userId))) : undefined
  if (!user) return false
  const facts = toUserFacts(userInfo, user)
  await tables.users.update(userId, facts, now)
  return USER_FIELDS.some(name => facts[name] !== user[name])
}

const USER_FIELDS = ['name', 'login', 'email', 'emailVerified', 'picture'] as const

const toUserFacts = (userInfo: UserInfo, user: User): UserFields => ({
  ...withTrustedEmail(userInfo),
  name: userInfo.profile.name ?? (userInfo.sendsNameOnce ? user.name : null),
})

export function requireEnabled(user: User | undefined): User {
  if (user?.disabledAt === null) return user
  if (!user) throw new AccountError('account_disabled', 'The user of this identity is gone')
  const message = `User ${user.id} is disabled. To let them in again: vestibule users enable ${user.id}`
  throw new AccountError('account_disabled', message, { userId: user.id })
}

export function toIdentityFacts({
  profile,
  groups,
  sources,
  tokens,
}: UserInfo & Pick<ExternalIdentity, 'tokens'>): IdentityFields {
  const { login, email, emailVerified, raw } = profile
  const redact = tokenRedactor(profile, tokens)
  const stored = { rawProfile: JSON.stringify(redactObject(raw, redact)), claimSources: sourcesAsJson(sources, redact) }
  return { login, email, emailVerified, groups, ...stored }
}

/**
 * Tokens as they are kept. Where a provider is silent, what was there before counts on: a refresh token is never
 * overwritten with nothing (RFC 6749, 6).
 */
export function toStoredTokens(
  tokens: ExternalIdentity['tokens'],
  previous: StoredTokens | undefined,
  now: number,
): StoredTokens {
  const { accessToken, tokenSecret, tokenType, scope, expiresIn } = tokens
  return {
    ...{ accessToken, tokenSecret, tokenType },
    scope: scope?.join(' ') ?? previous?.scope,
    expiresAt: expiryTime(now, expiresIn),
    ...(tokens.refreshToken === undefined
      ? { refreshToken: previous?.refreshToken, refreshExpiresAt: previous?.refreshExpiresAt }
      : { refreshToken: tokens.refreshToken, refreshExpiresAt: expiryTime(now, tokens.refreshExpiresIn) }),
  }
}

const expiryTime = (now: number, seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : now + seconds * 1_000
