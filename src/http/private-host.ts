/**
 * Whether a host, as the URL parser spells it, is this machine or in a private network. Only the text counts: the
 * addresses of a name are checked when the connection is made.
 */
export function isPrivateHost(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '')
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  if (name.startsWith('[')) return isPrivateIPv6(ipv6Words(name.slice(1, -1)))
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) && isPrivateIPv4(name.split('.').map(Number))
}

/**
 * The addresses that no provider on the internet has (RFC 6890): private, shared, loopback, link-local, not for hosts.
 */
function isPrivateIPv4([a = 0, b = 0, c = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return true
  if (a === 100) return b >= 64 && b < 128
  if (a === 172) return b >= 16 && b < 32
  if (a === 192) return b === 168 || (b === 0 && c === 0)
  return (a === 169 && b === 254) || (a === 198 && (b === 18 || b === 19))
}

/**
 * Only 2000::/3 is assigned to the internet. An address of NAT64 (RFC 6052, 2.1) or of 6to4 counts as the IPv4 address
 * in it. The prefixes for private networks count as private: 64:ff9b:1::/48 (RFC 8215), and 2001::/23, which has no
 * hosts of the internet: Teredo, benchmarks, ORCHID (RFC 6890).
 */
function isPrivateIPv6(words: readonly number[]): boolean {
  const [first = 0, second = 0, third = 0] = words
  if (startsWith(words, NAT64_PREFIX)) return isPrivateIPv4(ipv4Bytes(words.slice(6)))
  if (first === 0x2002) return isPrivateIPv4(ipv4Bytes([second, third]))
  if (first === 0x2001) return second < 0x200
  return first < 0x2000 || first > 0x3fff
}

/** The eight words of an IPv6 address, also of one that ends with an IPv4 address. */
export function ipv6Words(address: string): number[] {
  const [head = [], tail = []] = address.split('::').map(readWords)
  return [...head, ...Array<number>(Math.max(0, 8 - head.length - tail.length)).fill(0), ...tail]
}

const readWords = (text: string): number[] => (text === '' ? [] : text.split(':').flatMap(readPart))

/** The last part may be an IPv4 address, which is two words. */
function readPart(part: string): number[] {
  if (!part.includes('.')) return [Number.parseInt(part, 16)]
  const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

export const startsWith = (words: readonly number[], prefix: readonly number[]): boolean =>
  prefix.every((word, index) => words[index] === word)

/** The IPv4 address in the words of an IPv6 address. */
export const ipv4Bytes = (words: readonly number[]): number[] => words.flatMap(word => [word >> 8, word & 255])

/** 64:ff9b::/96, of NAT64 and SIIT-DC (RFC 6052, 2.1). */
export const NAT64_PREFIX: readonly number[] = [0x64, 0xff9b, 0, 0, 0, 0]

/** ::ffff:0:0/96, of mapped addresses (RFC 4291, 2.5.5.2). */
export const MAPPED_PREFIX: readonly number[] = [0, 0, 0, 0, 0, 0xffff]
