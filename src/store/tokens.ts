import type { Knex } from 'knex'
import type { Sealer } from '../crypto/keys.js'
import { ask } from './ask.js'
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

export function createTokens(db: Knex, sealer: Sealer): Tokens {
  const tokens = () => db<TokenRow>('provider_tokens')

  return {
    async save(identityId, stored, now) {
      const row = { ...sealRow(sealer, identityId, stored), updated_at: now }
      await ask(() => tokens().insert(row).onConflict('identity_id').merge())
    },
    async load(identityId) {
      const row = await ask(() => tokens().where({ identity_id: identityId }).first())
      return row && openRow(sealer, row)
    },
    async remove(identityId) {
      await ask(() => tokens().where({ identity_id: identityId }).delete())
    },
  }
}

// A sealed token opens only in the row and the column it was written to, so rows cannot be swapped in the table.
const context = (identityId: string, token: 'access' | 'refresh') => `provider_tokens:${identityId}:${token}`

function sealRow(sealer: Sealer, identityId: string, stored: StoredTokens) {
  const { accessToken, refreshToken } = stored
  return {
    identity_id: identityId,
    access_token: sealer.seal(accessToken, context(identityId, 'access')),
    refresh_token: refreshToken === undefined ? null : sealer.seal(refreshToken, context(identityId, 'refresh')),
    token_type: stored.tokenType,
    scope: stored.scope ?? null,
    expires_at: stored.expiresAt ?? null,
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
