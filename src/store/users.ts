import type { Knex } from 'knex'
import { randomId } from '../crypto/random.js'
import { ask, askFor } from './ask.js'
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

export function createUsers(db: Knex): Users {
  const users = () => db<UserRow>('users')

  return {
    async create(facts, now) {
      const row = { id: randomId(), ...columns(facts), disabled_at: null, created_at: now, updated_at: now }
      await ask(() => users().insert(row))
      return toUser(row)
    },
    async find(id) {
      const [row] = await askFor<UserRow>(db, 'select * from users where id = ?', [id])
      return row && toUser(row)
    },
    async update(id, facts, now) {
      const { name, login, email, emailVerified, picture } = facts
      await askFor(db, UPDATE, [name, login, email, emailVerified, picture, now, id])
    },
  }
}

// Named one by one: what a provider sends beside them never becomes a column.
function columns(facts: UserFacts) {
  return {
    name: facts.name,
    login: facts.login,
    email: facts.email,
    email_verified: facts.emailVerified,
    picture: facts.picture,
  }
}

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
