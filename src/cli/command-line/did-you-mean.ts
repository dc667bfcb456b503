import { closest, distance } from 'fastest-levenshtein'

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
