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
import type { ExternalIdentity, UserInfo } from '../protocols/protocol.js'
import { requireEnabled } from '../sessions/active-session.js'
import { redactObject, sourcesAsJson, tokenRedactor } from './stored-profile.js'

/** What a provider sent at the end of a sign-in, with the name of the provider. */
export type ProviderIdentity = ExternalIdentity & { provider: string }

export interface ResolvedUser {
  userId: string
  identityId: string
  /** How the identity belongs to this account: it had it before, it is a new account, or it has just been linked. */
  kind: 'existing' | 'new' | 'linked'
}

export const identityKey = ({ provider, issuer, profile }: ProviderIdentity): IdentityKey => ({
  provider,
  issuer,
  subject: profile.subject,
})

/**
 * Finds the account of an identity, or creates one: user, identity and tokens together or not at all. An identity is
 * (provider, issuer, subject) and nothing else: an equal login never links two identities, and an equal address only
 * where both sides have verified it and ACCOUNT_LINKING allows it.
 * @throws AccountExistsError where the person has to sign in to an existing account first
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
  return { userId, identityId, kind: existing ? 'linked' : 'new' }
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
  return { userId: known.userId, identityId: known.id, kind: 'existing' }
}

/** Existing accounts have verified the same address as a new identity. */
export class AccountExistsError extends Error {
  override readonly name = 'AccountExistsError'
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

/** Undefined where the identity is linked to no account. */
async function chooseUserToLink(
  tables: Tables,
  userIds: readonly string[],
  linking: AccountLinking,
): Promise<string | undefined> {
  const [userId, ...others] = userIds
  if (userId === undefined) return undefined
  // Where there are several accounts, only the person knows which one is meant.
  if (linking === 'ask' || others.length > 0) throw new AccountExistsError(userIds)
  const user = await tables.users.find(userId)
  if (user?.disabledAt !== null) throw new AccountExistsError(userIds)
  return userId
}

/** Adds an identity to an account, with its tokens; returns its id. */
export async function addIdentity(
  tables: Tables,
  userId: string,
  identity: ProviderIdentity,
  now: number,
): Promise<string> {
  const { id } = await tables.identities.create(userId, identityKey(identity), toIdentityFields(identity), now)
  await tables.tokens.save(id, toStoredTokens(identity.tokens, undefined, now), now)
  return id
}

/** Saves what a provider has just sent of an identity that is stored already, at a sign-in or when it is linked again. */
export async function updateIdentity(
  tables: Tables,
  known: Identity,
  identity: ProviderIdentity,
  now: number,
  user?: User,
): Promise<void> {
  await updateUserFrom(tables, known, identity, now, user)
  await tables.identities.recordSignIn(known.id, toIdentityFields(identity), now)
  // Some providers send a refresh token at the first consent only. One that was refused is not used any more.
  const reusesRefreshToken = identity.tokens.refreshToken === undefined && known.reconnectSince === null
  const previous = reusesRefreshToken ? await tables.tokens.load(known.id) : undefined
  // A scope that is missing is the one of this request (RFC 6749, 5.1), and not that of an earlier sign-in.
  await tables.tokens.save(
    known.id,
    toStoredTokens(identity.tokens, previous && { ...previous, scope: undefined }, now),
    now,
  )
}

/**
 * An account has the name of its oldest identity; otherwise each sign-in would give it another name and login.
 * @param known the user, where the caller has it already
 * @returns whether the name, login or address of the user has changed
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
  const fields = toUserFields(userInfo, user)
  await tables.users.update(userId, fields, now)
  return USER_FIELDS.some(name => fields[name] !== user[name])
}

const USER_FIELDS = ['name', 'login', 'email', 'emailVerified', 'picture'] as const

const toUserFields = (userInfo: UserInfo, user: User): UserFields => ({
  ...withTrustedEmail(userInfo),
  name: userInfo.profile.name ?? (userInfo.sendsNameOnce ? user.name : null),
})

export function toIdentityFields({
  profile,
  groups,
  sources,
  tokens,
}: UserInfo & Pick<ExternalIdentity, 'tokens'>): IdentityFields {
  const { login, email, emailVerified, raw } = profile
  const redact = tokenRedactor(profile, tokens)
  const rawProfile = JSON.stringify(redactObject(raw, redact))
  return { login, email, emailVerified, groups, rawProfile, claimSources: sourcesAsJson(sources, redact) }
}

/**
 * Tokens as they are stored. Where a provider does not send a value, the previous one stays valid: a refresh token is
 * never overwritten with nothing (RFC 6749, 6).
 */
export function toStoredTokens(
  tokens: ExternalIdentity['tokens'],
  previous: StoredTokens | undefined,
  now: number,
): StoredTokens {
  const { accessToken, tokenSecret, tokenType, scope, expiresIn } = tokens
  return {
    accessToken,
    tokenSecret,
    tokenType,
    scope: scope?.join(' ') ?? previous?.scope,
    expiresAt: expiryTime(now, expiresIn),
    ...(tokens.refreshToken === undefined
      ? { refreshToken: previous?.refreshToken, refreshExpiresAt: previous?.refreshExpiresAt }
      : { refreshToken: tokens.refreshToken, refreshExpiresAt: expiryTime(now, tokens.refreshExpiresIn) }),
  }
}

const expiryTime = (now: number, seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : now + seconds * 1_000
