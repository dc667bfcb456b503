import type { AccountLinking } from '../config/types.js'
import type { Profile } from '../providers/provider.js'
import type { Identity, IdentityFacts, IdentityKey, StoredTokens, Tables, User, UserFacts } from '../store/types.js'
import { withTrustedEmail } from './access.js'
import type { Told } from './protocols/protocol.js'
import { Refusal } from './refusal.js'

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
  const known = await tables.identities.find(keyOf(answered))
  if (known) {
    await welcomeBack(tables, known, answered, now)
    return { userId: known.userId, identityId: known.id, came: 'back' }
  }
  const owner = await ownerOfAddress(tables, answered.profile, linking)
  const userId = owner ?? (await tables.users.create(withTrustedEmail(answered), now)).id
  const identityId = await addIdentity(tables, userId, answered, now)
  return { userId, identityId, came: owner ? 'joined' : 'new' }
}

/** There are accounts whose owners have verified the address that a new identity has verified too. */
export class AccountExists extends Error {
  override readonly name = 'AccountExists'
  constructor(readonly userIds: readonly string[]) {
    super('An account has verified the same address')
  }
}

/** Undefined where nobody has to be asked, and nobody is joined. */
async function ownerOfAddress(
  tables: Tables,
  { email, emailVerified }: Profile,
  linking: AccountLinking,
): Promise<string | undefined> {
  if (linking === 'never' || email === null || !emailVerified) return undefined
  const owners = await tables.identities.usersWithVerifiedEmail(email)
  const [owner, ...others] = owners
  if (owner === undefined) return undefined
  // Of several accounts only the person knows which one is meant.
  if (linking === 'ask' || others.length > 0) throw new AccountExists(owners)
  requireEnabled(await tables.users.find(owner))
  return owner
}

/** One more identity of an account, with its tokens; returns its id. */
export async function addIdentity(tables: Tables, userId: string, answered: Answered, now: number): Promise<string> {
  const { id } = await tables.identities.create(userId, keyOf(answered), factsOf(answered), now)
  await tables.tokens.save(id, storable(answered.tokens, undefined, now), now)
  return id
}

/** A sign-in, or a new connection, of an identity that is known. */
export async function renewIdentity(tables: Tables, known: Identity, answered: Answered, now: number): Promise<void> {
  await tables.identities.update(known.id, factsOf(answered), now)
  // Some providers hand out a refresh token at the first consent only. One that was refused has had its time.
  const keepsOld = answered.tokens.refreshToken === undefined && known.reconnectSince === null
  const before = keepsOld ? await tables.tokens.load(known.id) : undefined
  await tables.tokens.save(known.id, storable(answered.tokens, before, now), now)
}

async function welcomeBack(tables: Tables, known: Identity, answered: Answered, now: number): Promise<void> {
  const user = requireEnabled(await tables.users.find(known.userId))
  // An account is called what its oldest identity is called, or each sign-in would give it another name and login.
  const [oldest] = await tables.identities.ofUser(user.id)
  if (oldest?.id === known.id) await tables.users.update(user.id, namesOf(answered, user), now)
  await renewIdentity(tables, known, answered, now)
}

const namesOf = (answered: Answered, user: User): UserFacts => ({
  ...withTrustedEmail(answered),
  name: answered.profile.name ?? (answered.tellsNameOnce ? user.name : null),
})

export function requireEnabled(user: User | undefined): User {
  if (user?.disabledAt === null) return user
  throw new Refusal('account_disabled', `User ${user?.id ?? '(gone)'} is disabled`, { userId: user?.id })
}

export function factsOf({ profile, groups, tokens }: Pick<Answered, 'profile' | 'groups' | 'tokens'>): IdentityFacts {
  const { login, email, emailVerified, raw } = profile
  return { login, email, emailVerified, groups, rawProfile: withoutTokens(raw, tokens) }
}

/** Some user endpoints send back the token they were asked with; here it is kept sealed or not at all. */
function withoutTokens(raw: Profile['raw'], { accessToken, tokenSecret }: Told['tokens']): string {
  const tokens = [accessToken, tokenSecret].filter(token => token !== undefined)
  return tokens.reduce(
    (json, token) => json.replaceAll(JSON.stringify(token).slice(1, -1), '[access token]'),
    JSON.stringify(raw),
  )
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
