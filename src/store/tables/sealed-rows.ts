import { keyIdOf, type Sealer } from '../../crypto/keys.js'
import type { Sql } from '../db/sql.js'
import type { SealedRow, SealedRowKey, SealedRows } from '../types.js'
import { SEALED_TABLES, sealContext } from './sealed-tables.js'

type Table = SealedRowKey['table']
type SealedValues = SealedRow['values']
type Row = { row: string } & Record<string, string | null>

const TABLES: readonly Table[] = ['provider_tokens', 'sessions']

export function createSealedRows(sql: Sql, sealer: Sealer): SealedRows {
  async function readTable(table: Table, after: string, limit: number): Promise<SealedRow[]> {
    const rows = await sql<Row>(STATEMENTS[table].read, [after, limit])
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
      const anew = values.map(
        (sealed, at) => sealed && resealValue(sealer, sealed, sealContext(table, row, names[at] ?? '')),
      )
      return anew.includes(undefined) ? undefined : anew.map(value => value ?? null)
    },
    async replace({ table, row, values }, anew) {
      const replaced = await sql(STATEMENTS[table].replace, [...anew, row, ...values], `reseal-${table}`)
      return replaced.length > 0
    },
  }
}

const STATEMENTS = {
  provider_tokens: createStatements('provider_tokens'),
  sessions: createStatements('sessions'),
}

function createStatements(table: Table) {
  const { key, columns: named } = SEALED_TABLES[table]
  const columns = Object.keys(named)
  const each = (condition: string) => columns.map(column => `${column} ${condition}`)
  const sealed = each('is not null').join(' or ')
  // No two seals are alike, so a row that somebody wrote meanwhile fits no more.
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
