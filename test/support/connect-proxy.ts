import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { certificate } from './certificates.js'

export interface ConnectRequest {
  /** host:port, as it was asked for. */
  target: string
  headers: IncomingHttpHeaders
}

export interface ConnectProxy {
  port: number
  /** Every CONNECT, oldest first. */
  requests: readonly ConnectRequest[]
  /** Requests that were no CONNECT, which a client of ours never sends. */
  others: readonly string[]
  /** Everything that clients sent into the tunnels, as the proxy could read it. */
  read(): string
  /** Connections that clients hold. */
  open(): number
  stop(): Promise<void>
}

export interface ProxyHabits {
  /** The names that this proxy alone knows, each with a port of this machine. */
  targets?: Readonly<Record<string, number>>
  /** `user:password`; without it nobody is asked. */
  password?: string
  /** In place of a tunnel. */
  misbehave?: (socket: Socket, request: IncomingMessage) => void
  /** It is spoken to over TLS itself. */
  tls?: boolean
}

/** A forward proxy that opens tunnels (RFC 9110, 9.3.6), and can do it wrongly. */
export async function startConnectProxy(habits: ProxyHabits = {}): Promise<ConnectProxy> {
  const requests: ConnectRequest[] = []
  const others: string[] = []
  const chunks: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = habits.tls ? createTlsServer(certificate('proxy')) : createServer()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  })
  server.on('request', (request, response) => {
    others.push(`${request.method} ${request.url}`)
    response.writeHead(405).end()
  })
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    // A socket of a server stays half open by itself.
    socket.on('error', () => {}).on('end', () => socket.end())
    requests.push({ target: request.url ?? '', headers: request.headers })
    if (habits.misbehave) {
      socket.resume()
      return habits.misbehave(socket, request)
    }
    const refusal = refusalOf(request, habits)
    if (refusal) return socket.end(`HTTP/1.1 ${refusal}\r\nContent-Length: 0\r\n\r\n`)
    tunnel(socket, habits.targets?.[request.url ?? ''] ?? 0, chunks)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    ...{ requests, others },
    read: () => Buffer.concat(chunks).toString('latin1'),
    open: () => sockets.size,
    async stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function refusalOf({ url = '', headers }: IncomingMessage, { password, targets = {} }: ProxyHabits) {
  const wanted = password && `Basic ${Buffer.from(password).toString('base64')}`
  if (wanted && headers['proxy-authorization'] !== wanted) {
    return '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"'
  }
  return targets[url] === undefined ? '502 Bad Gateway' : undefined
}

function tunnel(client: Socket, port: number, chunks: Buffer[]): void {
  const target = connect(port, '127.0.0.1')
  target.on('error', () => client.destroy()).on('close', () => client.destroy())
  client.on('close', () => target.destroy()).on('data', chunk => chunks.push(chunk))
  client.write('HTTP/1.1 200 Connection established\r\n\r\n')
  client.pipe(target).pipe(client)
}
