import type { Sealer } from '../crypto/keys.js'
import type { Sql } from './sql.js'
import type { StoredTokens, Tokens } from './types.js'

interface TokenRow {
  identity_id: string
  access_token: string
  refresh_token: string | null
  token_type: string
  scope: string | null
  expires_at: number | null
  updated_at: number
}

const SAVE = `
  insert into provider_tokens
    (identity_id, access_token, refresh_token, token_type, scope, expires_at, updated_at)
  values (?, ?, ?, ?, ?, ?, ?)
  on conflict (identity_id) do update set access_token = excluded.access_token, refresh_token = excluded.refresh_token,
    token_type = excluded.token_type, scope = excluded.scope, expires_at = excluded.expires_at,
    updated_at = excluded.updated_at`

export function createTokens(sql: Sql, sealer: Sealer): Tokens {
  return {
    async save(identityId, stored, now) {
      const { tokenType, scope = null, expiresAt = null } = stored
      const { accessToken, refreshToken } = sealTokens(sealer, identityId, stored)
      await sql(SAVE, [identityId, accessToken, refreshToken, tokenType, scope, expiresAt, now])
    },
    async load(identityId) {
      const [row] = await sql<TokenRow>('select * from provider_tokens where identity_id = ?', [identityId])
      return row && openRow(sealer, row)
    },
    async remove(identityId) {
      await sql('delete from provider_tokens where identity_id = ?', [identityId])
    },
  }
}

// A sealed token opens only in the row and the column it was written to, so rows cannot be swapped in the table.
const context = (identityId: string, token: 'access' | 'refresh') => `provider_tokens:${identityId}:${token}`

function sealTokens(sealer: Sealer, identityId: string, { accessToken, refreshToken }: StoredTokens) {
  return {
    accessToken: sealer.seal(accessToken, context(identityId, 'access')),
    refreshToken: refreshToken === undefined ? null : sealer.seal(refreshToken, context(identityId, 'refresh')),
  }
}

/** Undefined if a token does not open: its key has gone, or it was written for another row. */
function openRow(sealer: Sealer, row: TokenRow): StoredTokens | undefined {
  const accessToken = sealer.open(row.access_token, context(row.identity_id, 'access'))
  const refreshToken =
    row.refresh_token === null ? undefined : sealer.open(row.refresh_token, context(row.identity_id, 'refresh'))
  if (accessToken === undefined || (row.refresh_token !== null && refreshToken === undefined)) return undefined
  return {
    accessToken,
    refreshToken,
    tokenType: row.token_type,
    scope: row.scope ?? undefined,
    expiresAt: row.expires_at ?? undefined,
  }
}
