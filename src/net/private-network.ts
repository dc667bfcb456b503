import type { LookupAddress } from 'node:dns'
import { isIPv6 } from 'node:net'

/** Whether a host, as the URL parser spells it, is this machine or in a private network. */
export type IsPrivateHost = (host: string) => boolean

/**
 * Whether an address is in a private network. A mapped address counts as the IPv4 address in it (RFC 4291, 2.5.5.2).
 */
export function isPrivateAddress(address: string, isPrivateHost: IsPrivateHost): boolean {
  const bare = address.replace(/%.*$/, '')
  return isPrivateHost(isIPv6(bare) ? unmapped(new URL(`http://[${bare}]`).hostname) : bare)
}

/** The same for a host by its text alone: all that is known of a name that only the proxy resolves. */
export function isPrivateByText(host: string, isPrivateHost: IsPrivateHost): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  return isIPv6(bare) ? isPrivateAddress(bare, isPrivateHost) : isPrivateHost(bare.toLowerCase())
}

export const publicOnly = (addresses: readonly LookupAddress[], isPrivateHost: IsPrivateHost): LookupAddress[] =>
  addresses.filter(({ address }) => !isPrivateAddress(address, isPrivateHost))

function unmapped(host: string): string {
  const [, high = '', low = ''] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host) ?? []
  if (high === '') return host
  return [high, low].flatMap(word => bytesOf(Number.parseInt(word, 16))).join('.')
}

const bytesOf = (word: number): number[] => [word >> 8, word & 255]
