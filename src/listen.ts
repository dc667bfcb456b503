import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CLIENT_LIMITS, type ClientLimits, limitClients, serverOptions } from './client-limits.js'

const LAST_PORT = 65_535
const PATIENCE = 10_000

/** A bound port. Requests that come before the door is opened wait. */
export interface Door {
  port: number
  open(handler: RequestListener): void
  /** Takes no new connection, and lets requests under way finish for ten seconds. */
  close(): Promise<void>
}

export interface Place {
  host: string
  port: number
  /** A taken port gives way to the next free one. */
  portMayMove: boolean
}

export async function bindDoor(
  { host, port, portMayMove }: Place,
  limits: ClientLimits = CLIENT_LIMITS,
): Promise<Door> {
  const server = createServer(serverOptions(limits))
  const answers = answersUnderWay(server)
  limitClients(server, answers, limits)
  const early: Parameters<RequestListener>[] = []
  const keep: RequestListener = (...request) => void early.push(request)
  server.on('request', keep)
  await listen(server, host, port, portMayMove)

  return {
    port: (server.address() as AddressInfo).port,
    open(handler) {
      server.off('request', keep)
      server.on('request', handler)
      for (const request of early.splice(0)) handler(...request)
    },
    close: () => close(server, answers),
  }
}

async function listen(server: Server, host: string, port: number, portMayMove: boolean): Promise<void> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    if (!taken || !portMayMove || port === LAST_PORT) throw error
    await listen(server, host, port + 1, portMayMove)
  }
}

function answersUnderWay(server: Server): ReadonlySet<ServerResponse> {
  const answers = new Set<ServerResponse>()
  server.on('request', (_, answer) => {
    answers.add(answer)
    answer.once('close', () => answers.delete(answer))
  })
  return answers
}

async function close(server: Server, answers: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = once(server, 'close')
  // A browser would keep its connection for the next request, and so keep us from ending.
  for (const answer of answers) if (!answer.headersSent) answer.setHeader('Connection', 'close')
  server.close()
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), PATIENCE)
  await closed
  clearTimeout(timer)
}
