import { keyIdOf, type Sealer } from '../../crypto/keys.js'
import type { Sql } from '../db/sql.js'
import type { SealedRow, SealedRowKey, SealedRows } from '../types.js'

type SealedTableName = SealedRowKey['table']
type SealedValues = SealedRow['values']
type ReadRow = { row: string } & Record<string, string | null>

/** A table that holds sealed values. */
interface SealedTable {
  key: string
  /** The sealed columns, and the name of each in the context of its seal. */
  columns: Readonly<Record<string, string>>
}

/** A rotation of keys counts and reseals what is listed here. */
const SEALED_TABLES: Readonly<Record<SealedTableName, SealedTable>> = {
  provider_tokens: {
    key: 'identity_id',
    columns: { access_token: 'access', token_secret: 'secret', refresh_token: 'refresh' },
  },
  sessions: { key: 'handle_hash', columns: { id_token: 'id_token' } },
}

/** A sealed value opens only in the row and column that it was written to, so values cannot be swapped in the table. */
export const sealContext = (table: SealedTableName, row: string, name: string): string => `${table}:${row}:${name}`

const TABLES: readonly SealedTableName[] = ['provider_tokens', 'sessions']

export function createSealedRows(sql: Sql, sealer: Sealer): SealedRows {
  async function readTable(table: SealedTableName, after: string, limit: number): Promise<SealedRow[]> {
    const rows = await sql<ReadRow>(STATEMENTS[table].read, [after, limit])
    return rows.map(({ row, ...columns }) => {
      const values = Object.keys(SEALED_TABLES[table].columns).map(column => columns[column] ?? null)
      return { table, row, values, ...oldestKeyOf(sealer, values) }
    })
  }

  return {
    async count() {
      let sum = 0
      for (const table of TABLES) sum += (await sql<{ count: number }>(STATEMENTS[table].count))[0]?.count ?? 0
      return sum
    },
    async read(after, limit) {
      const found: SealedRow[] = []
      for (const table of TABLES.slice(after && TABLES.indexOf(after.table))) {
        const row = table === after?.table ? after.row : ''
        found.push(...(await readTable(table, row, limit - found.length)))
        if (found.length === limit) break
      }
      return found
    },
    reseal({ table, row, values }) {
      const names = Object.values(SEALED_TABLES[table].columns)
      const resealed = values.map(
        (sealed, index) => sealed && resealValue(sealer, sealed, sealContext(table, row, names[index] ?? '')),
      )
      return resealed.includes(undefined) ? undefined : resealed.map(value => value ?? null)
    },
    async replace({ table, row, values }, resealed) {
      const replaced = await sql(STATEMENTS[table].replace, [...resealed, row, ...values], `reseal-${table}`)
      return replaced.length > 0
    },
  }
}

const STATEMENTS = {
  provider_tokens: createStatements('provider_tokens'),
  sessions: createStatements('sessions'),
}

function createStatements(table: SealedTableName) {
  const { key, columns: named } = SEALED_TABLES[table]
  const columns = Object.keys(named)
  const each = (condition: string) => columns.map(column => `${column} ${condition}`)
  const sealed = each('is not null').join(' or ')
  // No two seals are equal, so a row that was written in the meantime no longer matches.
  const unchanged = each('is not distinct from ?').join(' and ')
  return {
    count: `select count(*) as count from ${table} where ${sealed}`,
    read: `select ${key} as "row", ${columns} from ${table} where ${key} > ? and (${sealed}) order by ${key} limit ?`,
    replace: `update ${table} set ${each('= ?')} where ${key} = ? and ${unchanged} returning ${key}`,
  }
}

function resealValue(sealer: Sealer, sealed: string, context: string): string | undefined {
  const text = sealer.open(sealed, context)
  return text === undefined ? undefined : sealer.seal(text, context)
}

function oldestKeyOf({ keyIds }: Sealer, values: SealedValues): Pick<SealedRow, 'keyId' | 'key'> {
  const sealed = values.filter(value => value !== null)
  const age = (id: string) => (keyIds.includes(id) ? keyIds.indexOf(id) : keyIds.length)
  const keyId = sealed.map(keyIdOf).reduce((oldest, id) => (age(id) > age(oldest) ? id : oldest))
  const key = age(keyId) === 0 ? 'newest' : age(keyId) < keyIds.length ? 'older' : 'unknown'
  return { keyId, key }
}
