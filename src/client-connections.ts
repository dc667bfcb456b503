import { once } from 'node:events'
import type { RequestListener, Server, ServerResponse } from 'node:http'
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

type Exchange = Parameters<RequestListener>

interface Connection {
  socket: Socket
  /** In the order of their requests, which is the order that HTTP/1.1 sends them in. */
  responses: Set<ServerResponse>
  /** Requests that are not handled yet. */
  waiting: Exchange[]
}

export function trackConnections(server: Server, limits: ConnectionLimits): ClientConnections {
  const connections = new Map<Duplex, Connection>()
  let handler: RequestListener | undefined
  let closing: Promise<void> | undefined

  server.on('connection', socket => {
    connections.set(socket, { socket, responses: new Set(), waiting: [] })
    parseInPieces(socket)
    // Node tells a response nothing of this that waits for an earlier one of the same connection.
    socket.once('close', () => connections.delete(socket))
  })

  server.on('request', (request, response) => {
    const connection = connections.get(request.socket)
    // The parser may still have requests of a connection that was cut off.
    if (!connection || request.socket.destroyed) return
    if (closing) {
      // The client has been told that no response follows the one under way.
      if (connection.responses.size > 0) return
      response.shouldKeepAlive = false
    }
    connection.waiting.push([request, response])
    if (connection.responses.size + connection.waiting.length > limits.pendingRequests) connection.socket.destroy()
    else if (connection.waiting.length === 1) handleWaiting(connection)
  })

  function handleWaiting(connection: Connection): void {
    while (handler && connection.responses.size < limits.concurrentRequests) {
      const [exchange] = connection.waiting.splice(0, 1)
      if (!exchange || connection.socket.destroyed) return
      run(handler, connection, exchange)
    }
  }

  function run(handle: RequestListener, connection: Connection, [request, response]: Exchange): void {
    connection.responses.add(response)
    response.once('close', () => {
      connection.responses.delete(response)
      if (closing && connection.responses.size === 0) connection.socket.destroySoon()
      // Not at once: one connection with many requests would keep all others waiting.
      else if (connection.waiting.length > 0) setImmediate(handleWaiting, connection)
    })
    handle(request, response)
  }

  const each = (work: (connection: Connection) => void) => {
    for (const connection of [...connections.values()]) work(connection)
  }

  async function close(): Promise<void> {
    const closed = once(server, 'close')
    server.close()
    server.closeIdleConnections()
    each(handler ? announceEnd : cutOff)
    const timers = [setTimeout(() => each(cutOffIdle), limits.stopHeaders), setTimeout(() => each(cutOff), limits.stop)]
    await closed
    for (const timer of timers) clearTimeout(timer)
  }

  return {
    handle(next) {
      handler = next
      each(handleWaiting)
    },
    isMidResponse: socket => [...(connections.get(socket)?.responses ?? [])].some(({ headersSent }) => headersSent),
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** Requests that are not handled yet can be sent again elsewhere: RFC 9112, 9.3.2. */
function announceEnd({ socket, responses, waiting }: Connection): void {
  waiting.splice(0)
  const last = [...responses].at(-1)
  // Node takes a connection for a busy one until its first request is over. Browsers open some to have them at hand.
  if (!last && socket.bytesRead === 0) socket.destroy()
  // Not a header, which an error page would take back.
  if (last && !last.headersSent) last.shouldKeepAlive = false
}

function cutOffIdle(connection: Connection): void {
  if (connection.responses.size === 0) cutOff(connection)
}

function cutOff({ socket }: Connection): void {
  socket.destroy()
}
