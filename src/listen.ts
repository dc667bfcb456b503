import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { trackConnections } from './client-connections.js'
import { CLIENT_LIMITS, type ClientLimits, limitClients, serverOptions } from './client-limits.js'

const LAST_PORT = 65_535

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
  const connections = trackConnections(server, limits)
  limitClients(server, connections, limits)
  await listen(server, host, port, portMayMove)

  return {
    port: (server.address() as AddressInfo).port,
    open: connections.handle,
    close: connections.close,
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
