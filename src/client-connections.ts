import { once } from 'node:events'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** The connections of a server, each with its requests in progress. */
export interface ClientConnections {
  /** Sets the handler for all requests, also for those that arrived before. */
  handle(handler: RequestListener): void
  /** Whether a client has received a part of a response and waits for the rest. */
  isMidResponse(socket: Duplex): boolean
  /** Accepts no new connection, and gives requests in progress some time to finish. */
  close(): Promise<void>
}

export interface ConnectionLimits {
  /** How many requests of one connection are handled at the same time. */
  concurrentRequests: number
  /** How many requests of one connection may wait for their response; if there are more, the connection is closed. */
  pendingRequests: number
  /** For requests in progress, after the server began to stop. */
  stopTimeoutMs: number
  /** For the rest of headers that have partly arrived, after the server began to stop. */
  stopHeadersTimeoutMs: number
}

/** What all connections of a server share. */
interface ServerState {
  limits: ConnectionLimits
  handler: RequestListener | undefined
  isClosing: boolean
}

export function trackConnections(server: Server, limits: ConnectionLimits): ClientConnections {
  const connections = new Map<Duplex, ClientConnection>()
  const state: ServerState = { limits, handler: undefined, isClosing: false }
  let closed: Promise<void> | undefined

  server.on('connection', socket => {
    connections.set(socket, new ClientConnection(socket, state))
    parseInPieces(socket)
    // A response that waits for an earlier one on the same connection gets no event from Node when the connection closes.
    socket.once('close', () => connections.delete(socket))
  })
  server.on('request', (request, response) => connections.get(request.socket)?.take(request, response))

  return {
    handle(handler) {
      state.handler = handler
      for (const connection of [...connections.values()]) connection.handleWaiting()
    },
    isMidResponse: socket => connections.get(socket)?.isMidResponse() ?? false,
    close() {
      state.isClosing = true
      closed ??= closeServer(server, state, connections)
      return closed
    },
  }
}

type Connections = ReadonlyMap<Duplex, ClientConnection>

async function closeServer(server: Server, { handler, limits }: ServerState, connections: Connections): Promise<void> {
  const each = (work: (connection: ClientConnection) => void) => [...connections.values()].forEach(work)
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  each(connection => (handler ? connection.announceEnd() : connection.destroy()))
  const timers = [
    setTimeout(() => each(connection => connection.destroyIfIdle()), limits.stopHeadersTimeoutMs),
    setTimeout(() => each(connection => connection.destroy()), limits.stopTimeoutMs),
  ]
  await closed
  for (const timer of timers) clearTimeout(timer)
}

class ClientConnection {
  /** In progress, in the order of their requests, which is the order that HTTP/1.1 sends them in. */
  private readonly responses = new Set<ServerResponse>()
  /** Requests that are not handled yet. */
  private readonly waiting: Parameters<RequestListener>[] = []

  constructor(
    private readonly socket: Socket,
    private readonly server: ServerState,
  ) {}

  take(request: IncomingMessage, response: ServerResponse<IncomingMessage> & { req: IncomingMessage }): void {
    // The parser may still have requests of a closed connection.
    if (this.socket.destroyed) return
    if (this.server.isClosing) {
      // The client knows already that no response follows the current one.
      if (this.responses.size > 0) return
      response.shouldKeepAlive = false
    }
    this.waiting.push([request, response])
    if (this.responses.size + this.waiting.length > this.server.limits.pendingRequests) this.destroy()
    else if (this.waiting.length === 1) this.handleWaiting()
  }

  handleWaiting(): void {
    const { handler, limits } = this.server
    while (handler && this.responses.size < limits.concurrentRequests && !this.socket.destroyed) {
      const [exchange] = this.waiting.splice(0, 1)
      if (!exchange) return
      this.track(exchange[1])
      handler(...exchange)
    }
  }

  private track(response: ServerResponse): void {
    this.responses.add(response)
    response.once('close', () => {
      this.responses.delete(response)
      if (this.server.isClosing && this.responses.size === 0) this.socket.destroySoon()
      // Not immediately: one connection with many requests would keep all others waiting.
      else if (this.waiting.length > 0) setImmediate(() => this.handleWaiting())
    })
  }

  isMidResponse(): boolean {
    return [...this.responses].some(({ headersSent }) => headersSent)
  }

  /** The client can send requests that are not handled yet again on another connection: RFC 9112, 9.3.2. */
  announceEnd(): void {
    this.waiting.splice(0)
    const last = [...this.responses].at(-1)
    // Node counts a connection as busy until its first request is over. Browsers open some in advance, without a request.
    if (!last && this.socket.bytesRead === 0) this.destroy()
    // Not by a header, because an error page would remove it.
    if (last && !last.headersSent) last.shouldKeepAlive = false
  }

  destroyIfIdle(): void {
    if (this.responses.size === 0) this.destroy()
  }

  destroy(): void {
    this.socket.destroy()
  }
}

const PIECE_BYTES = 1_024

/**
 * Gives the bytes of a client to Node's HTTP parser in small pieces. Node itself parses up to 64 kB at a time, which can
 * hold two thousand requests of 30 bytes, before any of our code can close the connection.
 */
function parseInPieces(socket: Socket): void {
  const listeners = socket.listeners('data')
  socket.removeAllListeners('data')

  let rest: Buffer = Buffer.alloc(0)
  const parse = () => {
    // Node pauses the socket, and its parser with it, while the client does not read its responses.
    while (rest.length > 0 && !socket.destroyed && !socket.isPaused()) {
      const piece = rest.subarray(0, PIECE_BYTES)
      rest = rest.subarray(PIECE_BYTES)
      for (const listener of listeners) Reflect.apply(listener, socket, [piece])
    }
  }
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    parse()
  })
  socket.on('resume', parse)
}
