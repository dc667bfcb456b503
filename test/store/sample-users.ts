import { randomId, randomToken } from '../../src/crypto/random.js'
import type {
  Identity,
  IdentityFields,
  IdentityKey,
  NewSession,
  StoredEvent,
  Tables,
  User,
  UserFields,
} from '../../src/store/types.js'

export const NOW = 1_750_000_000_000

export const ada: UserFields = {
  name: 'Ada Lovelace',
  login: 'ada',
  email: 'ada@example.org',
  emailVerified: true,
  picture: 'https://example.org/ada.png',
}

export const adaAtGithub: IdentityFields = {
  login: 'ada',
  email: 'ada@example.org',
  emailVerified: true,
  rawProfile: '{"id":583231}',
  groups: ['acme', 'acme/staff'],
}

export const github = (subject: string): IdentityKey => ({ provider: 'github', issuer: '', subject })

export interface Person {
  user: User
  identity: Identity
}

/** Ada, with an identity of her own. */
export async function addPerson(store: Tables, subject = randomToken()): Promise<Person> {
  const user = await store.users.create(ada, NOW)
  return { user, identity: await store.identities.create(user.id, github(subject), adaAtGithub, NOW) }
}

/** A session of a person, not yet inserted. */
export function sessionOf(person: Person, changes: Partial<NewSession> = {}): NewSession {
  return {
    handleHash: randomToken(),
    id: randomId(),
    userId: person.user.id,
    identityId: person.identity.id,
    data: '{}',
    providerSid: null,
    idToken: undefined,
    userAgent: 'Firefox',
    address: '192.0.2.1',
    createdAt: NOW,
    seenAt: NOW,
    expiresAt: NOW + 1000,
    ...changes,
  }
}

/** A sign-in of nobody. */
export const eventOf = (changes: Partial<StoredEvent> = {}): StoredEvent => ({
  at: NOW,
  kind: 'signed-in',
  code: null,
  userId: null,
  provider: 'github',
  address: '192.0.2.1',
  userAgent: 'Firefox',
  subject: null,
  login: null,
  actor: null,
  ...changes,
})
