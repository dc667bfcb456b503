import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { trackConnections } from './client-connections.js'
import { applyLimits, CLIENT_LIMITS, type ClientLimits, type RawResponses, serverOptions } from './client-limits.js'
import { ConfigError } from './config/errors.js'
import type { ListenAddress, ListenOptions } from './config/types.js'
import { prepareSocketFile, rejectSocketFile } from './socket-file.js'

const LAST_PORT = 65_535
/** Gives the socket file mode 0660: a process that may write to it can send requests, and a proxy in its group may. */
const SOCKET_FILE_UMASK = 0o117

/** A bound port or socket file. Requests that come before the door is opened wait. */
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
  // Node binds before it returns. A change of the mode afterwards would leave a moment in which others may connect.
  const umask = process.umask(SOCKET_FILE_UMASK)
  try {
    server.listen({ path })
  } finally {
    process.umask(umask)
  }
  await once(server, 'listening').catch(error => rejectSocketFile(path, `cannot be made (${errorCodeOf(error)})`))
}

async function listenOnInherited(server: Server, fd: number): Promise<void> {
  server.listen({ fd })
  await once(server, 'listening').catch(error => {
    const text = `hands over file descriptor ${fd}, which is no socket that can be listened on (${errorCodeOf(error)})`
    throw new ConfigError([{ setting: 'LISTEN_FDS', text }], ['the process environment'])
  })
}

const errorCodeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error))
