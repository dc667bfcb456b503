import { isIP } from 'node:net'
import type { NoProxyEntry } from '../types.js'

const MAX_PORT = 65_535
const HOST_NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/

/**
 * Reads one entry of NO_PROXY: `*`, a host, `.suffix` or `*.suffix`, an address, a CIDR range, each with an optional
 * port.
 * @returns undefined for an entry that cannot match any host
 */
export function readNoProxyEntry(text: string): NoProxyEntry | undefined {
  if (text === '*') return { text, name: '*' }
  const { host, port } = splitPort(text)
  if (port !== undefined && (Number(port) < 1 || Number(port) > MAX_PORT)) return undefined
  const entry = readNetwork(host) ?? readHostName(host)
  return entry && { text, ...entry, ...(port !== undefined && { port: Number(port) }) }
}

/** In an IPv6 address without brackets, no colon begins a port. */
function splitPort(text: string): { host: string; port?: string } {
  if (isIP(text) === 6) return { host: text }
  const [, bracketed, behind] = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text) ?? []
  if (bracketed !== undefined && isIP(bracketed) === 6) return { host: bracketed, ...(behind && { port: behind }) }
  const [, host, port] = /^([^:]*):(\d{1,5})$/.exec(text) ?? []
  return host !== undefined && port !== undefined ? { host, port } : { host: text }
}

function readNetwork(host: string): Pick<NoProxyEntry, 'network'> | undefined {
  const [address = '', prefix, ...more] = host.split('/')
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  if (longest === 0 || more.length > 0) return undefined
  if (prefix === undefined) return { network: { address, prefix: longest } }
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > longest) return undefined
  return { network: { address, prefix: Number(prefix) } }
}

/** As the URL parser writes it, because the hosts that it is compared with are written so. */
function readHostName(host: string): Pick<NoProxyEntry, 'name' | 'network'> | undefined {
  const bare = host.replace(/^\*?\./, '').replace(/\.$/, '')
  if (/[\s/\\?#@:[\]%]/.test(bare) || !URL.canParse(`http://${bare}`)) return undefined
  const { hostname } = new URL(`http://${bare}`)
  return readNetwork(hostname) ?? (HOST_NAME.test(hostname) ? { name: hostname } : undefined)
}
