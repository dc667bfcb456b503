import { isId } from '../crypto/random.js'
import { didYouMean } from './nearest.js'

/** What a command line says, once it is read. */
export interface Given {
  /** As many as the command takes. */
  people: readonly string[]
  /** The first of them; empty where the command takes none. */
  person: string
  json: boolean
  values: ReadonlyMap<string, string>
  /** The names of options without a value. */
  flags: ReadonlySet<string>
}

interface Wanted {
  /** One `<...>` for each person that the command takes. */
  operands: string
  options?: Readonly<Record<string, string>>
  /** Options whose value may be empty. */
  mayBeEmpty?: readonly string[]
  flags?: readonly string[]
}

/** Reads the arguments of a command; a text says what is wrong with them. */
export function readArguments(args: readonly string[], wanted: Wanted): Given | string {
  const { operands, options = {}, mayBeEmpty = [], flags = [] } = wanted
  const people: string[] = []
  const values = new Map<string, string>()
  const given = new Set<string>()
  let json = false
  const rest = args[Symbol.iterator]()
  for (const argument of rest) {
    // An id of a row may begin with a dash, and is no option for that. No option is as long.
    const [, name, value] = isId(argument) ? [] : (/^-+([^=]*)=?(.*)$/s.exec(argument) ?? [])
    if (name === undefined) people.push(argument)
    else if (argument === '--json') json = true
    else if (flags.some(flag => argument === `--${flag}`)) given.add(name)
    else if (argument.startsWith('--') && Object.hasOwn(options, name)) {
      const said = argument.includes('=') ? value : rest.next().value
      if (said === undefined || (said === '' && !mayBeEmpty.includes(name))) return `--${name} needs a value.`
      values.set(name, said)
    } else return noOption(argument, name, [...Object.keys(options), ...flags, 'json', 'help'])
  }
  const trouble = troubleWithPeople(people, operands)
  return trouble ?? { people, person: people[0] ?? '', json, values, flags: given }
}

const noOption = (argument: string, name: string, names: readonly string[]): string =>
  `There is no option "${argument}" here.${didYouMean(
    `--${name}`,
    names.map(each => `--${each}`),
  )}`

function troubleWithPeople(people: readonly string[], operands: string): string | undefined {
  const wanted = operands.match(/<[^>]*>/g)?.length ?? 0
  if (people.length > wanted) return `"${people[wanted]}" is too much.`
  if (people.length === wanted && !people.includes('')) return undefined
  return wanted === 1
    ? 'Who? Name one person.'
    : 'Who? Name two people: the account that stays, then the one that goes.'
}
