import { createKeyring, type Sealer } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'
import type { Store, StoredTokens } from '../../src/store/types.js'
import { addPerson, NOW, sessionOf } from './sample-users.js'

/** The sealer of tokens of an app with these SECRET_KEYS. */
export const sealerOf = (...keys: string[]): Sealer => createKeyring(keys).sealer('provider-token')

export const tokensOf = (name: string): StoredTokens => ({
  accessToken: `access token of ${name}`,
  tokenSecret: undefined,
  refreshToken: `refresh token of ${name}`,
  ...{ tokenType: 'bearer', scope: 'read:user', expiresAt: undefined, refreshExpiresAt: undefined },
})

/** As many people with tokens; the ids of their identities, in order. */
export async function addTokens(store: Store, people: number): Promise<string[]> {
  const ids: string[] = []
  await store.transaction(async tables => {
    for (let n = 0; n < people; n++) {
      const { id } = (await addPerson(tables)).identity
      await tables.tokens.save(id, tokensOf(id), NOW)
      ids.push(id)
    }
  })
  return ids.sort()
}

/** As many sessions of one person, each with an ID token; the hashes of their handles. */
export async function addIdTokens(store: Store, sessions: number): Promise<string[]> {
  const person = await addPerson(store)
  const hashes = Array.from({ length: sessions }, randomToken)
  await store.transaction(async tables => {
    for (const handleHash of hashes)
      await tables.sessions.insert(sessionOf(person, { handleHash, idToken: `ID token of ${handleHash}` }))
  })
  return hashes
}
