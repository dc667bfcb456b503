import { createKeyring, type Sealer } from '../../src/crypto/keys.js'
import type { Store, StoredTokens } from '../../src/store/types.js'
import { addPerson, NOW } from './people.js'

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
