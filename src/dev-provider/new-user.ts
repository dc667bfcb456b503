import { createHash } from 'node:crypto'
import type { NewUserForm } from './pages.js'
import type { RequestParams } from './params.js'
import { findTestUser, type TestUser } from './users.js'

/** What was typed makes no user: the page is shown again, with the problem at its field. */
export class InvalidNewUser extends Error {
  override readonly name = 'InvalidNewUser'
  constructor(
    readonly params: RequestParams,
    readonly problem: NonNullable<NewUserForm['problem']>,
  ) {
    super(problem.text)
  }
}

export const newUserForm = (params: RequestParams, problem: NewUserForm['problem'] = null): NewUserForm => ({
  login: params.get('new_login') ?? '',
  name: params.get('new_name') ?? '',
  email: params.get('new_email') ?? '',
  problem,
})

/**
 * The user typed into "Somebody new".
 * @throws InvalidNewUser if the login is malformed or taken, the name too long or the e-mail not one
 */
export function readNewUser(params: RequestParams): TestUser {
  const invalid = (field: 'login' | 'name' | 'email', text: string) => new InvalidNewUser(params, { field, text })
  const login = params.get('new_login')?.trim() ?? ''
  const name = params.get('new_name')?.trim() || null
  const email = params.get('new_email')?.trim()
  if (!/^[a-z0-9-]{1,39}$/i.test(login))
    throw invalid('login', 'A login has 1 to 39 letters (a to z), digits and hyphens.')
  if (findTestUser(login.toLowerCase()))
    throw invalid('login', 'A person in the list has this login. Choose that person, or another login.')
  if (name && name.length > 256) throw invalid('name', 'A name has 256 characters at most.')
  if (email && !/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(email))
    throw invalid('email', 'An e-mail address looks like zoe@example.org.')
  return {
    id: userId(login),
    login,
    name,
    emails: email ? [{ email, primary: true, verified: true, visibility: 'public' }] : [],
    repositories: [],
    memberships: [],
    tag: 'new',
  }
}

/** Always the same for a login, in upper or lower case: 2^30 to 2^31 - 1, where no built-in user has an id. */
function userId(login: string): bigint {
  const hash = createHash('sha256').update(login.toLowerCase()).digest().readUInt32BE()
  return BigInt(2 ** 30 + (hash % 2 ** 30))
}
