import type { AccountLinking } from '../config/types.js'
import type { Profile } from '../providers/provider.js'
import type { Identity, IdentityFacts, IdentityKey, StoredTokens, Tables, User, UserFacts } from '../store/types.js'
import { withTrustedEmail } from './access.js'
import type { Described, Told } from './protocols/protocol.js'
import { Refusal } from './refusal.js'
import { sourcesAsJson } from './stored-claims.js'
import { coverIn, coveringTokens } from './without-tokens.js'

/** What a provider handed over at the end of a sign-in. */
export interface Answered extends Told {
  /** The provider's name. */
  provider: string
}

export interface Person {
  userId: string
  identityId: string
  /** How they came to this account. */
  came: 'back' | 'new' | 'joined'
}

export const keyOf = ({ provider, issuer, profile }: Answered): IdentityKey => ({
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
export async function recognise(
  tables: Tables,
  answered: Answered,
  linking: AccountLinking,
  now: number,
): Promise<Person> {
  const known = await recogniseKnown(tables, answered, now)
  if (known) return known
  const owners = await ownersOfAddress(tables, answered.profile, linking)
  // On PostgreSQL the same identity may have signed in for the first time between the two queries.
  const justMade = owners.length > 0 ? await recogniseKnown(tables, answered, now) : undefined
  if (justMade) return justMade
  const owner = await chooseOwner(tables, owners, linking)
  const userId = owner ?? (await tables.users.create(withTrustedEmail(answered), now)).id
  const identityId = await addIdentity(tables, userId, answered, now)
  return { userId, identityId, came: owner ? 'joined' : 'new' }
}

async function recogniseKnown(tables: Tables, answered: Answered, now: number): Promise<Person | undefined> {
  const known = await tables.identities.find(keyOf(answered))
  if (!known) return undefined
  await welcomeBack(tables, known, answered, now)
  return { userId: known.userId, identityId: known.id, came: 'back' }
}

/** There are accounts whose owners have verified the address that a new identity has verified too. */
export class AccountExists extends Error {
  override readonly name = 'AccountExists'
  constructor(readonly userIds: readonly string[]) {
    super('An account has verified the same address')
  }
}

async function ownersOfAddress(
  tables: Tables,
  { email, emailVerified }: Profile,
  linking: AccountLinking,
): Promise<string[]> {
  if (linking === 'never' || email === null || !emailVerified) return []
  return tables.identities.usersWithVerifiedEmail(email)
}

/** Undefined where the identity is joined to no account. */
async function chooseOwner(
  tables: Tables,
  owners: readonly string[],
  linking: AccountLinking,
): Promise<string | undefined> {
  const [owner, ...others] = owners
  if (owner === undefined) return undefined
  // Of several accounts only the person knows which one is meant.
  if (linking === 'ask' || others.length > 0) throw new AccountExists(owners)
  const user = await tables.users.find(owner)
  if (user?.disabledAt !== null) throw new AccountExists(owners)
  return owner
}

/** One more identity of an account, with its tokens; returns its id. */
export async function addIdentity(tables: Tables, userId: string, answered: Answered, now: number): Promise<string> {
  const { id } = await tables.identities.create(userId, keyOf(answered), factsOf(answered), now)
  await tables.tokens.save(id, storable(answered.tokens, undefined, now), now)
  return id
}

/** A sign-in, or a new connection, of an identity that is known. */
export async function renewIdentity(
  tables: Tables,
  known: Identity,
  answered: Answered,
  now: number,
  user?: User,
): Promise<void> {
  await updateUserAfter(tables, known, answered, now, user)
  await tables.identities.update(known.id, factsOf(answered), now)
  // Some providers hand out a refresh token at the first consent only. One that was refused has had its time.
  const keepsOld = answered.tokens.refreshToken === undefined && known.reconnectSince === null
  const before = keepsOld ? await tables.tokens.load(known.id) : undefined
  // A scope that is not told is the one that was asked for just now (RFC 6749, 5.1), and not that of an earlier sign-in.
  await tables.tokens.save(known.id, storable(answered.tokens, before && { ...before, scope: undefined }, now), now)
}

/**
 * An account is called what its oldest identity is called, or each sign-in would give it another name and login.
 * @param known the user, where the caller has it already
 * @returns whether the user has another name, login or address by it
 */
export async function updateUserAfter(
  tables: Tables,
  { id, userId }: Pick<Identity, 'id' | 'userId'>,
  person: Described,
  now: number,
  known?: User,
): Promise<boolean> {
  const [oldest] = await tables.identities.ofUser(userId)
  const user = oldest?.id === id ? (known ?? (await tables.users.find(userId))) : undefined
  if (!user) return false
  const facts = namesOf(person, user)
  await tables.users.update(userId, facts, now)
  return NAMES.some(name => facts[name] !== user[name])
}

const NAMES = ['name', 'login', 'email', 'emailVerified', 'picture'] as const

async function welcomeBack(tables: Tables, known: Identity, answered: Answered, now: number): Promise<void> {
  const user = requireEnabled(await tables.users.find(known.userId))
  await renewIdentity(tables, known, answered, now, user)
}

const namesOf = (described: Described, user: User): UserFacts => ({
  ...withTrustedEmail(described),
  name: described.profile.name ?? (described.tellsNameOnce ? user.name : null),
})

export function requireEnabled(user: User | undefined): User {
  if (user?.disabledAt === null) return user
  if (!user) throw new Refusal('account_disabled', 'The user of this identity is gone')
  const message = `User ${user.id} is disabled. To let them in again: vestibule users enable ${user.id}`
  throw new Refusal('account_disabled', message, { userId: user.id })
}

export function factsOf({ profile, groups, sources, tokens }: Described & Pick<Told, 'tokens'>): IdentityFacts {
  const { login, email, emailVerified, raw } = profile
  const cover = coveringTokens(profile, tokens)
  const stored = { rawProfile: JSON.stringify(coverIn(raw, cover)), claimSources: sourcesAsJson(sources, cover) }
  return { login, email, emailVerified, groups, ...stored }
}

/**
 * Tokens as they are kept. Where a provider is silent, what was there before counts on: a refresh token is never
 * overwritten with nothing (RFC 6749, 6).
 */
export function storable(tokens: Told['tokens'], before: StoredTokens | undefined, now: number): StoredTokens {
  const { accessToken, tokenSecret, tokenType, scope, expiresIn } = tokens
  return {
    ...{ accessToken, tokenSecret, tokenType },
    scope: scope?.join(' ') ?? before?.scope,
    expiresAt: after(now, expiresIn),
    ...(tokens.refreshToken === undefined
      ? { refreshToken: before?.refreshToken, refreshExpiresAt: before?.refreshExpiresAt }
      : { refreshToken: tokens.refreshToken, refreshExpiresAt: after(now, tokens.refreshExpiresIn) }),
  }
}

const after = (now: number, seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : now + seconds * 1_000
