import { createHash } from 'node:crypto'
import type { Params } from './params.js'
import { findPerson, type Person } from './people.js'
import { Refusal } from './refusal.js'

/**
 * The person typed into "Somebody new".
 * @throws Refusal if the login is malformed or taken, the name too long or the e-mail not one
 */
export function readNewcomer(params: Params): Person {
  const login = params.get('new_login')?.trim() ?? ''
  const name = params.get('new_name')?.trim() || null
  const email = params.get('new_email')?.trim()
  if (!/^[a-z0-9-]{1,39}$/i.test(login)) throw refuse('A login has 1 to 39 letters, digits and hyphens.', login)
  if (findPerson(login.toLowerCase())) throw refuse('Somebody here has this login already: choose them above.', login)
  if (name && name.length > 256) throw refuse('A name may have 256 characters at most.')
  if (email && !/^[^\s@]{1,64}@[^\s@]{1,255}$/.test(email)) throw refuse('This is no e-mail address.', email)
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

const refuse = (text: string, detail: string | null = null) =>
  new Refusal(400, 'This person cannot exist', `${text} Go back and try again.`, detail)
