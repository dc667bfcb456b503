import { once } from 'node:events'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { parseInPieces } from './socket-input.js'

/** The connections of a server, and the requests of each that are under way. */
export interface ClientConnections {
  /** What handles a request, from now on and those that came before. */
  handle(handler: RequestListener): void
  /** Whether a client has got a part of a response, and waits for the rest. */
  isMidResponse(socket: Duplex): boolean
  /** Takes no new connection, and lets requests under way finish within a time. */
  close(): Promise<void>
}

/** Counts, and times in milliseconds. */
export interface ConnectionLimits {
  /** Requests of one connection that are handled at once. */
  concurrentRequests: number
  /** Requests of one connection that wait for their response; a client that sends more of them is cut off. */
  pendingRequests: number
  /** For requests under way to be finished, once the server stops. */
  stop: number
  /** For headers that are half sent to arrive, once the server stops. */
  stopHeaders: number
}

/** What the connections of a server have in common. */
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
    // Node tells a response nothing of this that waits for an earlier one of the same connection.
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
  each(connection => (handler ? connection.announceEnd() : connection.cutOff()))
  const timers = [
    setTimeout(() => each(connection => connection.cutOffIfIdle()), limits.stopHeaders),
    setTimeout(() => each(connection => connection.cutOff()), limits.stop),
  ]
  await closed
  for (const timer of timers) clearTimeout(timer)
}

class ClientConnection {
  /** Under way, in the order of their requests, which is the order that HTTP/1.1 sends them in. */
  private readonly responses = new Set<ServerResponse>()
  /** Requests that are not handled yet. */
  private readonly waiting: Parameters<RequestListener>[] = []

  constructor(
    private readonly socket: Socket,
    private readonly server: ServerState,
  ) {}

  take(request: IncomingMessage, response: ServerResponse<IncomingMessage> & { req: IncomingMessage }): void {
    // The parser may still have requests of a connection that was cut off.
    if (this.socket.destroyed) return
    if (this.server.isClosing) {
      // The client has been told that no response follows the one under way.
      if (this.responses.size > 0) return
      response.shouldKeepAlive = false
    }
    this.waiting.push([request, response])
    if (this.responses.size + this.waiting.length > this.server.limits.pendingRequests) this.cutOff()
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
      // Not at once: one connection with many requests would keep all others waiting.
      else if (this.waiting.length > 0) setImmediate(() => this.handleWaiting())
    })
  }

  isMidResponse(): boolean {
    return [...this.responses].some(({ headersSent }) => headersSent)
  }

  /** Requests that are not handled yet can be sent again elsewhere: RFC 9112, 9.3.2. */
  announceEnd(): void {
    this.waiting.splice(0)
    const last = [...this.responses].at(-1)
    // Node takes a connection for a busy one until its first request is over. Browsers open some to have them at hand.
    if (!last && this.socket.bytesRead === 0) this.cutOff()
    // Not a header, which an error page would take back.
    if (last && !last.headersSent) last.shouldKeepAlive = false
  }

  cutOffIfIdle(): void {
    if (this.responses.size === 0) this.cutOff()
  }

  cutOff(): void {
    this.socket.destroy()
  }
}
