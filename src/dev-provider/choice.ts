import { readNewcomer } from './newcomer.js'
import type { Choice } from './pages.js'
import type { Params } from './params.js'
import { describePerson, findPerson, PEOPLE, type Person } from './people.js'
import { Refusal } from './refusal.js'

/** What a fault is called, in the form and on the page. */
export interface Named {
  name: string
  label: string
}

/** Faults that the page shows together. */
export interface FaultGroup<Fault extends Named = Named> {
  title: string
  faults: readonly Fault[]
}

/** What every page of choice shows, whichever face it belongs to. */
export const describeChoice = (
  asking: Omit<Choice, 'hidden' | 'people'>,
  params: Params,
  carried: readonly string[],
): Choice => ({
  ...asking,
  faultGroups: asking.faultGroups.map(({ title, faults }) => ({
    title,
    faults: faults.map(({ name, label }) => ({ name, label })),
  })),
  hidden: carried.map(name => ({ name, value: params.get(name) ?? '' })).filter(({ value }) => value),
  people: PEOPLE.map(person => ({
    login: person.login,
    name: person.name,
    initial: initialOf(person),
    detail: describePerson(person),
    tag: person.tag,
  })),
})

function initialOf({ name, login }: Person): string {
  const [first] = new Intl.Segmenter().segment(name ?? login)
  return (first?.segment ?? '').toUpperCase()
}

/**
 * Who was chosen, or typed in.
 * @throws Refusal if there is nobody of that login, or nobody could be
 */
export function readPerson(params: Params): Person {
  const login = params.get('person')
  if (login === undefined) return readNewcomer(params)
  const person = findPerson(login)
  if (person) return person
  throw new Refusal(400, 'Nobody here has this login', 'Go back and choose somebody from the list.', `person=${login}`)
}

/**
 * What was chosen to go wrong.
 * @throws Refusal if this face knows no such fault
 */
export function readFault<Fault extends Named>(params: Params, faults: readonly Fault[]): Fault | undefined {
  const name = params.get('fault')
  if (name === undefined) return undefined
  const fault = faults.find(known => known.name === name)
  if (fault) return fault
  throw new Refusal(400, 'Nothing can go wrong this way', 'There is no such fault.', `fault=${name}`)
}
