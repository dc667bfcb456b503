import type { Sql } from '../db/sql.js'
import type { RoleTable } from '../types.js'

const INSERT = 'insert into user_roles (identity_id, role) values (?, ?) on conflict do nothing'

export function createRoleTable(sql: Sql): RoleTable {
  return {
    async listOfIdentity(identityId) {
      const rows = await sql<{ role: string }>('select role from user_roles where identity_id = ?', [identityId])
      return rows.map(({ role }) => role).sort()
    },
    async replace(identityId, roles) {
      await sql('delete from user_roles where identity_id = ?', [identityId])
      for (const role of roles) await sql(INSERT, [identityId, role])
    },
  }
}
