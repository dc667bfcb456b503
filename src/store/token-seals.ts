import { type Sealer, sealedUnder } from '../crypto/keys.js'
import type { Sql } from './sql.js'
import { openTokens, sealTokens } from './tokens.js'
import type { SealedRow, SealedTokens, TokenSeals, Values } from './types.js'

type Row = SealedTokens & { identityId: string }

const READ = `
  select identity_id as "identityId", access_token as "accessToken", token_secret as "tokenSecret",
    refresh_token as "refreshToken"
  from provider_tokens where identity_id > ? order by identity_id limit ?`

// No two seals are alike, so a row that somebody wrote meanwhile fits no more.
const REPLACE = `
  update provider_tokens set access_token = ?, token_secret = ?, refresh_token = ?
  where identity_id = ? and access_token = ? and token_secret is not distinct from ?
    and refresh_token is not distinct from ?
  returning identity_id`

export function createTokenSeals(sql: Sql, sealer: Sealer): TokenSeals {
  return {
    async count() {
      const [row] = await sql<{ count: number }>('select count(*) as count from provider_tokens')
      return row?.count ?? 0
    },
    async read(after, limit) {
      const rows = await sql<Row>(READ, [after, limit])
      return rows.map(({ identityId, ...tokens }) => ({ identityId, tokens, ...oldestKey(sealer, tokens) }))
    },
    async reseal({ identityId, tokens: sealed }) {
      const tokens = openTokens(sealer, identityId, sealed)
      if (tokens === undefined) return 'unopened'
      const fresh = columns(sealTokens(sealer, identityId, tokens))
      const replaced = await sql(REPLACE, [...fresh, identityId, ...columns(sealed)], 'reseal-tokens')
      return replaced.length > 0 ? 'resealed' : 'changed'
    },
  }
}

const columns = (tokens: SealedTokens): Values => [tokens.accessToken, tokens.tokenSecret, tokens.refreshToken]

function oldestKey({ keyIds }: Sealer, tokens: SealedTokens): Pick<SealedRow, 'keyId' | 'key'> {
  const sealed = Object.values(tokens).filter(token => token !== null)
  const age = (id: string) => (keyIds.includes(id) ? keyIds.indexOf(id) : keyIds.length)
  const keyId = sealed.map(sealedUnder).reduce((oldest, id) => (age(id) > age(oldest) ? id : oldest))
  const key = age(keyId) === 0 ? 'newest' : age(keyId) < keyIds.length ? 'older' : 'unknown'
  return { keyId, key }
}
