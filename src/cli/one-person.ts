import type { ListedUser } from '../store/types.js'
import type { Screen, Verb } from './family.js'
import { linesOfUsers, userForMachines } from './people.js'
import { json, plain } from './terminal.js'
import { type Desk, withStore } from './with-store.js'

const OK = 0
const NOT_ONE = 1
const SAME_NAME_SHOWN = 20

export const PERSON = '<id, login or e-mail>'
export const SOON = 'A running app notices within five seconds.'

/** Says the outcome: a sentence for people, or the same for machines. */
export type Tell = (sentence: string, forMachines: unknown) => void

/** A command about exactly one person: where a name fits nobody or several, it is not run. */
export function aboutOne(act: (desk: Desk, user: ListedUser, tell: Tell) => Promise<void>): Verb['run'] {
  return ({ person, json: forMachines }, screen) =>
    withStore(screen.complain, async desk => {
      const user = await findOne(desk, person, forMachines, screen)
      if (!user) return NOT_ONE
      await act(desk, user, (sentence, machines) => screen.print(forMachines ? json(machines) : sentence))
      return OK
    })
}

/** The person of a command; undefined where there is none or several, which it has said by then. */
export async function findOne(
  desk: Desk,
  person: string,
  forMachines: boolean,
  screen: Screen,
): Promise<ListedUser | undefined> {
  const found = await findPerson(desk, person)
  const [user, ...others] = found
  if (user && others.length === 0) return user
  sayNotOne(person, found, forMachines, screen)
  return undefined
}

/** An id is decisive, whatever logins others give themselves. */
async function findPerson({ store }: Desk, person: string): Promise<ListedUser[]> {
  const byId = await store.users.findListed(person)
  return byId ? [byId] : store.users.findByName(person, SAME_NAME_SHOWN)
}

function sayNotOne(person: string, found: readonly ListedUser[], forMachines: boolean, screen: Screen): void {
  const nobody = found.length === 0
  const error = nobody ? 'nobody_found' : 'several_found'
  if (forMachines) screen.print(json({ error, users: found.map(userForMachines) }))
  else if (!nobody) screen.print(linesOfUsers(found).join('\n'))
  screen.complain(
    nobody
      ? `Nobody has the id, login or e-mail "${plain(person)}".`
      : `"${plain(person)}" fits several people, so nothing was done. Say which one by the id.`,
  )
}

export const nameOf = ({ name, login, id }: Pick<ListedUser, 'name' | 'login' | 'id'>): string =>
  `${plain(name ?? login ?? '', 60)} (${id})`.trim()

/** `1 session`, `2 sessions` */
export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`

export const endedInWords = (ended: number): string =>
  ended === 0 ? 'There was no session to end.' : `${counted(ended, 'session')} ended.`
