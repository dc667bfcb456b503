import { BlockList, isIP } from 'node:net'

/** The word of TRUSTED_PROXIES, and our own, for the other end of a socket file, which has no address. */
const SOCKET_FILE = 'unix'

/** Whether an address belongs to a proxy whose `X-Forwarded-*` are believed. */
export type TrustedProxies = (address: string) => boolean

/** @param list addresses, CIDR ranges and `unix`, as TRUSTED_PROXIES names them */
export function trustedProxies(list: readonly string[]): TrustedProxies {
  // Most have none, and a BlockList makes an object of the system's for each address.
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

/** The part of a socket of Node that is used here. */
interface PeerSocket {
  remoteAddress?: string | undefined
  localAddress?: string | undefined
  destroyed: boolean
}

/** The other end of a connection; null if it is not known any more. */
export function peerOf({ remoteAddress, localAddress, destroyed }: PeerSocket): string | null {
  if (remoteAddress !== undefined) return remoteAddress
  // A TCP client that is gone has no address either. As the proxy at a socket file it could choose one by a header.
  return localAddress === undefined && !destroyed ? SOCKET_FILE : null
}

interface ForwardedRequest {
  /** The other end of the socket, from `peerOf`. */
  peer: string
  /** The X-Forwarded-For header, as it came. */
  forwardedFor: string
  trusted: TrustedProxies
}

/**
 * The address of the client. Each proxy appends the address that it was called from, so the chain is read from the
 * right, and the first address that no proxy of ours has is the client's; what stands left of it, the client may have
 * made up.
 */
export function clientAddress({ peer, forwardedFor, trusted }: ForwardedRequest): string | null {
  let client = normalizeAddress(peer)
  for (const entry of forwardedFor.split(',').reverse()) {
    if (!trusted(client)) break
    const address = normalizeAddress(entry)
    // A proxy of ours that writes something else than an address is as far as we can see.
    if (isIP(address) === 0) break
    client = address
  }
  return client === SOCKET_FILE ? null : client
}

/** An address without the port, brackets, zone or IPv4 mapping that it may come with. */
function normalizeAddress(text: string): string {
  const bare = text.trim().replace(/^\[([^\]]*)\](?::\d+)?$/, '$1')
  const unmapped = bare.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  return isIP(unmapped) === 0 ? unmapped.replace(/:\d+$/, '') : unmapped.toLowerCase()
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
