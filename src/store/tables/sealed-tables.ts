import type { SealedRowKey } from '../types.js'

/** A table that keeps values sealed. */
interface SealedTable {
  key: string
  /** Its sealed columns, and what each is called inside its seal. */
  columns: Readonly<Record<string, string>>
}

/** What is listed here is counted by key, and sealed anew when keys rotate. */
export const SEALED_TABLES: Readonly<Record<SealedRowKey['table'], SealedTable>> = {
  provider_tokens: {
    key: 'identity_id',
    columns: { access_token: 'access', token_secret: 'secret', refresh_token: 'refresh' },
  },
  sessions: { key: 'handle_hash', columns: { id_token: 'id_token' } },
}

/** A sealed value opens only in the row and the column it was written to, so rows cannot be swapped in the table. */
export const sealContext = (table: SealedRowKey['table'], row: string, name: string): string =>
  `${table}:${row}:${name}`
