import { isIPv6 } from 'node:net'

/**
 * The key under which the requests of an address are counted. For an IPv6 address it is its /64: one owner has
 * all of it, and could use another address each time. IPv4 counts as it is, also inside an IPv6
 * address that a translator or a tunnel made of it: else all of IPv4 would be one /64.
 */
export function rateLimitKey(address: string): string {
  const bare = address.replace(/%.*$/, '')
  if (!isIPv6(bare)) return address
  const words = wordsOf(bare)
  return embeddedIPv4(words)?.flatMap(bytesOf).join('.') ?? `${words.slice(0, 4).map(hex).join(':')}::/64`
}

/** The prefixes whose last two words are an IPv4 address. */
const IPV4_AT_THE_END = [
  [0, 0, 0, 0, 0, 0xffff], // mapped (RFC 4291, 2.5.5.2)
  [0, 0, 0, 0, 0xffff, 0], // translated, as SIIT writes it (RFC 2765, 2.1)
  [0x64, 0xff9b, 0, 0, 0, 0], // NAT64 and SIIT-DC (RFC 6052, 2.1)
  [0x64, 0xff9b, 1, 0, 0, 0], // the same for one's own network (RFC 8215)
]

/** The two words of the IPv4 address that an IPv6 address was made of. */
function embeddedIPv4(words: readonly number[]): number[] | undefined {
  if (IPV4_AT_THE_END.some(prefix => startsWith(words, prefix))) return words.slice(6)
  // 6to4: everything below 2002:<IPv4>::/48 belongs to one IPv4 address (RFC 3056, 2).
  if (words[0] === 0x2002) return words.slice(1, 3)
  // Teredo: the client's address, each bit turned over; the /64 is that of its server (RFC 4380, 4).
  if (startsWith(words, [0x2001, 0])) return words.slice(6).map(word => word ^ 0xffff)
  return undefined
}

const startsWith = (words: readonly number[], prefix: readonly number[]): boolean =>
  prefix.every((word, index) => words[index] === word)

const hex = (word: number): string => word.toString(16)

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
