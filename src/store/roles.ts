import type { Sql } from './sql.js'
import type { Roles } from './types.js'

const INSERT = 'insert into user_roles (identity_id, role) values (?, ?) on conflict do nothing'

export function createRoles(sql: Sql): Roles {
  return {
    async ofIdentity(identityId) {
      const rows = await sql<{ role: string }>('select role from user_roles where identity_id = ?', [identityId])
      return rows.map(({ role }) => role).sort()
    },
    async replace(identityId, roles) {
      await sql('delete from user_roles where identity_id = ?', [identityId])
      for (const role of roles) await sql(INSERT, [identityId, role])
    },
  }
}
