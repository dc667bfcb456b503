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
