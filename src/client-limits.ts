import { type IncomingMessage, type Server, type ServerOptions, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ClientConnections, ConnectionLimits } from './client-connections.js'

/** What a client may take up. Times in milliseconds. */
export interface ClientLimits extends ConnectionLimits {
  /** For the headers to arrive, from the first byte or the connection on. */
  headers: number
  /** For the whole request to arrive. */
  request: number
  /** Between two requests of one connection. */
  idle: number
  /** Without a byte in either direction, whatever is under way. */
  silence: number
  /** How often the times above are looked at, so they may take so much longer. */
  checkEvery: number
  /** For what a client still sends after its answer; it is thrown away unread. */
  linger: number
  headerBytes: number
  connections: number
}

export const CLIENT_LIMITS: ClientLimits = {
  // Headers fill a packet or two, and the largest body is a form of 64 kB: on the worst of phones a few seconds.
  headers: 10_000,
  request: 20_000,
  // The proxy in front must close first, or it sends a request into a closed connection. KEEP_ALIVE says how long.
  idle: 130_000,
  // A request is silent while the provider is asked; accounts/time-limits.ts keeps what it waits for in all below this.
  silence: 60_000,
  checkEvery: 2_000,
  linger: 2_000,
  // Our cookies are 7,000 bytes at most, a posted answer in a URL as many, and apps on sibling hosts have cookies too.
  headerBytes: 16 * 1024,
  // Far more than a proxy keeps open, and less than a process may have files.
  connections: 4_000,
  // No browser sends a request before it has the response to the last one. Some other clients do, for a few.
  concurrentRequests: 4,
  pendingRequests: 32,
  stop: 10_000,
  stopHeaders: 1_000,
}

/** The limits that a server is made with. */
export const serverOptions = (limits: ClientLimits): ServerOptions => ({
  headersTimeout: limits.headers,
  requestTimeout: limits.request,
  keepAliveTimeout: limits.idle,
  connectionsCheckingInterval: limits.checkEvery,
  maxHeaderSize: limits.headerBytes,
})

/** Whole responses, by status, in place of the plain ones. */
export type RawResponses = { [status: number]: string | undefined }

/** The rest of the limits, and the answer to what is no request at all. */
export function applyLimits(
  server: Server,
  connections: ClientConnections,
  limits: ClientLimits,
  responses: RawResponses,
): void {
  server.timeout = limits.silence
  server.maxConnections = limits.connections
  server.on('request', (request, response) =>
    response.once('finish', () => destroyUnlessComplete(request, limits.linger)),
  )
  server.on('clientError', (error, socket) => {
    // In the middle of an answer ours would be taken for a part of it.
    const isMidResponse = connections.isMidResponse(socket)
    if (socket.writable && !isMidResponse) socket.end(responses[statusOf(error)] ?? plainResponse(statusOf(error)))
    destroyLater(socket, isMidResponse ? 0 : limits.linger)
  })
}

/**
 * Node would read a body that nobody wanted to its end, whatever its length. It is cut a moment later, because a
 * connection that is closed over unread bytes can take the answer with it.
 */
function destroyUnlessComplete(request: IncomingMessage, delayMs: number): void {
  if (request.complete) return
  const { socket } = request
  setTimeout(() => request.complete || socket.destroy(), delayMs).unref()
}

function destroyLater(socket: Duplex, delayMs: number): void {
  setTimeout(() => socket.destroy(), delayMs).unref()
}

function statusOf(error: Error): 400 | 408 | 431 {
  const code = 'code' in error ? error.code : undefined
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
}

/** No page and no word of what was wrong: a client that sends this is no browser that shows one. */
function plainResponse(status: number): string {
  const text = `${STATUS_CODES[status]}\n`
  const headers = [
    'Connection: close',
    'Cache-Control: no-store',
    'Content-Type: text/plain; charset=utf-8',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${text.length}`,
  ]
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers, '', text].join('\r\n')
}
