import { BlockList, isIP } from 'node:net'
import type { NoProxyEntry, Proxies, ProxyServer } from '../http/proxies.js'

/** The target of a connection. */
export interface Target {
  protocol: string
  /** An IPv6 address without brackets. */
  hostname: string
  port: number
}

export type ChooseProxy = (target: Target) => ProxyServer | undefined

/** The proxy for a target; undefined for a direct connection, which this machine always gets. */
export function createProxyChoice({ https, http, noProxy }: Proxies): ChooseProxy {
  const exceptions = noProxy.map(matcherOf)
  return target => {
    const proxy = target.protocol === 'https:' ? https : http
    const host = target.hostname.toLowerCase().replace(/\.$/, '')
    if (!proxy || isThisMachine(host) || exceptions.some(matches => matches(host, target.port))) return undefined
    return proxy
  }
}

const thisMachine = new BlockList()
thisMachine.addSubnet('127.0.0.0', 8)
thisMachine.addAddress('0.0.0.0')
thisMachine.addAddress('::1', 'ipv6')
thisMachine.addAddress('::', 'ipv6')

const isThisMachine = (host: string): boolean =>
  isIP(host) === 0 ? host === 'localhost' || host.endsWith('.localhost') : includes(thisMachine, host)

type Matcher = (host: string, port: number) => boolean

function matcherOf({ name, network, port }: NoProxyEntry): Matcher {
  const matches = network ? inNetwork(network) : underName(name ?? '')
  return (host, at) => (port === undefined || port === at) && matches(host)
}

function inNetwork({ address, prefix }: { address: string; prefix: number }): (host: string) => boolean {
  const network = new BlockList()
  network.addSubnet(address, prefix, familyOf(address))
  // A name is not looked up for this: possibly only the proxy can resolve it.
  return host => isIP(host) !== 0 && includes(network, host)
}

/** The end of an address is not a domain. */
const underName = (name: string) => (host: string) =>
  name === '*' || host === name || (isIP(host) === 0 && host.endsWith(`.${name}`))

const includes = (list: BlockList, address: string): boolean =>
  list.check(address.replace(/%.*$/, ''), familyOf(address))

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
