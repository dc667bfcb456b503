import { closest, distance } from 'fastest-levenshtein'
import { isId } from '../../crypto/random.js'

/** The parsed arguments of a command. */
export interface ParsedArgs {
  /** As many as the command requires. */
  operands: readonly string[]
  /** The first of them; empty for a command without operands. */
  operand: string
  json: boolean
  values: ReadonlyMap<string, string>
  /** The names of options without a value. */
  flags: ReadonlySet<string>
}

interface ArgSpec {
  /** One `<...>` for each operand that the command requires. */
  operands: string
  options?: Readonly<Record<string, string>>
  /** Options whose value may be empty. */
  mayBeEmpty?: readonly string[]
  flags?: readonly string[]
}

/** Parses the arguments of a command. A returned text says what is wrong with them. */
export function parseArguments(args: readonly string[], spec: ArgSpec): ParsedArgs | string {
  const { options = {}, mayBeEmpty = [], flags = [] } = spec
  const operands: string[] = []
  const values = new Map<string, string>()
  const seenFlags = new Set<string>()
  let json = false
  const rest = args[Symbol.iterator]()
  for (const argument of rest) {
    // An id may begin with a dash and is not an option; no option is as long as an id.
    const [, name, value] = isId(argument) ? [] : (/^-+([^=]*)=?(.*)$/s.exec(argument) ?? [])
    if (name === undefined) operands.push(argument)
    else if (argument === '--json') json = true
    else if (flags.some(flag => argument === `--${flag}`)) seenFlags.add(name)
    else if (argument.startsWith('--') && Object.hasOwn(options, name)) {
      const optionValue = argument.includes('=') ? value : rest.next().value
      if (optionValue === undefined || (optionValue === '' && !mayBeEmpty.includes(name)))
        return `--${name} needs a value.`
      values.set(name, optionValue)
    } else return unknownOption(argument, name, [...Object.keys(options), ...flags, 'json', 'help'])
  }
  const problem = problemOfOperands(operands, spec.operands)
  return problem ?? { operands, operand: operands[0] ?? '', json, values, flags: seenFlags }
}

const unknownOption = (argument: string, name: string, names: readonly string[]): string =>
  `There is no option "${argument}" here.${didYouMean(
    `--${name}`,
    names.map(each => `--${each}`),
  )}`

function problemOfOperands(operands: readonly string[], usage: string): string | undefined {
  const expected = usage.match(/<[^>]*>/g)?.length ?? 0
  if (operands.length > expected) return `"${operands[expected]}" is one argument too many.`
  if (operands.length === expected && !operands.includes('')) return undefined
  return expected === 1
    ? 'Which user? Name one.'
    : 'Which users? Name two: the account that stays, then the account that is merged into it.'
}

/** The word that is most similar to a mistyped one; undefined where none is similar. */
export function nearestWord(word: string, words: readonly string[]): string | undefined {
  if (word === '' || words.length === 0) return undefined
  const written = word.toLowerCase()
  const right = closest(written, words)
  if (distance(written, right) <= right.length / 2) return right
  const startingWithIt = words.filter(each => each.startsWith(written))
  return startingWithIt.length === 1 ? startingWithIt[0] : undefined
}

/** ` Did you mean users?`, or nothing. */
export function didYouMean(word: string, words: readonly string[]): string {
  const right = nearestWord(word, words)
  return right === undefined ? '' : ` Did you mean ${right}?`
}
