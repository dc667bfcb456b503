import type { TokenSet } from '../oauth/types.js'
import type { Profile, OAuth2Provider as Provider } from '../providers/provider.js'
import type { Identity, IdentityFacts, Tables, User } from '../store/types.js'
import { Refusal } from './refusal.js'

/** What a provider handed over at the end of a sign-in. */
export interface Answered {
  provider: Provider
  profile: Profile
  tokens: TokenSet
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
  const { provider, profile, tokens } = answered
  const key = { provider: provider.name, issuer: provider.issuer ?? '', subject: profile.subject }
  const known = await tables.identities.find(key)
  const identity = known
    ? await welcomeBack(tables, known, answered, now)
    : await tables.identities.create((await tables.users.create(profile, now)).id, key, factsOf(answered), now)
  await tables.tokens.save(identity.id, storable(tokens, now), now)
  return { userId: identity.userId, identityId: identity.id }
}

async function welcomeBack(tables: Tables, identity: Identity, answered: Answered, now: number): Promise<Identity> {
  const user = await tables.users.find(identity.userId)
  refuseDisabled(user, identity)
  await tables.users.update(identity.userId, answered.profile, now)
  await tables.identities.update(identity.id, factsOf(answered), now)
  return identity
}

function refuseDisabled(user: User | undefined, identity: Identity): void {
  if (user?.disabledAt === null) return
  throw new Refusal('account_disabled', `User ${identity.userId} is disabled`)
}

function factsOf({ profile, tokens }: Answered): IdentityFacts {
  const { login, email, emailVerified, raw } = profile
  return { login, email, emailVerified, rawProfile: withoutToken(JSON.stringify(raw), tokens.accessToken) }
}

/** Some user endpoints send back the token they were asked with; here it is kept sealed or not at all. */
const withoutToken = (json: string, token: string): string =>
  json.replaceAll(JSON.stringify(token).slice(1, -1), '[access token]')

function storable({ accessToken, refreshToken, tokenType, scope, expiresIn }: TokenSet, now: number) {
  const expiresAt = expiresIn === undefined ? undefined : now + expiresIn * 1_000
  return { accessToken, refreshToken, tokenType, scope: scope?.join(' '), expiresAt }
}
