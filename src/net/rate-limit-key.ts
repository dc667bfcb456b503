import { isIPv6 } from 'node:net'
import { ipv4Bytes, ipv6Words, MAPPED_PREFIX, NAT64_PREFIX, startsWith } from '../http/private-host.js'

/**
 * The key under which the requests of an address are counted. For an IPv6 address it is its /64: one owner has all of
 * it, and could use another address for each request. An IPv4 address is its own key, also inside an IPv6 address that
 * a translator or a tunnel made of it: otherwise all of IPv4 would be one /64.
 */
export function rateLimitKey(address: string): string {
  const bare = address.replace(/%.*$/, '')
  if (!isIPv6(bare)) return address
  const words = ipv6Words(bare)
  const embedded = embeddedIPv4(words)
  if (embedded) return ipv4Bytes(embedded).join('.')
  return `${words.slice(0, 4).map(hex).join(':')}::/64`
}

/** The prefixes of addresses whose last two words are an IPv4 address. */
const IPV4_AT_THE_END = [
  MAPPED_PREFIX,
  [0, 0, 0, 0, 0xffff, 0], // translated, as SIIT writes it (RFC 2765, 2.1)
  NAT64_PREFIX,
  [0x64, 0xff9b, 1, 0, 0, 0], // the same for local networks (RFC 8215)
]

/** The two words of the IPv4 address inside an IPv6 address. */
function embeddedIPv4(words: readonly number[]): number[] | undefined {
  if (IPV4_AT_THE_END.some(prefix => startsWith(words, prefix))) return words.slice(6)
  // 6to4: all of 2002:<IPv4>::/48 belongs to one IPv4 address (RFC 3056, 2).
  if (words[0] === 0x2002) return words.slice(1, 3)
  // Teredo: the last two words are the client's address with each bit inverted; the /64 belongs to the server (RFC
  // 4380, 4).
  if (startsWith(words, [0x2001, 0])) return words.slice(6).map(word => word ^ 0xffff)
  return undefined
}

const hex = (word: number): string => word.toString(16)
