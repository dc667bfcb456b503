import { BlockList, isIP } from 'node:net'

/** The name in TRUSTED_PROXIES, and in this file, for the other end of a socket file, which has no address. */
const SOCKET_FILE = 'unix'

/** Whether an address belongs to a proxy whose `X-Forwarded-*` headers are trusted. */
export type TrustedProxies = (address: string) => boolean

/** @param list addresses, CIDR ranges and `unix`, as in TRUSTED_PROXIES */
export function trustedProxies(list: readonly string[]): TrustedProxies {
  // Most apps have no proxy, and a BlockList makes a native object for each address.
  if (list.length === 0) return () => false
  const known = new BlockList()
  for (const entry of list.filter(each => each !== SOCKET_FILE)) {
    const [address = '', prefix] = entry.split('/')
    const family = familyOf(address)
    if (prefix === undefined) known.addAddress(address, family)
    else known.addSubnet(address, Number(prefix), family)
  }
  const trustsSocketFile = list.includes(SOCKET_FILE)
  return address => (address === SOCKET_FILE ? trustsSocketFile : known.check(address, familyOf(address)))
}

/** The properties of a Node socket that are used here. */
interface PeerSocket {
  remoteAddress?: string | undefined
  localAddress?: string | undefined
  destroyed: boolean
}

/** The other end of a connection; null if it is not known any more. */
export function peerOf({ remoteAddress, localAddress, destroyed }: PeerSocket): string | null {
  if (remoteAddress !== undefined) return remoteAddress
  // A TCP client that has disconnected has no address either. If it counted as the proxy at a socket file, it could
  // choose an address by a header.
  return localAddress === undefined && !destroyed ? SOCKET_FILE : null
}

interface ForwardedRequest {
  /** The other end of the socket, from `peerOf`. */
  peer: string
  /** The X-Forwarded-For header. */
  forwardedFor: string
  trusted: TrustedProxies
}

/**
 * The address of the client. Each proxy appends the address of its caller, so the list is read from the right, and the
 * first address that is not one of our proxies is the client's. The client may have invented the addresses left of it.
 */
export function clientAddress({ peer, forwardedFor, trusted }: ForwardedRequest): string | null {
  let client = normalizeAddress(peer)
  for (const entry of forwardedFor.split(',').reverse()) {
    if (!trusted(client)) break
    const address = normalizeAddress(entry)
    // If one of our proxies writes something that is not an address, the proxy itself counts as the client.
    if (isIP(address) === 0) break
    client = address
  }
  return client === SOCKET_FILE ? null : client
}

/** An address without port, brackets, zone and IPv4 mapping. */
function normalizeAddress(text: string): string {
  const bare = text.trim().replace(/^\[([^\]]*)\](?::\d+)?$/, '$1')
  const unmapped = bare.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  return isIP(unmapped) === 0 ? unmapped.replace(/:\d+$/, '') : unmapped.toLowerCase()
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
