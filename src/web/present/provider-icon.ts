import { initial } from './user.js'

/** The number of `tone-` classes in the stylesheet. */
const TONE_COUNT = 8

/** The icon of a provider beside its label: not its logo, which is protected, but its initial on a tone of its own. */
export const iconOf = (name: string, label: string): { initial: string; tone: number } => ({
  initial: initial(label),
  tone: toneOf(name),
})

/** From the name, because the label may be changed. The primes give well-known providers different tones. */
function toneOf(name: string): number {
  let sum = 0
  for (let index = 0; index < name.length; index++) sum = (sum * 41 + name.charCodeAt(index)) % 509
  return 1 + (sum % TONE_COUNT)
}
