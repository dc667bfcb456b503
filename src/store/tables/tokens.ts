import type { Sealer } from '../../crypto/keys.js'
import type { Sql } from '../db/sql.js'
import type { StoredTokens, TokenStore } from '../types.js'
import { sealContext } from './sealed-rows.js'

type OpenTokens = Pick<StoredTokens, 'accessToken' | 'tokenSecret' | 'refreshToken'>

interface SealedTokens {
  accessToken: string
  tokenSecret: string | null
  refreshToken: string | null
}

interface TokenRow {
  identity_id: string
  access_token: string
  token_secret: string | null
  refresh_token: string | null
  token_type: string
  scope: string | null
  expires_at: number | null
  refresh_expires_at: number | null
  updated_at: number
}

const SAVE = `
  insert into provider_tokens
    (identity_id, access_token, token_secret, refresh_token, token_type, scope, expires_at,
      refresh_expires_at, updated_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (identity_id) do update set access_token = excluded.access_token,
    token_secret = excluded.token_secret, refresh_token = excluded.refresh_token,
    token_type = excluded.token_type, scope = excluded.scope, expires_at = excluded.expires_at,
    refresh_expires_at = excluded.refresh_expires_at, updated_at = excluded.updated_at`

type ScopeRow = Pick<TokenRow, 'identity_id' | 'scope'>
const SCOPES = 'select identity_id, scope from provider_tokens where identity_id in'

export function createTokenTable(sql: Sql, sealer: Sealer): TokenStore {
  return {
    async save(identityId, tokens, now) {
      const { tokenType, scope = null, expiresAt = null, refreshExpiresAt = null } = tokens
      const { accessToken, tokenSecret, refreshToken } = sealTokens(sealer, identityId, tokens)
      const times = [expiresAt, refreshExpiresAt, now]
      await sql(SAVE, [identityId, accessToken, tokenSecret, refreshToken, tokenType, scope, ...times])
    },
    async load(identityId) {
      const [row] = await sql<TokenRow>('select * from provider_tokens where identity_id = ?', [identityId])
      return row && openRow(sealer, row)
    },
    async remove(identityId) {
      await sql('delete from provider_tokens where identity_id = ?', [identityId])
    },
    async scopesOf(identityIds) {
      if (identityIds.length === 0) return new Map()
      const placeholders = identityIds.map(() => '?').join(', ')
      const rows = await sql<ScopeRow>(`${SCOPES} (${placeholders})`, identityIds)
      return new Map(rows.map(row => [row.identity_id, row.scope ?? undefined]))
    },
  }
}

const tokenContext = (identityId: string, token: 'access' | 'secret' | 'refresh') =>
  sealContext('provider_tokens', identityId, token)

function sealTokens(sealer: Sealer, identityId: string, tokens: OpenTokens): SealedTokens {
  const { accessToken, tokenSecret, refreshToken } = tokens
  const sealIfDefined = (token: string | undefined, kind: 'secret' | 'refresh') =>
    token === undefined ? null : sealer.seal(token, tokenContext(identityId, kind))
  return {
    accessToken: sealer.seal(accessToken, tokenContext(identityId, 'access')),
    tokenSecret: sealIfDefined(tokenSecret, 'secret'),
    refreshToken: sealIfDefined(refreshToken, 'refresh'),
  }
}

/** Undefined if a token does not open: its key is not configured, or it was written for another row. */
function openTokens(sealer: Sealer, identityId: string, sealed: SealedTokens): OpenTokens | undefined {
  const accessToken = sealer.open(sealed.accessToken, tokenContext(identityId, 'access'))
  const [tokenSecret, refreshToken] = [
    openOrNull(sealer, sealed.tokenSecret, tokenContext(identityId, 'secret')),
    openOrNull(sealer, sealed.refreshToken, tokenContext(identityId, 'refresh')),
  ]
  if (accessToken === undefined || tokenSecret === null || refreshToken === null) return undefined
  return { accessToken, tokenSecret, refreshToken }
}

function openRow(sealer: Sealer, row: TokenRow): StoredTokens | undefined {
  const { access_token: accessToken, token_secret: tokenSecret, refresh_token: refreshToken } = row
  const tokens = openTokens(sealer, row.identity_id, { accessToken, tokenSecret, refreshToken })
  if (tokens === undefined) return undefined
  return {
    ...tokens,
    tokenType: row.token_type,
    scope: row.scope ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    refreshExpiresAt: row.refresh_expires_at ?? undefined,
  }
}

/** Undefined if there is no token, null if it does not open. */
const openOrNull = (sealer: Sealer, sealed: string | null, context: string): string | undefined | null =>
  sealed === null ? undefined : (sealer.open(sealed, context) ?? null)
