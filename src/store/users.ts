import { randomId } from '../crypto/random.js'
import type { Sql } from './sql.js'
import type { User, UserFacts, Users } from './types.js'

/** A row of `users`; SQLite has 0 and 1 for false and true. */
export interface UserRow {
  id: string
  name: string | null
  login: string | null
  email: string | null
  email_verified: boolean | 0 | 1
  picture: string | null
  disabled_at: number | null
  created_at: number
  updated_at: number
}

const UPDATE =
  'update users set name = ?, login = ?, email = ?, email_verified = ?, picture = ?, updated_at = ? where id = ?'

const INSERT = `insert into users (id, name, login, email, email_verified, picture, created_at, updated_at)
  values (?, ?, ?, ?, ?, ?, ?, ?)`

export function createUsers(sql: Sql): Users {
  return {
    async create(facts, now) {
      const id = randomId()
      await sql(INSERT, [id, ...factsOf(facts), now, now])
      const { name, login, email, emailVerified, picture } = facts
      return { id, name, login, email, emailVerified, picture, disabledAt: null, createdAt: now, updatedAt: now }
    },
    async find(id) {
      const [row] = await sql<UserRow>('select * from users where id = ?', [id])
      return row && toUser(row)
    },
    async update(id, facts, now) {
      await sql(UPDATE, [...factsOf(facts), now, id])
    },
  }
}

// Named one by one: what a provider sends beside them never becomes a column.
const factsOf = ({ name, login, email, emailVerified, picture }: UserFacts) =>
  [name, login, email, emailVerified, picture] as const

export function toUser(row: UserRow): User {
  return {
    id: row.id,
    name: row.name,
    login: row.login,
    email: row.email,
    emailVerified: Boolean(row.email_verified),
    picture: row.picture,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
