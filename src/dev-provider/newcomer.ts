import { createHash } from 'node:crypto'
import type { Newcomer } from './pages.js'
import type { Params } from './params.js'
import { findPerson, type Person } from './people.js'

/** Nobody can be called what was typed: the page is shown again, with what is wrong at its field. */
export class ImpossibleNewcomer extends Error {
  override readonly name = 'ImpossibleNewcomer'
  constructor(
    readonly params: Params,
    readonly problem: NonNullable<Newcomer['problem']>,
  ) {
    super(problem.text)
  }
}

export const typedNewcomer = (params: Params, problem: Newcomer['problem'] = null): Newcomer => ({
  login: params.get('new_login') ?? '',
  name: params.get('new_name') ?? '',
  email: params.get('new_email') ?? '',
  problem,
})

/**
 * The person typed into "Somebody new".
 * @throws ImpossibleNewcomer if the login is malformed or taken, the name too long or the e-mail not one
 */
export function readNewcomer(params: Params): Person {
  const refuse = (field: 'login' | 'name' | 'email', text: string) => new ImpossibleNewcomer(params, { field, text })
  const login = params.get('new_login')?.trim() ?? ''
  const name = params.get('new_name')?.trim() || null
  const email = params.get('new_email')?.trim()
  if (!/^[a-z0-9-]{1,39}$/i.test(login))
    throw refuse('login', 'A login has 1 to 39 letters (a to z), digits and hyphens.')
  if (findPerson(login.toLowerCase()))
    throw refuse('login', 'A person in the list has this login. Choose that person, or another login.')
  if (name && name.length > 256) throw refuse('name', 'A name has 256 characters at most.')
  if (email && !/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(email))
    throw refuse('email', 'An e-mail address looks like zoe@example.org.')
  return {
    id: idOf(login),
    login,
    name,
    emails: email ? [{ email, primary: true, verified: true, visibility: 'public' }] : [],
    repositories: [],
    memberships: [],
    tag: 'new',
  }
}

/** Always the same for a login, whatever its case: 2^30 to 2^31 - 1, where no built-in person is. */
function idOf(login: string): bigint {
  const hash = createHash('sha256').update(login.toLowerCase()).digest().readUInt32BE()
  return BigInt(2 ** 30 + (hash % 2 ** 30))
}
