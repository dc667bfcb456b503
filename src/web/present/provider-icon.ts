import { initial } from './user.js'

/** As many as the stylesheet has classes for. */
const TONE_COUNT = 8

/** What stands for a provider beside its label: no artwork of anybody's, but its initial on a tone of its own. */
export const iconOf = (name: string, label: string): { initial: string; tone: number } => ({
  initial: initial(label),
  tone: toneOf(name),
})

/** From the name, because the label may be changed. The primes are such that well-known neighbours get different ones. */
function toneOf(name: string): number {
  let sum = 0
  for (let index = 0; index < name.length; index++) sum = (sum * 41 + name.charCodeAt(index)) % 509
  return 1 + (sum % TONE_COUNT)
}
