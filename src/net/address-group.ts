import { isIPv6 } from 'node:net'

const V4_MAPPED = [0, 0, 0, 0, 0, 0xffff]

/**
 * Whom an address stands for when visitors are counted. An IPv6 address stands for its /64: that much belongs to
 * whoever has one of it, so they could come from another address each time. IPv4 counts as it is, mapped or not.
 */
export function addressGroup(address: string): string {
  const bare = address.replace(/%.*$/, '')
  if (!isIPv6(bare)) return address
  const words = wordsOf(bare)
  if (V4_MAPPED.every((word, index) => words[index] === word)) return words.slice(6).flatMap(bytesOf).join('.')
  return `${words
    .slice(0, 4)
    .map(word => word.toString(16))
    .join(':')}::/64`
}

/** The eight words of an IPv6 address. */
function wordsOf(address: string): number[] {
  const [before = '', after = ''] = address.split('::')
  const head = readWords(before)
  const tail = readWords(after)
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

const readWords = (text: string): number[] => (text === '' ? [] : text.split(':').flatMap(readPart))

/** The last part may be an IPv4 address, which is two words. */
function readPart(part: string): number[] {
  if (!part.includes('.')) return [Number.parseInt(part, 16)]
  const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

const bytesOf = (word: number): number[] => [word >> 8, word & 255]
