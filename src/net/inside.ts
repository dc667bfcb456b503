import type { LookupAddress } from 'node:dns'
import { isIPv6 } from 'node:net'

/** Whether a host, as the URL parser spells it, is this machine or one of its own network. */
export type IsInside = (host: string) => boolean

/** Whether an address is one of our own network. A mapped address counts as the IPv4 address in it (RFC 4291, 2.5.5.2). */
export function isInsideAddress(address: string, isInside: IsInside): boolean {
  const bare = address.replace(/%.*$/, '')
  return isInside(isIPv6(bare) ? unmapped(new URL(`http://[${bare}]`).hostname) : bare)
}

/** The same for a host by its text alone: all that is known of a name that only the proxy resolves. */
export function isInsideByText(host: string, isInside: IsInside): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  return isIPv6(bare) ? isInsideAddress(bare, isInside) : isInside(bare.toLowerCase())
}

export const outsideOnly = (addresses: readonly LookupAddress[], isInside: IsInside): LookupAddress[] =>
  addresses.filter(({ address }) => !isInsideAddress(address, isInside))

function unmapped(host: string): string {
  const [, high = '', low = ''] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host) ?? []
  if (high === '') return host
  return [high, low].flatMap(word => bytesOf(Number.parseInt(word, 16))).join('.')
}

const bytesOf = (word: number): number[] => [word >> 8, word & 255]
