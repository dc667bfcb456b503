import type { RequestListener } from 'node:http'
import { isLoopback } from './config/urls.js'

/** A name or an address with a port, and nothing else (RFC 9110, 7.2). */
const HOST = /^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::\d*)?$/i

interface Refusal {
  /** For people, with the setting to change. */
  remedy: string
  onRefusal(): void
}

/**
 * Refuses requests for a host that is not this machine (421, RFC 9110, 15.5.20): a web page elsewhere can let its own
 * name point to this machine, and would read what a browser that runs here is shown (DNS rebinding). HTTP/1.0 has no
 * such header.
 */
export function requireLoopbackHost(listener: RequestListener, { remedy, onRefusal }: Refusal): RequestListener {
  return (request, response) => {
    const { host } = request.headers
    const name = host === undefined ? 'localhost' : (HOST.exec(host)?.[1] ?? '')
    if (isLoopback(name.replace(/\.$/, ''))) return listener(request, response)
    onRefusal()
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }
    response.writeHead(421, { ...headers, 'Cache-Control': 'no-store' })
    response.end(`The requested host is not served here. ${remedy}\n`)
  }
}
