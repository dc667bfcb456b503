import type { RequestListener } from 'node:http'
import { isIP } from 'node:net'

/** A name or an address with a port, and nothing else (RFC 9110, 7.2). */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^\s:/?#@[\]]+))(?::\d*)?$/i

/** Whether a host leads to this machine alone. */
export function isLoopback(host: string): boolean {
  const name = host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
  if (isIP(name) === 0) return name === 'localhost' || name.endsWith('.localhost')
  return name.startsWith('127.') || name.startsWith('::ffff:127.') || name === '::1'
}

interface OwnHosts {
  /** Names beside those of this machine. */
  names: readonly string[]
  /** For people, with the setting to change. */
  remedy: string
  onRefusal(): void
}

/**
 * Refuses requests for any other host (421, RFC 9110, 15.5.20): a web page elsewhere can let its own name point to this
 * machine, and would read our pages from a browser that runs here (DNS rebinding). HTTP/1.0 has no such header.
 */
export function requireOwnHost(listener: RequestListener, { names, remedy, onRefusal }: OwnHosts): RequestListener {
  return (request, response) => {
    const { host } = request.headers
    if (host === undefined || isOwn(host, names)) return listener(request, response)
    onRefusal()
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }
    response.writeHead(421, { ...headers, 'Cache-Control': 'no-store' })
    response.end(`You asked for a host that is not served here. ${remedy}\n`)
  }
}

function isOwn(host: string, names: readonly string[]): boolean {
  const [, address, name] = HOST.exec(host) ?? []
  const asked = (address ?? name)?.toLowerCase()
  return asked !== undefined && (isLoopback(asked) || names.includes(asked))
}
