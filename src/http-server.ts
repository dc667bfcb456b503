import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  STATUS_CODES,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { type ClientConnections, type ConnectionLimits, trackConnections } from './client-connections.js'
import { ConfigError } from './config/errors.js'
import type { ListenAddress, ListenOptions } from './config/types.js'
import { prepareSocketFile, rejectSocketFile } from './socket-file.js'

/** How much time and memory a client may use. */
export interface ClientLimits extends ConnectionLimits {
  /** For the headers to arrive, counted from the connection, or from the first byte of a later request. */
  headersTimeoutMs: number
  /** For the whole request to arrive. */
  requestTimeoutMs: number
  /** Between two requests of one connection. */
  keepAliveTimeoutMs: number
  /** Without a byte in either direction, also while a request is handled. */
  socketTimeoutMs: number
  /** How often the times above are checked, so they may take this much longer. */
  checkIntervalMs: number
  /** How long the connection stays open after the response, for bytes that the client still sends; they are not read. */
  lingerMs: number
  maxHeaderBytes: number
  maxConnections: number
}

export const CLIENT_LIMITS: ClientLimits = {
  // Headers fill a packet or two, and the largest body is a form of 64 kB: a few seconds on the slowest phone.
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 20_000,
  // The proxy in front must close first, or it sends a request into a closed connection. KEEP_ALIVE replaces this value.
  keepAliveTimeoutMs: 130_000,
  // No bytes flow while a request waits for the provider. accounts/provider-calls.ts keeps the sum of these waits below this.
  socketTimeoutMs: 60_000,
  checkIntervalMs: 2_000,
  lingerMs: 2_000,
  // Our cookies take at most 7,000 bytes, a posted response in a URL as much, and apps on sibling hosts have cookies too.
  maxHeaderBytes: 16 * 1024,
  // Far more than a proxy keeps open, and fewer than the files that a process may open.
  maxConnections: 4_000,
  // Browsers send a request after the response to the last one. Some other clients send a few requests ahead.
  concurrentRequests: 4,
  pendingRequests: 32,
  stopTimeoutMs: 10_000,
  stopHeadersTimeoutMs: 1_000,
}

const LAST_PORT = 65_535
/** Gives the socket file mode 0660: a process that may write to the file can send requests, such as a proxy in its group. */
const SOCKET_FILE_UMASK = 0o117

/** A bound port or socket file. Requests that arrive before `handle` is called wait. */
export interface HttpServer {
  /** The address, without brackets; undefined for a socket file. */
  host: string | undefined
  /** Undefined for a socket file. */
  port: number | undefined
  /** @param headersTooLarge the response to requests whose headers are too large; a plain one if it is left out */
  handle(handler: RequestListener, headersTooLarge?: string): void
  /** Takes no new connection, and lets requests under way finish for ten seconds. */
  close(): Promise<void>
}

export async function listen(options: ListenOptions, limits: ClientLimits = CLIENT_LIMITS): Promise<HttpServer> {
  const nodeServer = createServer(serverOptions(limits))
  const connections = trackConnections(nodeServer, limits)
  const responses: RawResponses = {}
  applyLimits(nodeServer, connections, limits, responses)
  if ('path' in options) await listenOnFile(nodeServer, options.path)
  else if ('fd' in options) await listenOnInherited(nodeServer, options.fd)
  else await listenOnAddress(nodeServer, options)

  const bound = nodeServer.address()
  const { address, port } = typeof bound === 'object' && bound ? bound : { address: undefined, port: undefined }
  return {
    host: address,
    port,
    handle(handler, headersTooLarge) {
      responses[431] = headersTooLarge
      connections.handle(handler)
    },
    close: connections.close,
  }
}

async function listenOnAddress(server: Server, { host, port, tryNextPort }: ListenAddress): Promise<void> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    if (errorCodeOf(error) !== 'EADDRINUSE' || !tryNextPort || port === LAST_PORT) throw error
    await listenOnAddress(server, { host, port: port + 1, tryNextPort })
  }
}

/** Node removes the file when the server closes. */
async function listenOnFile(server: Server, path: string): Promise<void> {
  await prepareSocketFile(path)
  // Node binds before it returns. If the mode changed afterwards, other users could connect in between.
  const umask = process.umask(SOCKET_FILE_UMASK)
  try {
    server.listen({ path })
  } finally {
    process.umask(umask)
  }
  await once(server, 'listening').catch(error => rejectSocketFile(path, `cannot be created (${errorCodeOf(error)})`))
}

async function listenOnInherited(server: Server, fd: number): Promise<void> {
  server.listen({ fd })
  await once(server, 'listening').catch(error => {
    const text = `hands over file descriptor ${fd}, which is not a listening socket (${errorCodeOf(error)})`
    throw new ConfigError([{ setting: 'LISTEN_FDS', text }], ['the process environment'])
  })
}

const errorCodeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error))

/** The limits that Node takes when it creates a server. */
const serverOptions = (limits: ClientLimits): ServerOptions => ({
  headersTimeout: limits.headersTimeoutMs,
  requestTimeout: limits.requestTimeoutMs,
  keepAliveTimeout: limits.keepAliveTimeoutMs,
  connectionsCheckingInterval: limits.checkIntervalMs,
  maxHeaderSize: limits.maxHeaderBytes,
})

/** Complete responses by status, in place of the plain ones. */
type RawResponses = { [status: number]: string | undefined }

/** Applies the other limits, and responds to bytes that are not a request. */
function applyLimits(
  server: Server,
  connections: ClientConnections,
  limits: ClientLimits,
  responses: RawResponses,
): void {
  server.timeout = limits.socketTimeoutMs
  server.maxConnections = limits.maxConnections
  server.on('request', (request, response) =>
    response.once('finish', () => destroyUnlessComplete(request, limits.lingerMs)),
  )
  server.on('clientError', (error, socket) => {
    // In the middle of a response the client would read ours as a part of it.
    const isMidResponse = connections.isMidResponse(socket)
    if (socket.writable && !isMidResponse) socket.end(responses[statusOf(error)] ?? plainResponse(statusOf(error)))
    destroyLater(socket, isMidResponse ? 0 : limits.lingerMs)
  })
}

/**
 * Ends a connection whose request body was not read: Node would read it to its end, however long it is. This happens a
 * moment after the response, because a connection that is closed with unread bytes can lose the response.
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

/** No page, and no reason: a client that sends such bytes is not a browser, which would show it. */
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
