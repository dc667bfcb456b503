import { randomId } from '../../crypto/random.js'
import type { Sql } from '../db/sql.js'
import type { ListedUser, User, UserFields, UserTable } from '../types.js'

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

const UPDATE_FIELDS =
  'update users set name = ?, login = ?, email = ?, email_verified = ?, picture = ?, updated_at = ? where id = ?'

const INSERT = `insert into users (id, name, login, email, email_verified, picture, created_at, updated_at)
  values (?, ?, ?, ?, ?, ?, ?, ?)`

interface ListedRow extends UserRow {
  providers: string | null
  last_sign_in_at: number | null
}

const LISTED = `
  select u.*,
    (select max(i.last_sign_in_at) from identities i where i.user_id = u.id) as last_sign_in_at,
    (select string_agg(p.provider, ',' order by p.provider)
      from (select distinct i.provider from identities i where i.user_id = u.id) p) as providers
  from users u`

const LIST = `${LISTED} where u.id > ? order by u.id limit ?`

const FIND_BY_LOGIN_OR_EMAIL = `${LISTED}
  where u.login = ? or lower(u.email) = lower(?)
    or u.id in (select i.user_id from identities i where i.login = ? or lower(i.email) = lower(?))
  order by u.id limit ?`

const DISABLE = 'update users set disabled_at = coalesce(disabled_at, ?), updated_at = ? where id = ?'

/** Events of refused sign-ins have no user id, but the provider's id of the user (subject). */
const REMOVE_REFUSALS = `delete from events where subject is not null and user_id is null and exists (
  select 1 from identities i where i.user_id = ? and i.provider = events.provider and i.subject = events.subject)`

export function createUserTable(sql: Sql): UserTable {
  return {
    async create(fields, now) {
      const id = randomId()
      await sql(INSERT, [id, ...columnValues(fields), now, now])
      const { name, login, email, emailVerified, picture } = fields
      return { id, name, login, email, emailVerified, picture, disabledAt: null, createdAt: now, updatedAt: now }
    },
    async find(id) {
      const [row] = await sql<UserRow>('select * from users where id = ?', [id])
      return row && toUser(row)
    },
    async update(id, fields, now) {
      await sql(UPDATE_FIELDS, [...columnValues(fields), now, id])
    },
    async list(after, limit) {
      return (await sql<ListedRow>(LIST, [after, limit])).map(toListed)
    },
    async findListed(id) {
      const [row] = await sql<ListedRow>(`${LISTED} where u.id = ?`, [id])
      return row && toListed(row)
    },
    async findByLoginOrEmail(loginOrEmail, limit) {
      return (
        await sql<ListedRow>(FIND_BY_LOGIN_OR_EMAIL, [loginOrEmail, loginOrEmail, loginOrEmail, loginOrEmail, limit])
      ).map(toListed)
    },
    async disable(id, now) {
      await sql(DISABLE, [now, now, id])
    },
    async enable(id, now) {
      await sql('update users set disabled_at = null, updated_at = ? where id = ?', [now, id])
    },
    async lock(id, now) {
      return (await sql('update users set updated_at = ? where id = ? returning id', [now, id])).length > 0
    },
    async remove(id) {
      await sql(REMOVE_REFUSALS, [id])
      await sql('delete from users where id = ?', [id])
    },
  }
}

// The fields are named one by one, so that other fields of an object never become columns.
const columnValues = ({ name, login, email, emailVerified, picture }: UserFields) =>
  [name, login, email, emailVerified, picture] as const

const toListed = (row: ListedRow): ListedUser => ({
  ...toUser(row),
  providers: row.providers?.split(',') ?? [],
  lastSignInAt: row.last_sign_in_at,
})

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
