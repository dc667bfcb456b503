import { isId } from '../crypto/random.js'

/** What a command line says, once it is read. */
export interface Given {
  /** Empty where the command takes nobody. */
  person: string
  json: boolean
  values: ReadonlyMap<string, string>
  /** The names of options without a value. */
  flags: ReadonlySet<string>
}

interface Wanted {
  operands: string
  options?: Readonly<Record<string, string>>
  flags?: readonly string[]
}

/** Reads the arguments of a command; a text says what is wrong with them. */
export function readArguments(args: readonly string[], { operands, options = {}, flags = [] }: Wanted): Given | string {
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
      if (!said) return `--${name} needs a value.`
      values.set(name, said)
    } else return `There is no option "${argument}" here.`
  }
  const [person = '', ...more] = people
  if (more.length > 0 || (person && !operands)) return `"${more[0] ?? person}" is too much.`
  if (operands && !person) return 'Who? Name one person.'
  return { person, json, values, flags: given }
}
