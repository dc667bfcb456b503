import type { Profile } from '../providers/provider.js'
import type { Identity, IdentityFacts, StoredTokens, Tables, User } from '../store/types.js'
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
}

/**
 * Finds the account of an identity, or makes one: user, identity and tokens together or not at all. An identity is
 * (provider, issuer, subject) and nothing else: an equal e-mail or login joins nobody to anybody.
 */
export async function recognise(tables: Tables, answered: Answered, now: number): Promise<Person> {
  const { provider, issuer, profile, tokens } = answered
  const key = { provider, issuer, subject: profile.subject }
  const known = await tables.identities.find(key)
  const identity = known
    ? await welcomeBack(tables, known, answered, now)
    : await tables.identities.create((await tables.users.create(profile, now)).id, key, factsOf(answered), now)
  await tables.tokens.save(identity.id, storable(tokens, now), now)
  return { userId: identity.userId, identityId: identity.id }
}

async function welcomeBack(tables: Tables, identity: Identity, answered: Answered, now: number): Promise<Identity> {
  const user = requireEnabled(await tables.users.find(identity.userId), identity)
  const { profile, tellsNameOnce } = answered
  await tables.users.update(user.id, { ...profile, name: profile.name ?? (tellsNameOnce ? user.name : null) }, now)
  await tables.identities.update(identity.id, factsOf(answered), now)
  return identity
}

function requireEnabled(user: User | undefined, identity: Identity): User {
  if (user?.disabledAt === null) return user
  throw new Refusal('account_disabled', `User ${identity.userId} is disabled`)
}

function factsOf({ profile, tokens }: Answered): IdentityFacts {
  const { login, email, emailVerified, raw } = profile
  return { login, email, emailVerified, rawProfile: withoutTokens(raw, tokens) }
}

/** Some user endpoints send back the token they were asked with; here it is kept sealed or not at all. */
function withoutTokens(raw: Profile['raw'], { accessToken, tokenSecret }: Told['tokens']): string {
  const tokens = [accessToken, tokenSecret].filter(token => token !== undefined)
  return tokens.reduce(
    (json, token) => json.replaceAll(JSON.stringify(token).slice(1, -1), '[access token]'),
    JSON.stringify(raw),
  )
}

function storable(tokens: Told['tokens'], now: number): StoredTokens {
  const { accessToken, tokenSecret, refreshToken, tokenType, scope, expiresIn } = tokens
  const expiresAt = expiresIn === undefined ? undefined : now + expiresIn * 1_000
  return { accessToken, tokenSecret, refreshToken, tokenType, scope: scope?.join(' '), expiresAt }
}
